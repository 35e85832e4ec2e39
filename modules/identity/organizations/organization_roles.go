package organizations

import (
	"context"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
)

// RoleChange is what becomes of a role; nil leaves a part as it is.
type RoleChange struct {
	Label       *string
	Permissions *[]identity.Permission
}

func (c RoleChange) onto(r identity.CustomRole) identity.CustomRole {
	if c.Label != nil {
		r.Label = *c.Label
	}
	if c.Permissions != nil {
		r.Permissions = *c.Permissions
	}
	return r
}

// OrganizationPermissions lists what roles of an organization can be made of.
func (a *App) OrganizationPermissions() []identity.Permission {
	return a.deps.OrganizationPolicy.Permissions()
}

// CreateOrganizationRole makes a role of one organization. It needs
// identity.PermissionManageOwnRoles. It fails with ErrInvalidRole, ErrRoleTaken,
// ErrTooManyRoles and ErrBeyondOwn.
func (a *App) CreateOrganizationRole(ctx context.Context, actor identity.Actor, id identity.OrganizationID, label string, permissions []identity.Permission) (identity.CustomRole, error) {
	var made identity.CustomRole
	err := a.changeOrganization(ctx, actor, id, identity.PermissionManageOwnRoles, "identity.organization_role_created",
		func(ctx context.Context, s Stores, at memberAccess, now time.Time) (_ []identity.UserID, err error) {
			if err := at.organization.MayShare(); err != nil {
				return nil, err
			}
			made, err = a.makeRole(ctx, s, identity.CustomRole{Organization: id, Label: label, Permissions: permissions}, at.holds, a.OrganizationPermissions(), now)
			return nil, err
		})
	return made, err
}

// makeRole writes a new role of somebody who holds some of what can be granted.
func (a *App) makeRole(ctx context.Context, s Stores, r identity.CustomRole, holds, grantable []identity.Permission, now time.Time) (identity.CustomRole, error) {
	r, err := r.Shape(grantable)
	if err != nil {
		return r, err
	}
	if r.Name, err = identity.RoleName(r.Label); err != nil {
		return r, err
	}
	if err := identity.MayAssign(holds, nil, r.Permissions); err != nil {
		return r, err
	}
	n, err := s.Roles.Count(ctx, r.Organization)
	if err != nil {
		return r, err
	}
	if n >= identity.MaxRoles {
		return r, identity.ErrTooManyRoles
	}
	r.ID, r.CreatedAt, r.UpdatedAt, r.Version = a.deps.IDs.New(), now, now, 1
	return r, s.Roles.Insert(ctx, r)
}

// changeRole writes a role anew. Nobody changes one that holds more than they do.
func (a *App) changeRole(ctx context.Context, s Stores, of identity.OrganizationID, name string, c RoleChange, holds, grantable []identity.Permission, now time.Time) (identity.CustomRole, error) {
	before, err := s.Roles.Lock(ctx, of, name)
	if err != nil {
		return before, err
	}
	after, err := c.onto(before).Shape(grantable)
	if err != nil {
		return after, err
	}
	var had []identity.Permission
	for _, p := range before.Permissions {
		if identity.Covers(grantable, []identity.Permission{p}) {
			had = append(had, p) // what no longer exists can no longer be held
		}
	}
	if err := identity.MayAssign(holds, had, after.Permissions); err != nil {
		return after, err
	}
	after.UpdatedAt = now
	err = s.Roles.Update(ctx, after)
	after.Version++
	return after, err
}

// dropRole deletes a role that nobody holds; ErrRoleInUse.
func dropRole(ctx context.Context, s Stores, of identity.OrganizationID, name string, now time.Time) error {
	if _, err := s.Roles.Lock(ctx, of, name); err != nil {
		return err
	}
	used, err := s.Roles.InUse(ctx, of, name, now)
	if err != nil {
		return err
	}
	if used {
		return identity.ErrRoleInUse
	}
	return s.Roles.Delete(ctx, of, name)
}

// ChangeOrganizationRole needs identity.PermissionManageOwnRoles; ErrRoleAbsent,
// ErrInvalidRole, ErrBeyondOwn, and ErrBeyondOwnEnd where somebody whose own time ends adds
// to a role, which others have for longer.
func (a *App) ChangeOrganizationRole(ctx context.Context, actor identity.Actor, id identity.OrganizationID, name string, c RoleChange) (identity.CustomRole, error) {
	var changed identity.CustomRole
	err := a.changeOrganization(ctx, actor, id, identity.PermissionManageOwnRoles, "identity.organization_role_changed",
		func(ctx context.Context, s Stores, at memberAccess, now time.Time) (_ []identity.UserID, err error) {
			before, err := s.Roles.Lock(ctx, id, name)
			if err != nil {
				return nil, err
			}
			if c.Permissions != nil && !identity.Covers(before.Permissions, *c.Permissions) {
				if err := identity.MayGiveUntil(at.ends, time.Time{}); err != nil {
					return nil, err
				}
			}
			changed, err = a.changeRole(ctx, s, id, name, c, at.holds, a.OrganizationPermissions(), now)
			if err != nil {
				return nil, err
			}
			return s.Organizations.Holders(ctx, id, identity.OrganizationRole(name))
		})
	return changed, err
}

// DeleteOrganizationRole needs identity.PermissionManageOwnRoles; ErrRoleAbsent,
// ErrRoleInUse.
func (a *App) DeleteOrganizationRole(ctx context.Context, actor identity.Actor, id identity.OrganizationID, name string) error {
	return a.changeOrganization(ctx, actor, id, identity.PermissionManageOwnRoles, "identity.organization_role_deleted",
		func(ctx context.Context, s Stores, _ memberAccess, now time.Time) ([]identity.UserID, error) {
			return nil, dropRole(ctx, s, id, name, now)
		})
}
