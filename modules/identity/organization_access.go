package identity

import "slices"

// What a member may do within an organization. Modules declare further
// permissions of this kind in the wiring.
const (
	PermissionReadOrganization   Permission = "identity.organization.read"
	PermissionUpdateOrganization Permission = "identity.organization.update"
	PermissionInvite             Permission = "identity.organization.invite"
	PermissionManageMembers      Permission = "identity.organization.members.manage"
	PermissionManageOwnRoles     Permission = "identity.organization.roles.manage"
)

// OrganizationPolicy says which permissions each built-in role holds within an
// organization. It is put together from what the modules declare.
type OrganizationPolicy map[OrganizationRole][]Permission

// IdentityOrganizationPolicy is identity's own part.
func IdentityOrganizationPolicy() OrganizationPolicy {
	return OrganizationPolicy{
		Owner: {
			PermissionReadOrganization, PermissionUpdateOrganization, PermissionInvite,
			PermissionManageMembers, PermissionManageOwnRoles,
		},
		Staff:  {PermissionReadOrganization, PermissionInvite},
		Reader: {PermissionReadOrganization},
	}
}

// Permissions lists what can be granted within an organization: all that an owner
// holds.
func (p OrganizationPolicy) Permissions() []Permission { return slices.Clone(p[Owner]) }

// BuiltIn reports whether the role is one that every organization has.
func (p OrganizationPolicy) BuiltIn(r OrganizationRole) bool {
	_, ok := p[r]
	return ok
}

// OrganizationPermissions is what a role may do within its organization. Every
// member reads; a custom role adds what it names, as far as it still exists; a role
// that is gone adds nothing.
func OrganizationPermissions(p OrganizationPolicy, role OrganizationRole, custom []CustomRole) []Permission {
	if p.BuiltIn(role) {
		return slices.Clone(p[role])
	}
	out := []Permission{PermissionReadOrganization}
	for _, c := range custom {
		if c.Name != string(role) {
			continue
		}
		for _, have := range c.Permissions {
			if slices.Contains(p[Owner], have) && !slices.Contains(out, have) {
				out = append(out, have)
			}
		}
	}
	return out
}
