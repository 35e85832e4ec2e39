package billing

import "github.com/neoforge-dev/neoforge/ports/identityport"

// PermissionManage lets a member buy for their organization; which roles within an
// organization hold it is declared in the wiring.
const PermissionManage identityport.Permission = "billing.manage"

// MayBuyFor decides whether the actor may spend an organization's money: everybody
// their own's, and a shared one's whoever holds the permission within it. One that
// the actor does not belong to does not exist for them.
func MayBuyFor(a identityport.Actor, o OrganizationID) error {
	switch {
	case o == "" || !a.MemberOf(o):
		return ErrAccountNotFound
	case o == a.PersonalOrganization() || a.MayIn(o, PermissionManage):
		return nil
	}
	return ErrMayNotBuy
}
