package account

import (
	"context"
	"fmt"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/trail"
)

// RenamePasskey calls one of the actor's passkeys something else. It fails with
// ErrNotSignedIn, ErrNotRecent, ErrInvalidPasskeyName and, also for another
// person's, ErrPasskeyNotFound.
func (a *App) RenamePasskey(ctx context.Context, actor identity.Actor, id, name string) error {
	if err := identity.CheckRecent(actor, a.deps.Clock.Now()); err != nil {
		return err
	}
	name, err := identity.ParsePasskeyName(name)
	if err != nil {
		return err
	}
	now := a.deps.Clock.Now()
	err = a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s Stores) error {
		if err := s.Passkeys.Rename(ctx, actor.UserID, id, name); err != nil {
			return err
		}
		return s.Audit.Append(ctx, a.deps.Trail.Entry(string(actor.UserID), "identity.passkey_renamed", trail.Passkey(id), actor.IP, now))
	})
	if err != nil {
		return fmt.Errorf("account: rename a passkey of %s: %w", actor.UserID, err)
	}
	return nil
}
