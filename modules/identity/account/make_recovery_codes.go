package account

import (
	"context"
	"fmt"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/access"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/factors"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/mails"
)

// MakeRecoveryCodes replaces the actor's recovery codes; those from before no longer
// work. The new ones are to be shown this once. It fails with ErrNotSignedIn,
// ErrNotRecent and ErrNoSecondFactor.
func (a *App) MakeRecoveryCodes(ctx context.Context, actor identity.Actor) (codes []identity.RecoveryCode, err error) {
	if err := identity.CheckRecent(actor, a.deps.Clock.Now()); err != nil {
		return nil, err
	}
	now := a.deps.Clock.Now()
	err = a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s Stores) error {
		if _, err := access.LockActor(ctx, s.Users, s.Sessions, actor, now); err != nil {
			return err
		}
		f, err := factors.Of(ctx, s.factors(), actor.UserID)
		if err != nil {
			return err
		}
		if !f.Any() {
			return identity.ErrNoSecondFactor
		}
		if codes, err = a.replaceRecoveryCodes(ctx, s, actor.UserID, now); err != nil {
			return err
		}
		return a.factorChanged(ctx, s, actor, "identity.recovery_codes_made", mails.Mail{Kind: mails.RecoveryCodesMade, User: actor.UserID}, now)
	})
	if err != nil {
		return nil, fmt.Errorf("account: make recovery codes of %s: %w", actor.UserID, err)
	}
	return codes, nil
}
