package identityapp

import (
	"context"
	"fmt"

	"github.com/neoforge-dev/neoforge/modules/identity"
)

// RenamePasskey calls one of the actor's passkeys something else. It fails with
// ErrNotSignedIn, ErrNotRecent, ErrInvalidPasskeyName and, also for another
// person's, ErrPasskeyNotFound.
func (a *App) RenamePasskey(ctx context.Context, actor identity.Actor, id, name string) error {
	if err := a.recently(actor); err != nil {
		return err
	}
	name, err := identity.ParsePasskeyName(name)
	if err != nil {
		return err
	}
	now := a.deps.Clock.Now()
	err = a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s identity.Stores) error {
		if err := s.Passkeys.Rename(ctx, actor.UserID, id, name); err != nil {
			return err
		}
		return s.Audit.Append(ctx, a.entry(string(actor.UserID), "identity.passkey_renamed", passkeyResource(id), actor.Address, now))
	})
	if err != nil {
		return fmt.Errorf("identityapp: rename a passkey of %s: %w", actor.UserID, err)
	}
	return nil
}

func passkeyResource(id string) string { return "passkey:" + id }
