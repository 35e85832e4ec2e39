package identityapp

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/cache"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// RoleInfo is a role of the installation, built in or made here.
type RoleInfo struct {
	Name        identity.Role
	Label       string
	Permissions []identity.Permission
	BuiltIn     bool
}

// permissionsOf returns what a role may do, on every replica as of its last change.
// A role that is gone holds what every member does.
func (a *App) permissionsOf(ctx context.Context, role identity.Role) ([]identity.Permission, error) {
	if a.deps.Policy.BuiltIn(role) {
		return a.deps.Policy.PermissionsOf(role), nil
	}
	kept := cache.Options{TTL: actorLife, Shared: true, Tags: []string{identity.TagRoles}}
	return cache.FetchJSON(ctx, a.deps.Cache, "identity.role:"+string(role), kept, func(ctx context.Context) ([]identity.Permission, error) {
		r, err := a.deps.Reads.CustomRole(ctx, "", string(role))
		if errors.Is(err, identity.ErrRoleAbsent) {
			return a.deps.Policy.PermissionsOf(identityport.RoleMember), nil
		}
		if err != nil {
			return nil, err
		}
		return a.deps.Policy.Custom(r), nil
	})
}

// Permissions lists what roles of the installation can be made of.
func (a *App) Permissions() []identity.Permission { return a.deps.Policy.Permissions() }

// ListRoles returns the built-in roles, then those made here by their labels. It
// needs identity.PermissionManageRoles or identity.PermissionManageUsers.
func (a *App) ListRoles(ctx context.Context, by identity.Actor) ([]RoleInfo, error) {
	if err := mayOneOf(by, identity.PermissionManageRoles, identity.PermissionManageUsers); err != nil {
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
		return nil, fmt.Errorf("identityapp: list roles: %w", err)
	}
	for _, r := range custom {
		out = append(out, RoleInfo{Name: identity.Role(r.Name), Label: r.Label, Permissions: r.Permissions})
	}
	return out, nil
}

func mayOneOf(by identity.Actor, any ...identity.Permission) error {
	if !by.SignedIn() {
		return identity.ErrNotSignedIn
	}
	if !slices.ContainsFunc(any, by.May) {
		return identity.ErrForbidden
	}
	return nil
}

// changeRoles lets somebody who manages roles do something to them.
func (a *App) changeRoles(ctx context.Context, by identity.Actor, action string,
	do func(ctx context.Context, s identity.Stores, now time.Time) (resource string, err error),
) error {
	if err := mayOneOf(by, identity.PermissionManageRoles); err != nil {
		return err
	}
	now := a.deps.Clock.Now()
	err := a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s identity.Stores) error {
		resource, err := do(ctx, s, now)
		if err != nil {
			return err
		}
		return s.Audit.Append(ctx, a.actedOn(by, action, resource, now))
	})
	if err != nil {
		return fmt.Errorf("identityapp: %s: %w", action, err)
	}
	return nil
}

// CreateRole makes a role of the installation from permissions that the actor holds.
// It needs identity.PermissionManageRoles; ErrInvalidRole, ErrRoleTaken,
// ErrTooManyRoles, ErrBeyondOwn.
func (a *App) CreateRole(ctx context.Context, by identity.Actor, label string, permissions []identity.Permission) (identity.CustomRole, error) {
	var made identity.CustomRole
	err := a.changeRoles(ctx, by, "identity.role_created", func(ctx context.Context, s identity.Stores, now time.Time) (_ string, err error) {
		made, err = a.makeRole(ctx, s, identity.CustomRole{Label: label, Permissions: permissions}, by.Permissions, a.Permissions(), now)
		return roleResource(made.Name), err
	})
	if err != nil {
		return identity.CustomRole{}, err
	}
	return made, a.forget(ctx, identity.TagRoles) // a role of this name may have been looked for
}

// ChangeRole changes what a role holds, for everybody who has it and from their next
// request on. It needs identity.PermissionManageRoles; ErrRoleAbsent,
// ErrInvalidRole, ErrBeyondOwn.
func (a *App) ChangeRole(ctx context.Context, by identity.Actor, name string, c RoleChange) (identity.CustomRole, error) {
	var changed identity.CustomRole
	err := a.changeRoles(ctx, by, "identity.role_changed", func(ctx context.Context, s identity.Stores, now time.Time) (_ string, err error) {
		changed, err = a.changeRole(ctx, s, "", name, c, by.Permissions, a.Permissions(), now)
		return roleResource(name), err
	})
	if err != nil {
		return identity.CustomRole{}, err
	}
	return changed, a.forget(ctx, identity.TagRoles)
}

// DeleteRole removes a role that nobody has. It needs
// identity.PermissionManageRoles; ErrRoleAbsent, ErrRoleInUse.
func (a *App) DeleteRole(ctx context.Context, by identity.Actor, name string) error {
	err := a.changeRoles(ctx, by, "identity.role_deleted", func(ctx context.Context, s identity.Stores, now time.Time) (string, error) {
		return roleResource(name), dropRole(ctx, s, "", name, now)
	})
	if err != nil {
		return err
	}
	return a.forget(ctx, identity.TagRoles)
}

// roleHolds returns what a role of the installation holds; ErrRoleAbsent.
func (a *App) roleHolds(ctx context.Context, s identity.Stores, role identity.Role) ([]identity.Permission, error) {
	if a.deps.Policy.BuiltIn(role) {
		return a.deps.Policy.PermissionsOf(role), nil
	}
	r, err := s.Roles.Lock(ctx, "", string(role))
	if err != nil {
		return nil, err
	}
	return a.deps.Policy.Custom(r), nil
}
