package identity

// PermissionManageUsers lets somebody act on other people's accounts; which roles
// hold it is declared in the wiring.
const PermissionManageUsers Permission = "identity.user.manage"

// MayErase reports whether the actor may erase a person: themselves, or anybody
// for who manages accounts.
func MayErase(a Actor, id UserID) bool {
	return a.SignedIn() && (a.UserID == id || a.May(PermissionManageUsers))
}
