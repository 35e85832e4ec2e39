package identityapp

import (
	"context"
	"fmt"

	"github.com/neoforge-dev/neoforge/modules/identity"
)

// BeginPasskey starts to add a passkey. It fails with ErrNotSignedIn, ErrNotRecent
// and ErrTooManyPasskeys.
func (a *App) BeginPasskey(ctx context.Context, actor identity.Actor) (PasskeyChallenge, error) {
	if err := a.recently(actor); err != nil {
		return PasskeyChallenge{}, err
	}
	have, err := a.deps.Reads.PasskeysOf(ctx, actor.UserID)
	if err != nil {
		return PasskeyChallenge{}, fmt.Errorf("identityapp: passkeys of %s: %w", actor.UserID, err)
	}
	if len(have) >= identity.MaxPasskeys {
		return PasskeyChallenge{}, identity.ErrTooManyPasskeys
	}
	u, err := a.deps.Reads.User(ctx, actor.UserID)
	if err != nil {
		return PasskeyChallenge{}, fmt.Errorf("identityapp: read %s: %w", actor.UserID, err)
	}
	ceremony, err := a.deps.Ceremonies.BeginRegistration(u, have)
	if err != nil {
		return PasskeyChallenge{}, fmt.Errorf("identityapp: begin a passkey of %s: %w", actor.UserID, err)
	}
	return a.keepCeremony(ctx, identity.PasskeyRegistration, u.ID, ceremony)
}

// AddPasskey is a browser that made a passkey, and what its person calls it.
type AddPasskey struct {
	Actor     identity.Actor
	Challenge identity.Secret
	Response  []byte // the authenticator's answer as JSON
	Name      string
}

// AddedPasskey is a passkey that was added. Codes are the recovery codes that come
// with a person's first factor, to be shown this once; nil otherwise.
type AddedPasskey struct {
	Passkey identity.Passkey
	Codes   []identity.RecoveryCode
}

// AddPasskey keeps a new passkey. It fails with ErrNotSignedIn, ErrNotRecent,
// ErrInvalidPasskeyName, ErrChallengeUnknown, ErrPasskeyRefused, ErrPasskeyTaken
// and ErrTooManyPasskeys.
func (a *App) AddPasskey(ctx context.Context, cmd AddPasskey) (added AddedPasskey, err error) {
	if err := a.recently(cmd.Actor); err != nil {
		return AddedPasskey{}, err
	}
	name, err := identity.ParsePasskeyName(cmd.Name)
	if err != nil {
		return AddedPasskey{}, err
	}
	now := a.deps.Clock.Now()
	c, err := a.try(ctx, cmd.Challenge, identity.PasskeyRegistration, now)
	if err != nil {
		return AddedPasskey{}, err
	}
	if c.User != cmd.Actor.UserID {
		return AddedPasskey{}, identity.ErrChallengeUnknown
	}
	err = a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s identity.Stores) error {
		u, err := lockActor(ctx, s, cmd.Actor, now)
		if err != nil {
			return err
		}
		if err := s.Challenges.Take(ctx, c.Hash, c.Purpose, now); err != nil {
			return err
		}
		p, err := a.deps.Ceremonies.FinishRegistration(u, c.Data, cmd.Response)
		if err != nil {
			return err
		}
		p.ID, p.User, p.Name, p.CreatedAt = a.deps.IDs.New(), u.ID, name, now
		f, err := factorsOf(ctx, s, u.ID)
		if err != nil {
			return err
		}
		if len(f.passkeys) >= identity.MaxPasskeys {
			return identity.ErrTooManyPasskeys
		}
		if err := s.Passkeys.Insert(ctx, p); err != nil {
			return err
		}
		if !f.any() {
			if added.Codes, err = a.replaceRecoveryCodes(ctx, s, u.ID, now); err != nil {
				return err
			}
		}
		added.Passkey = p
		return a.factorChanged(ctx, s, cmd.Actor, "identity.passkey_added",
			letter{Kind: letterPasskeyAdded, User: u.ID, Data: map[string]string{"passkey": name}}, now)
	})
	if err != nil {
		return AddedPasskey{}, fmt.Errorf("identityapp: add a passkey of %s: %w", cmd.Actor.UserID, err)
	}
	return added, a.forget(ctx, identity.TagUser(cmd.Actor.UserID))
}
