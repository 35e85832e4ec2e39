package signin

import (
	"context"
	"slices"

	"github.com/neoforge-dev/neoforge/modules/identity"
)

// mayGoOnImpersonating reports ErrSessionNotFound when who acts in somebody's name
// may no longer do so: they are gone, suspended, or have lost the permission.
func (a *App) mayGoOnImpersonating(ctx context.Context, s identity.Session) error {
	if s.Impersonator == "" {
		return nil
	}
	by, err := a.deps.Reads.User(ctx, s.Impersonator)
	if err != nil {
		return err
	}
	if err := by.MaySignIn(); err != nil {
		return err
	}
	holds, err := a.deps.Roles.PermissionsOf(ctx, by.Role)
	if err == nil && !slices.Contains(holds, identity.PermissionImpersonate) {
		err = identity.ErrSessionNotFound
	}
	return err
}
