package signin

import (
	"context"
	"fmt"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/cached"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/throttle"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/trail"
)

// SignInWithLink is a browser that brings the link of a mail. Replaces is the
// session cookie that it still holds, if any.
type SignInWithLink struct {
	Token    identity.Secret
	Device   identity.Device
	Replaces identity.Secret
}

// SignInWithLink signs the browser in. The link proved the address too: an account
// whose address was never proven loses what whoever registered it left behind. It
// fails with ErrInvalidLink, ErrSuspended, ErrTooManyAttempts and ErrBusy.
func (a *App) SignInWithLink(ctx context.Context, cmd SignInWithLink) (SignedIn, error) {
	if _, err := a.findLink(ctx, identity.MagicLink, cmd.Token, cmd.Device.IP); err != nil {
		return SignedIn{}, a.refusedLink(ctx, "", cmd.Device.IP, err)
	}
	replaced, err := a.replacedSession(ctx, cmd.Replaces)
	if err != nil {
		return SignedIn{}, err
	}
	now := a.deps.Clock.Now()
	var in SignedIn
	var stale []string
	var u identity.User
	err = a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s Stores) (err error) {
		if _, u, err = a.takeLink(ctx, s, identity.MagicLink, cmd.Token); err != nil {
			return err
		}
		if stale, err = a.provenByMail(ctx, s, &u, cmd.Device.IP, now); err != nil {
			return err
		}
		in, err = a.admitBrowser(ctx, s, u, identity.SignedInBy{Method: identity.ByMagicLink}, cmd.Device, replaced, now)
		return err
	})
	if err != nil {
		err = a.wrongLink(ctx, cmd.Device.IP, fmt.Errorf("signin: sign in with a link: %w", err))
		return SignedIn{}, a.refusedLink(ctx, u.ID, cmd.Device.IP, err)
	}
	a.linksUsed(ctx, u, cmd.Device)
	if replaced != nil {
		stale = append(stale, identity.TagSession(replaced.ID))
	}
	cached.Invalidate(ctx, a.deps.Cache, stale...)
	return in, nil
}

// refusedLink notes that a link signed nobody in, where one can say so, and returns why.
func (a *App) refusedLink(ctx context.Context, whose identity.UserID, address string, err error) error {
	if throttle.Refused(err) {
		return a.deps.Failures.Note(ctx, whose, "magic link", address, err)
	}
	return err
}

// provenByMail notes that somebody read what was sent to their address to sign in by:
// an account that was never proven is theirs now, and neither the links nor the codes
// of these mails are good any more. It returns what is to be forgotten.
func (a *App) provenByMail(ctx context.Context, s Stores, u *identity.User, address string, now time.Time) (stale []string, err error) {
	if !u.EmailVerified {
		if err := a.proveAddress(ctx, s, u, "", now); err != nil {
			return nil, err
		}
		stale = tagsOfProven(u.ID)
		if err := s.Audit.Append(ctx, a.deps.Trail.Entry(string(u.ID), "identity.account_claimed", trail.User(u.ID), address, now)); err != nil {
			return nil, err
		}
	}
	if err := s.MailTokens.DeleteOf(ctx, u.ID, identity.MagicLink); err != nil {
		return nil, err
	}
	return stale, s.Challenges.DeleteOf(ctx, u.ID, identity.MailCode)
}
