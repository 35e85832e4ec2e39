package identity

import (
	"slices"
	"time"

	"github.com/neoforge-dev/neoforge/ports/fault"
)

// PermissionManageUsers lets somebody act on other people's accounts; which roles
// hold it is declared in the wiring.
const PermissionManageUsers Permission = "identity.user.manage"

// MayErase reports whether the actor may erase a person: themselves, or anybody
// for who manages accounts.
func MayErase(a Actor, id UserID) bool {
	return a.SignedIn() && (a.UserID == id || a.May(PermissionManageUsers))
}

// CheckAdministration is the rule of every administrative act: whoever does it holds the
// permission and acts in their own name. It reports ErrNotSignedIn, ErrImpersonating and
// ErrForbidden.
func CheckAdministration(by Actor, p Permission) error {
	switch {
	case !by.SignedIn():
		return ErrNotSignedIn
	case by.Impersonator != "":
		return ErrImpersonating
	case !by.May(p):
		return ErrForbidden
	}
	return nil
}

// CheckAnyOf reports ErrNotSignedIn for a visitor, and ErrForbidden unless the actor
// holds one of the permissions.
func CheckAnyOf(by Actor, any ...Permission) error {
	if !by.SignedIn() {
		return ErrNotSignedIn
	}
	if !slices.ContainsFunc(any, by.May) {
		return ErrForbidden
	}
	return nil
}

// CheckRecent reports ErrNotSignedIn for a visitor, and ErrNotRecent unless the actor
// proved lately who they are.
func CheckRecent(a Actor, now time.Time) error {
	switch {
	case !a.SignedIn():
		return ErrNotSignedIn
	case !a.RecentlyAuthenticated(now):
		return ErrNotRecent
	}
	return nil
}

// InField names the field that a fault is about.
func InField(field string, err error) error {
	if f := fault.As(err); f != nil && f.Kind == fault.Invalid {
		return f.WithFields(fault.Field{Name: field, Message: f.Message})
	}
	return err
}
