package organizations

import (
	"context"
	"fmt"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/cached"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/trail"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// RoleInfo is a role of the installation, built in or made here.
type RoleInfo struct {
	Name        identity.Role
	Label       string
	Permissions []identity.Permission
	BuiltIn     bool
}

// Permissions lists what roles of the installation can be made of.
func (a *App) Permissions() []identity.Permission { return a.deps.Policy.Permissions() }

// ListRoles returns the built-in roles, then those made here by their labels. It
// needs identity.PermissionManageRoles or identity.PermissionManageUsers.
func (a *App) ListRoles(ctx context.Context, by identity.Actor) ([]RoleInfo, error) {
	if err := identity.CheckAnyOf(by, identity.PermissionManageRoles, identity.PermissionManageUsers); err != nil {
		return nil, err
	}
	var out []RoleInfo
	for _, builtIn := range []RoleInfo{
		{Name: identityport.RoleMember, Label: "Member"},
		{Name: identityport.RoleAuthor, Label: "Author"},
		{Name: identityport.RoleAdministrator, Label: "Administrator"},
	} {
		builtIn.BuiltIn, builtIn.Permissions = true, a.deps.Policy.PermissionsOf(builtIn.Name)
		out = append(out, builtIn)
	}
	custom, err := a.deps.Reads.CustomRolesOf(ctx, "")
	if err != nil {
		return nil, fmt.Errorf("organizations: list roles: %w", err)
	}
	for _, r := range custom {
		out = append(out, RoleInfo{Name: identity.Role(r.Name), Label: r.Label, Permissions: r.Permissions})
	}
	return out, nil
}

// changeRoles lets somebody who manages roles do something to them.
func (a *App) changeRoles(ctx context.Context, by identity.Actor, action string,
	do func(ctx context.Context, s Stores, now time.Time) (resource string, err error),
) error {
	if err := identity.CheckAnyOf(by, identity.PermissionManageRoles); err != nil {
		return err
	}
	now := a.deps.Clock.Now()
	err := a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s Stores) error {
		resource, err := do(ctx, s, now)
		if err != nil {
			return err
		}
		return s.Audit.Append(ctx, a.deps.Trail.By(by, action, resource, now))
	})
	if err != nil {
		return fmt.Errorf("organizations: %s: %w", action, err)
	}
	return nil
}

// CreateRole makes a role of the installation from permissions that the actor holds.
// It needs identity.PermissionManageRoles; ErrInvalidRole, ErrRoleTaken,
// ErrTooManyRoles, ErrBeyondOwn.
func (a *App) CreateRole(ctx context.Context, by identity.Actor, label string, permissions []identity.Permission) (identity.CustomRole, error) {
	var made identity.CustomRole
	err := a.changeRoles(ctx, by, "identity.role_created", func(ctx context.Context, s Stores, now time.Time) (_ string, err error) {
		made, err = a.makeRole(ctx, s, identity.CustomRole{Label: label, Permissions: permissions}, by.Permissions, a.Permissions(), now)
		return trail.Role(made.Name), err
	})
	if err != nil {
		return identity.CustomRole{}, err
	}
	cached.Invalidate(ctx, a.deps.Cache, identity.TagRoles) // a role of this name may have been looked for
	return made, nil
}

// ChangeRole changes what a role holds, for everybody who has it and from their next
// request on. It needs identity.PermissionManageRoles; ErrRoleAbsent,
// ErrInvalidRole, ErrBeyondOwn.
func (a *App) ChangeRole(ctx context.Context, by identity.Actor, name string, c RoleChange) (identity.CustomRole, error) {
	var changed identity.CustomRole
	err := a.changeRoles(ctx, by, "identity.role_changed", func(ctx context.Context, s Stores, now time.Time) (_ string, err error) {
		changed, err = a.changeRole(ctx, s, "", name, c, by.Permissions, a.Permissions(), now)
		return trail.Role(name), err
	})
	if err != nil {
		return identity.CustomRole{}, err
	}
	cached.Invalidate(ctx, a.deps.Cache, identity.TagRoles)
	return changed, nil
}

// DeleteRole removes a role that nobody has. It needs
// identity.PermissionManageRoles; ErrRoleAbsent, ErrRoleInUse.
func (a *App) DeleteRole(ctx context.Context, by identity.Actor, name string) error {
	err := a.changeRoles(ctx, by, "identity.role_deleted", func(ctx context.Context, s Stores, now time.Time) (string, error) {
		return trail.Role(name), dropRole(ctx, s, "", name, now)
	})
	if err != nil {
		return err
	}
	cached.Invalidate(ctx, a.deps.Cache, identity.TagRoles)
	return nil
}
