package account

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/access"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/cached"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/factors"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/throttle"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/trail"
)

// Confirm is somebody who is signed in and proves again who they are: by their
// password, or by a factor; Challenge goes with a passkey.
type Confirm struct {
	Actor     identity.Actor
	Password  string
	Proof     identity.FactorProof
	Challenge identity.Secret
}

// Confirmed is a session whose person proved lately who they are. Secret is its new
// cookie; empty for a program, which holds tokens.
type Confirmed struct {
	Secret   identity.Secret
	ReturnTo string // of a proof at a provider
}

// Confirm opens the routes that need a recent proof, for ten minutes and on every
// replica. The secret of a browser's session changes, so that a copy of the old
// cookie gains nothing by it. It fails with ErrNotSignedIn, ErrForbidden for who
// impersonates or comes with a personal token, ErrInvalidCredentials,
// ErrCodeWrong, ErrChallengeUnknown, ErrPasskeyInvalid, ErrPasskeyCloned,
// ErrTooManyAttempts and ErrBusy.
func (a *App) Confirm(ctx context.Context, cmd Confirm) (Confirmed, error) {
	if err := mayConfirm(cmd.Actor); err != nil {
		return Confirmed{}, err
	}
	now := a.deps.Clock.Now()
	var session []byte
	var challenge identity.Challenge
	var guess throttle.Attempt
	switch {
	case len(cmd.Proof.Passkey) > 0:
		c, err := a.deps.Factors.Try(ctx, cmd.Challenge, identity.PasskeyConfirmation, now)
		if err != nil {
			return Confirmed{}, err
		}
		if c.User != cmd.Actor.UserID {
			return Confirmed{}, identity.ErrChallengeUnknown
		}
		challenge, session = c, c.Data
	case cmd.Proof.Code != "":
		var err error
		if guess, err = a.deps.Factors.CountCode(ctx, cmd.Actor.UserID, throttle.SignedIn(cmd.Actor)); err != nil {
			return Confirmed{}, err
		}
	default:
		u, err := a.deps.Passwords.CheckOwn(ctx, cmd.Actor, cmd.Actor.Email, cmd.Password)
		if err != nil {
			return Confirmed{}, err
		}
		if u.ID != cmd.Actor.UserID {
			return Confirmed{}, identity.ErrInvalidCredentials
		}
		return a.confirm(ctx, cmd.Actor, now, nil)
	}
	out, err := a.confirm(ctx, cmd.Actor, now, func(ctx context.Context, s Stores) error {
		if challenge.Hash != nil {
			if err := s.Challenges.Take(ctx, challenge.Hash, challenge.Purpose, now); err != nil {
				return err
			}
		}
		_, err := a.deps.Factors.Prove(ctx, s.factors(), cmd.Actor.UserID, cmd.Proof, session, now)
		return err
	})
	if err == nil {
		a.deps.Limits.GiveBack(ctx, guess)
	}
	if factors.Refused(err) {
		err = a.deps.Factors.NoteRefused(ctx, cmd.Actor.UserID, "second factor, to confirm", cmd.Actor.IP, now, err)
	}
	return out, err
}

func mayConfirm(actor identity.Actor) error {
	switch {
	case !actor.SignedIn():
		return identity.ErrNotSignedIn
	case actor.Impersonator != "" || actor.TokenID != "" || actor.SessionID == "":
		return identity.ErrForbidden
	}
	return nil
}

// confirm renews the actor's session once prove succeeds; nil proves nothing more.
func (a *App) confirm(ctx context.Context, actor identity.Actor, now time.Time, prove func(ctx context.Context, s Stores) error) (Confirmed, error) {
	session, err := a.deps.Reads.Session(ctx, actor.SessionID)
	if errors.Is(err, identity.ErrSessionNotFound) {
		return Confirmed{}, identity.ErrNotSignedIn
	}
	if err != nil {
		return Confirmed{}, fmt.Errorf("account: confirm session %s: %w", actor.SessionID, err)
	}
	var out Confirmed
	var hash []byte
	if session.Kind == identity.BrowserSession {
		out.Secret = identity.NewSecret()
		hash = out.Secret.Hash()
	}
	err = a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s Stores) error {
		if _, err := access.LockActor(ctx, s.Users, s.Sessions, actor, now); err != nil {
			return err
		}
		if prove != nil {
			if err := prove(ctx, s); err != nil {
				return err
			}
		}
		if err := s.Sessions.Rotate(ctx, session.ID, hash, now); err != nil {
			return err
		}
		return s.Audit.Append(ctx, a.deps.Trail.Entry(string(actor.UserID), "identity.confirmed", trail.Session(session.ID), actor.IP, now))
	})
	if errors.Is(err, identity.ErrSessionNotFound) {
		return Confirmed{}, identity.ErrNotSignedIn
	}
	if err != nil {
		return Confirmed{}, fmt.Errorf("account: confirm session %s: %w", session.ID, err)
	}
	cached.Invalidate(ctx, a.deps.Cache, identity.TagSession(session.ID))
	return out, nil
}

// BeginPasskeyConfirmation starts a proof by one of the actor's passkeys. It fails
// like Confirm, and with ErrPasskeyNotFound for somebody without one.
func (a *App) BeginPasskeyConfirmation(ctx context.Context, actor identity.Actor) (identity.PasskeyChallenge, error) {
	if err := mayConfirm(actor); err != nil {
		return identity.PasskeyChallenge{}, err
	}
	have, err := a.deps.Reads.PasskeysOf(ctx, actor.UserID)
	if err != nil {
		return identity.PasskeyChallenge{}, fmt.Errorf("account: passkeys of %s: %w", actor.UserID, err)
	}
	if len(have) == 0 {
		return identity.PasskeyChallenge{}, identity.ErrPasskeyNotFound
	}
	ceremony, err := a.deps.Ceremonies.BeginAssertion(actor.UserID, have)
	if err != nil {
		return identity.PasskeyChallenge{}, fmt.Errorf("account: begin a confirmation of %s: %w", actor.UserID, err)
	}
	return a.deps.Factors.KeepCeremony(ctx, identity.PasskeyConfirmation, actor.UserID, ceremony)
}
