package identityapp

import (
	"context"
	"fmt"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// ErasePerson removes somebody else at once, without a grace period, as
// [App.EraseUser] does. It fails with ErrNotSignedIn, ErrImpersonating,
// ErrForbidden, ErrUserNotFound, ErrOwnAccount and ErrLastAdministrator.
func (a *App) ErasePerson(ctx context.Context, by identity.Actor, id identity.UserID) error {
	if err := mayAdminister(by, identity.PermissionManageUsers); err != nil {
		return err
	}
	if by.UserID == id {
		return identity.ErrOwnAccount
	}
	err := a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s identity.Stores) error {
		active, err := s.Roles.Administrators(ctx)
		if err != nil {
			return err
		}
		u, err := s.Users.ByID(ctx, id)
		if err != nil {
			return err
		}
		if u.Role != identityport.RoleAdministrator || !u.SuspendedAt.IsZero() {
			return nil
		}
		return identity.KeepsAdministrator(active, id)
	})
	if err != nil {
		return fmt.Errorf("identityapp: erase %s: %w", id, err)
	}
	return a.EraseUser(ctx, by, id)
}
