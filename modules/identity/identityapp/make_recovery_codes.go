package identityapp

import (
	"context"
	"fmt"

	"github.com/neoforge-dev/neoforge/modules/identity"
)

// MakeRecoveryCodes replaces the actor's recovery codes; those from before no longer
// work. The new ones are to be shown this once. It fails with ErrNotSignedIn,
// ErrNotRecent and ErrNoSecondFactor.
func (a *App) MakeRecoveryCodes(ctx context.Context, actor identity.Actor) (codes []identity.RecoveryCode, err error) {
	if err := a.recently(actor); err != nil {
		return nil, err
	}
	now := a.deps.Clock.Now()
	err = a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s identity.Stores) error {
		if _, err := lockActor(ctx, s, actor, now); err != nil {
			return err
		}
		f, err := factorsOf(ctx, s, actor.UserID)
		if err != nil {
			return err
		}
		if !f.any() {
			return identity.ErrNoSecondFactor
		}
		if codes, err = a.replaceRecoveryCodes(ctx, s, actor.UserID, now); err != nil {
			return err
		}
		return a.factorChanged(ctx, s, actor, "identity.recovery_codes_made", letter{Kind: letterRecoveryCodesMade, User: actor.UserID}, now)
	})
	if err != nil {
		return nil, fmt.Errorf("identityapp: make recovery codes of %s: %w", actor.UserID, err)
	}
	return codes, nil
}
