package privacy

import (
	"context"

	"github.com/neoforge-dev/neoforge/modules/identity"
)

// ErasePerson removes somebody else at once, without a grace period, as
// [App.EraseUser] does. It fails with ErrNotSignedIn, ErrImpersonating,
// ErrForbidden, ErrUserNotFound, ErrOwnAccount and ErrLastAdministrator.
func (a *App) ErasePerson(ctx context.Context, by identity.Actor, id identity.UserID) error {
	if err := identity.CheckAdministration(by, identity.PermissionManageUsers); err != nil {
		return err
	}
	if by.UserID == id {
		return identity.ErrOwnAccount
	}
	return a.EraseUser(ctx, by, id)
}
