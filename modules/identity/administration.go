package identity

import "github.com/neoforge-dev/neoforge/ports/fault"

// The permissions of administration, beside [PermissionManageUsers].
const (
	// PermissionImpersonate lets somebody act in another person's name for a while.
	PermissionImpersonate Permission = "identity.user.impersonate"
	// PermissionReadAudit lets somebody read and export the audit trail.
	PermissionReadAudit Permission = "identity.audit.read"
)

// What can go wrong in administration.
var (
	ErrImpersonating = fault.New(fault.Forbidden, "identity.impersonating", "You act for somebody else, which does not include this. Stop acting for them first.")
)
