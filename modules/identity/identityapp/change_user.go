package identityapp

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
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
	err = a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s identity.Stores) error {
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
		if err := a.updateNamed(ctx, s, u, renamed, now); err != nil {
			return err
		}
		for _, action := range did {
			if err := s.Audit.Append(ctx, a.actedOn(by, action, userResource(id), now)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("identityapp: change %s: %w", id, err)
	}
	return a.forgetNamed(ctx, id, renamed, identity.TagUser(id))
}

// mayChangeUser is the rule of a change before anything is read; it returns the name.
func mayChangeUser(by identity.Actor, c UserChange) (string, error) {
	if c.Role != nil {
		if err := mayOneOf(by, identity.PermissionManageRoles); err != nil {
			return "", err
		}
	}
	if c.Name == nil {
		return "", mayOneOf(by, identity.PermissionManageRoles, identity.PermissionManageUsers)
	}
	if err := mayAdminister(by, identity.PermissionManageUsers); err != nil {
		return "", err
	}
	return identity.ParseName(*c.Name)
}

// assign gives a person a role; active are the administrators of now.
func (a *App) assign(ctx context.Context, s identity.Stores, by identity.Actor, u *identity.User, role identity.Role, active []identity.UserID) error {
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

// updateNamed writes a person and names their own organization after them; when their
// name has changed, it publishes that.
func (a *App) updateNamed(ctx context.Context, s identity.Stores, u identity.User, renamed bool, now time.Time) error {
	if err := s.Users.Update(ctx, u); err != nil {
		return err
	}
	if err := s.Organizations.RenamePersonal(ctx, u.ID, u.Name, now); err != nil || !renamed {
		return err
	}
	return a.publish(ctx, s, now, identityport.UserRenamed{UserID: u.ID})
}

// forgetNamed is forget, after a change of a person whose name may be another one
// now: the contexts that show it follow before the caller is answered. One that
// cannot is told again by the event.
func (a *App) forgetNamed(ctx context.Context, id identity.UserID, renamed bool, tags ...string) error {
	err := a.forget(ctx, tags...)
	if !renamed || a.deps.Watchers == nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), forgetPatience)
	defer cancel()
	for _, w := range a.deps.Watchers() {
		_ = w.PersonRenamed(ctx, id)
	}
	return err
}
