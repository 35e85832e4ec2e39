package administration

import (
	"context"
	"errors"
	"fmt"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/trail"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// UserChange is what changes about somebody's account; what is nil stays.
type UserChange struct {
	Name *string
	Role *identity.Role
}

// ChangeUser changes somebody's name and role, both or neither. A name needs
// identity.PermissionManageUsers and is not one's own: ErrInvalidName, ErrOwnAccount,
// ErrImpersonating. A role, built in or made here, needs
// identity.PermissionManageRoles, and nobody gives or takes what they do not hold:
// ErrRoleAbsent, ErrBeyondOwn, ErrLastAdministrator. It also fails with
// ErrNotSignedIn, ErrForbidden and ErrUserNotFound.
func (a *App) ChangeUser(ctx context.Context, by identity.Actor, id identity.UserID, c UserChange) error {
	name, err := mayChangeUser(by, c)
	if err != nil || c == (UserChange{}) {
		return err
	}
	now := a.deps.Clock.Now()
	var renamed bool
	err = a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s Stores) error {
		renamed = false
		var active []identity.UserID
		if c.Role != nil { // before the person is read, so that of two acts at once the second sees the first
			if active, err = s.Roles.Administrators(ctx); err != nil {
				return err
			}
		}
		u, err := s.Users.ByID(ctx, id)
		if err != nil {
			return err
		}
		var did []string
		if c.Role != nil {
			if err := a.assign(ctx, s, by, &u, *c.Role, active); err != nil {
				return err
			}
			did = append(did, "identity.role_assigned")
		}
		if c.Name != nil {
			if u.ID == by.UserID {
				return identity.ErrOwnAccount
			}
			renamed = u.Name != name
			u.Name = name
			did = append(did, "identity.user_renamed")
		}
		u.UpdatedAt = now
		if err := a.deps.People.Update(ctx, s.people(), u, renamed, now); err != nil {
			return err
		}
		for _, action := range did {
			if err := s.Audit.Append(ctx, a.deps.Trail.By(by, action, trail.User(id), now)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("administration: change %s: %w", id, err)
	}
	a.deps.People.InvalidateNamed(ctx, id, renamed, identity.TagUser(id))
	return nil
}

// mayChangeUser is the rule of a change before anything is read; it returns the name.
func mayChangeUser(by identity.Actor, c UserChange) (string, error) {
	if c.Role != nil {
		if err := identity.CheckAnyOf(by, identity.PermissionManageRoles); err != nil {
			return "", err
		}
	}
	if c.Name == nil {
		return "", identity.CheckAnyOf(by, identity.PermissionManageRoles, identity.PermissionManageUsers)
	}
	if err := identity.CheckAdministration(by, identity.PermissionManageUsers); err != nil {
		return "", err
	}
	return identity.ParseName(*c.Name)
}

// assign gives a person a role; active are the administrators of now.
func (a *App) assign(ctx context.Context, s Stores, by identity.Actor, u *identity.User, role identity.Role, active []identity.UserID) error {
	to, err := a.roleHolds(ctx, s, role)
	if err != nil {
		return err
	}
	from, err := a.roleHolds(ctx, s, u.Role)
	if err != nil && !errors.Is(err, identity.ErrRoleAbsent) {
		return err
	}
	if err := identity.MayAssign(by.Permissions, from, to); err != nil {
		return err
	}
	if u.Role == identityport.RoleAdministrator && role != identityport.RoleAdministrator {
		if err := identity.KeepsAdministrator(active, u.ID); err != nil {
			return err
		}
	}
	u.Role = role
	return nil
}

// AssignRole is ChangeUser of the role.
func (a *App) AssignRole(ctx context.Context, by identity.Actor, id identity.UserID, role identity.Role) error {
	return a.ChangeUser(ctx, by, id, UserChange{Role: &role})
}

// RenameUser is ChangeUser of the name.
func (a *App) RenameUser(ctx context.Context, by identity.Actor, id identity.UserID, name string) error {
	return a.ChangeUser(ctx, by, id, UserChange{Name: &name})
}

// roleHolds returns what a role of the installation holds; ErrRoleAbsent.
func (a *App) roleHolds(ctx context.Context, s Stores, role identity.Role) ([]identity.Permission, error) {
	if a.deps.Policy.BuiltIn(role) {
		return a.deps.Policy.PermissionsOf(role), nil
	}
	r, err := s.Roles.Lock(ctx, "", string(role))
	if err != nil {
		return nil, err
	}
	return a.deps.Policy.Custom(r), nil
}
