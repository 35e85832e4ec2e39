package wire

import (
	"slices"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// policyOf is what the built-in roles hold, of all modules.
func policyOf(modules []Module) identity.Policy {
	policy := identity.Policy{identityport.RoleMember: nil, identityport.RoleAuthor: nil, identityport.RoleAdministrator: nil}
	for _, m := range modules {
		for _, g := range m.Grants {
			for _, r := range g.Roles {
				policy[r] = append(policy[r], g.Permission)
			}
		}
	}
	for r := range policy {
		slices.Sort(policy[r])
	}
	return policy
}

// administrativeOf is which permissions make somebody an administrator, of all modules.
func administrativeOf(modules []Module) []identity.Permission {
	var out []identity.Permission
	for _, m := range modules {
		for _, g := range m.Grants {
			if g.Administrative {
				out = append(out, g.Permission)
			}
		}
	}
	return out
}

// withinOf is what the roles within an organization hold, of all modules.
func withinOf(modules []Module) identity.OrganizationPolicy {
	policy := identity.OrganizationPolicy{identity.Owner: nil, identity.Staff: nil, identity.Reader: nil}
	for _, m := range modules {
		for _, g := range m.Within {
			policy[identity.Owner] = append(policy[identity.Owner], g.Permission)
			for _, r := range g.Roles {
				if r != identity.Owner {
					policy[r] = append(policy[r], g.Permission)
				}
			}
		}
	}
	for r := range policy {
		slices.Sort(policy[r])
	}
	return policy
}

// ownGrants are what roles within an organization hold of identity itself.
func ownGrants() []OrganizationGrant {
	own := identity.IdentityOrganizationPolicy()
	var out []OrganizationGrant
	for _, p := range own[identity.Owner] {
		g := OrganizationGrant{Permission: p}
		for _, r := range []identity.OrganizationRole{identity.Owner, identity.Staff, identity.Reader} {
			if slices.Contains(own[r], p) {
				g.Roles = append(g.Roles, r)
			}
		}
		out = append(out, g)
	}
	return out
}
