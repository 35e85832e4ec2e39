package signin

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/mails"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/trail"
)

// SignedIn is a browser that is signed in. Secret is its new cookie. ReturnTo is a
// path of this site, empty for a sign-in by password.
//
// While a second factor is due nobody is signed in: Session and Secret are empty,
// and SecondFactor is the challenge that [App.FinishSignIn] takes.
type SignedIn struct {
	SecondFactor identity.Secret
	Session      identity.Session
	Secret       identity.Secret
	ReturnTo     string
	NewAccount   bool
	// Device is what the browser is known by from now on.
	Device identity.Secret
}

// replacedSession returns the session behind the cookie a browser brings to a
// sign-in; nil when there is none to end.
func (a *App) replacedSession(ctx context.Context, old identity.Secret) (*identity.Session, error) {
	if old == "" {
		return nil, nil
	}
	s, err := a.deps.Reads.SessionByToken(ctx, old.Hash())
	switch {
	case errors.Is(err, identity.ErrSessionNotFound):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("signin: read the session that is replaced: %w", err)
	case !s.RevokedAt.IsZero():
		return nil, nil
	}
	return &s, nil
}

// admitBrowser lets a person in who proved who they are in the way of by, or, when they
// have a second factor, asks for it first: a provider or a mail is one factor like
// a password. Every first factor of a browser goes through here. The transaction has
// locked u; the caller forgets replaced after the commit.
func (a *App) admitBrowser(ctx context.Context, s Stores, u identity.User, by identity.SignedInBy, d identity.Device, replaced *identity.Session, now time.Time) (SignedIn, error) {
	if err := u.MaySignIn(); err != nil {
		return SignedIn{}, err
	}
	due, _, err := a.deps.Factors.Challenge(ctx, s.factors(), u, by, now)
	if err != nil || due != "" {
		return SignedIn{SecondFactor: due}, err
	}
	return a.openBrowser(ctx, s, u, by, d, replaced, now)
}

// openBrowser opens a session under a new secret and ends the one that it replaces:
// the cookie from before the sign-in is never carried over, so whoever planted it in
// the browser holds nothing. Every sign-in of a browser ends here.
func (a *App) openBrowser(ctx context.Context, s Stores, u identity.User, by identity.SignedInBy, d identity.Device, replaced *identity.Session, now time.Time) (SignedIn, error) {
	if err := u.MaySignIn(); err != nil {
		return SignedIn{}, err
	}
	if replaced != nil {
		if err := s.Sessions.Revoke(ctx, replaced.ID, now); err != nil {
			return SignedIn{}, err
		}
	}
	secret := identity.NewSecret()
	session := identity.OpenSession(a.deps.IDs.New(), u.ID, identity.BrowserSession, secret, d, now)
	session.By = by
	known, err := a.deps.Devices.Remember(u, d, now)
	if err != nil {
		return SignedIn{}, err
	}
	return SignedIn{Session: session, Secret: secret, Device: known}, a.insertSession(ctx, s, u, session, now)
}

// compared is how many of a person's sessions a new one is held against.
const compared = 100

// insertSession writes a session of u, whom the transaction has locked, and a mail to
// them when it was opened from a device that they have not been seen with. Those of
// the same kind that were seen longest ago end for it, when there are too many. Their
// cached copies may open a minute longer: this is housekeeping, not distrust.
func (a *App) insertSession(ctx context.Context, s Stores, u identity.User, session identity.Session, now time.Time) error {
	earlier, err := s.Sessions.LatestOf(ctx, u.ID, compared)
	if err != nil {
		return err
	}
	if err := s.Sessions.Insert(ctx, session); err != nil {
		return err
	}
	if err := s.Users.NoteActive(ctx, u.ID, now); err != nil {
		return err
	}
	if _, err := s.Sessions.RevokeBeyond(ctx, u.ID, session.Kind, identity.MaxSessions, now); err != nil {
		return err
	}
	if identity.TellOfSignIn(session, earlier, u.CreatedAt) {
		err := mails.Post(ctx, s.Jobs, mails.Mail{Kind: mails.NewDevice, User: u.ID, Data: map[string]string{
			"device": session.Client().String(), "address": session.Device.IP, "time": now.Format("2 January 2006, 15:04 MST"),
		}})
		if err != nil {
			return err
		}
	}
	return s.Audit.Append(ctx, a.deps.Trail.Entry(string(session.User), "identity.signed_in", trail.Session(session.ID), session.Device.IP, now))
}
