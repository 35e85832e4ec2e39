package identityapp

import (
	"context"
	"fmt"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
)

// PasskeyChallenge is a ceremony that a browser is to run: its options as JSON, and
// the secret to come back with.
type PasskeyChallenge struct {
	Challenge identity.Secret
	Options   []byte
}

// BeginPasskeySignIn starts a sign-in by whichever passkey the browser has.
func (a *App) BeginPasskeySignIn(ctx context.Context) (PasskeyChallenge, error) {
	ceremony, err := a.deps.Ceremonies.BeginAssertion("", nil)
	if err != nil {
		return PasskeyChallenge{}, fmt.Errorf("identityapp: begin a passkey sign-in: %w", err)
	}
	return a.keepCeremony(ctx, identity.PasskeySignIn, "", ceremony)
}

func (a *App) keepCeremony(ctx context.Context, p identity.ChallengePurpose, id identity.UserID, c identity.PasskeyCeremony) (PasskeyChallenge, error) {
	secret := identity.NewSecret()
	err := a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s identity.Stores) error {
		return s.Challenges.Insert(ctx, identity.Challenge{
			Hash: secret.Hash(), Purpose: p, User: id, Data: c.Session, ExpiresAt: a.deps.Clock.Now().Add(identity.ChallengeLife),
		})
	})
	if err != nil {
		return PasskeyChallenge{}, fmt.Errorf("identityapp: keep a ceremony: %w", err)
	}
	return PasskeyChallenge{Challenge: secret, Options: c.Options}, nil
}

// SignInWithPasskey is a browser or a program that answers a passkey sign-in.
// Replaces is the session cookie that a browser still holds, if any.
type SignInWithPasskey struct {
	Challenge identity.Secret
	Response  []byte // the authenticator's answer as JSON
	Device    identity.Device
	Replaces  identity.Secret
}

// SignInWithPasskey opens a browser's session. The passkey is both factors: what
// the person has, unlocked by what they are or know, so no second one is asked for.
// It fails with ErrChallengeUnknown, ErrPasskeyInvalid, ErrPasskeyCloned and
// ErrSuspended.
func (a *App) SignInWithPasskey(ctx context.Context, cmd SignInWithPasskey) (in SignedIn, err error) {
	replaced, err := a.replacedSession(ctx, cmd.Replaces)
	if err != nil {
		return SignedIn{}, err
	}
	err = a.finishPasskey(ctx, cmd, func(ctx context.Context, s identity.Stores, u identity.User, now time.Time) (err error) {
		in, err = a.openBrowser(ctx, s, u, identity.SignedInBy{Method: identity.ByPasskey}, cmd.Device, replaced, now)
		return err
	})
	if err != nil {
		return SignedIn{}, err
	}
	if replaced != nil {
		err = a.forget(ctx, TagSession(replaced.ID))
	}
	return in, err
}

// SignInProgramWithPasskey is SignInWithPasskey for a program.
func (a *App) SignInProgramWithPasskey(ctx context.Context, cmd SignInWithPasskey) (TokenPair, error) {
	var opened programSession
	err := a.finishPasskey(ctx, cmd, func(ctx context.Context, s identity.Stores, u identity.User, now time.Time) (err error) {
		opened, err = a.openProgram(ctx, s, u, identity.SignedInBy{Method: identity.ByPasskey}, cmd.Device, now)
		return err
	})
	if err != nil {
		return TokenPair{}, err
	}
	return a.pairOf(ctx, opened, a.deps.Clock.Now())
}

func (a *App) finishPasskey(ctx context.Context, cmd SignInWithPasskey, open func(ctx context.Context, s identity.Stores, u identity.User, now time.Time) error) error {
	now := a.deps.Clock.Now()
	c, err := a.try(ctx, cmd.Challenge, identity.PasskeySignIn, now)
	if err != nil {
		return err
	}
	var whose identity.UserID
	err = a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s identity.Stores) error {
		if err := s.Challenges.Take(ctx, c.Hash, c.Purpose, now); err != nil {
			return err
		}
		proof, err := a.provePasskey(ctx, s, "", c.Data, cmd.Response, now)
		whose = proof.Passkey.User
		if err != nil {
			return err
		}
		if !proof.UserVerified {
			return identity.ErrPasskeyInvalid
		}
		u, err := s.Users.ByID(ctx, whose)
		if err != nil {
			return err
		}
		return open(ctx, s, u, now)
	})
	if err != nil {
		err = fmt.Errorf("identityapp: sign in by passkey: %w", err)
		if whose != "" && refusal(err) {
			return a.refusedProof(ctx, whose, cmd.Device.Address, now, err)
		}
	}
	return err
}
