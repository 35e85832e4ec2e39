package account

import (
	"context"
	"fmt"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/access"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/cached"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/factors"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/mails"
)

// BeginPasskey starts to add a passkey. It fails with ErrNotSignedIn, ErrNotRecent
// and ErrTooManyPasskeys.
func (a *App) BeginPasskey(ctx context.Context, actor identity.Actor) (identity.PasskeyChallenge, error) {
	if err := identity.CheckRecent(actor, a.deps.Clock.Now()); err != nil {
		return identity.PasskeyChallenge{}, err
	}
	have, err := a.deps.Reads.PasskeysOf(ctx, actor.UserID)
	if err != nil {
		return identity.PasskeyChallenge{}, fmt.Errorf("account: passkeys of %s: %w", actor.UserID, err)
	}
	if len(have) >= identity.MaxPasskeys {
		return identity.PasskeyChallenge{}, identity.ErrTooManyPasskeys
	}
	u, err := a.deps.Reads.User(ctx, actor.UserID)
	if err != nil {
		return identity.PasskeyChallenge{}, fmt.Errorf("account: read %s: %w", actor.UserID, err)
	}
	ceremony, err := a.deps.Ceremonies.BeginRegistration(u, have)
	if err != nil {
		return identity.PasskeyChallenge{}, fmt.Errorf("account: begin a passkey of %s: %w", actor.UserID, err)
	}
	return a.deps.Factors.KeepCeremony(ctx, identity.PasskeyRegistration, u.ID, ceremony)
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
	if err := identity.CheckRecent(cmd.Actor, a.deps.Clock.Now()); err != nil {
		return AddedPasskey{}, err
	}
	name, err := identity.ParsePasskeyName(cmd.Name)
	if err != nil {
		return AddedPasskey{}, err
	}
	now := a.deps.Clock.Now()
	c, err := a.deps.Factors.Try(ctx, cmd.Challenge, identity.PasskeyRegistration, now)
	if err != nil {
		return AddedPasskey{}, err
	}
	if c.User != cmd.Actor.UserID {
		return AddedPasskey{}, identity.ErrChallengeUnknown
	}
	err = a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s Stores) error {
		u, err := access.LockActor(ctx, s.Users, s.Sessions, cmd.Actor, now)
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
		f, err := factors.Of(ctx, s.factors(), u.ID)
		if err != nil {
			return err
		}
		if len(f.Passkeys) >= identity.MaxPasskeys {
			return identity.ErrTooManyPasskeys
		}
		if err := s.Passkeys.Insert(ctx, p); err != nil {
			return err
		}
		if !f.Any() {
			if added.Codes, err = a.replaceRecoveryCodes(ctx, s, u.ID, now); err != nil {
				return err
			}
		}
		added.Passkey = p
		return a.factorChanged(ctx, s, cmd.Actor, "identity.passkey_added",
			mails.Mail{Kind: mails.PasskeyAdded, User: u.ID, Data: map[string]string{"passkey": name}}, now)
	})
	if err != nil {
		return AddedPasskey{}, fmt.Errorf("account: add a passkey of %s: %w", cmd.Actor.UserID, err)
	}
	cached.Invalidate(ctx, a.deps.Cache, identity.TagUser(cmd.Actor.UserID))
	return added, nil
}
