package access

import (
	"context"
	"errors"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/cached"
	"github.com/neoforge-dev/neoforge/ports/cache"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// RoleReads is where custom roles are read.
type RoleReads interface {
	// CustomRole fails with ErrRoleAbsent.
	CustomRole(ctx context.Context, of identity.OrganizationID, name string) (identity.CustomRole, error)
}

// Roles knows what the installation's roles hold.
type Roles struct {
	Policy identity.Policy
	Cache  cache.Cache
	Reads  RoleReads
}

// PermissionsOf returns what a role may do, on every replica as of its last change.
// A role that is gone holds what every member does.
func (r Roles) PermissionsOf(ctx context.Context, role identity.Role) ([]identity.Permission, error) {
	if r.Policy.BuiltIn(role) {
		return r.Policy.PermissionsOf(role), nil
	}
	kept := cache.Options{TTL: cached.ActorTTL, Shared: true, Tags: []string{identity.TagRoles}}
	return cache.FetchJSON(ctx, r.Cache, "identity.role:"+string(role), kept, func(ctx context.Context) ([]identity.Permission, error) {
		made, err := r.Reads.CustomRole(ctx, "", string(role))
		if errors.Is(err, identity.ErrRoleAbsent) {
			return r.Policy.PermissionsOf(identityport.RoleMember), nil
		}
		if err != nil {
			return nil, err
		}
		return r.Policy.Custom(made), nil
	})
}
