package identity

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/neoforge-dev/neoforge/ports/cursor"
	"github.com/neoforge-dev/neoforge/ports/fault"
)

// The permissions of administration, beside [PermissionManageUsers].
const (
	// PermissionImpersonate lets somebody act in another person's name for a while.
	PermissionImpersonate Permission = "identity.user.impersonate"
	// PermissionReadAudit lets somebody read and export the audit trail.
	PermissionReadAudit Permission = "identity.audit.read"
)

// ImpersonationTTL is how long an administrator may act in somebody's name.
const ImpersonationTTL = time.Hour

// What can go wrong in administration.
var (
	ErrImpersonating    = fault.New(fault.Forbidden, "identity.impersonating", "You act for somebody else, which does not include this. Stop acting for them first.")
	ErrNotImpersonating = fault.New(fault.Conflict, "identity.not_impersonating", "You act for nobody but yourself, so there is nothing to stop.")
	ErrOwnAccount       = fault.New(fault.Conflict, "identity.own_account", "This is your own account. Use the pages of your account, or ask another administrator.")
	ErrImpersonateAdmin = fault.New(fault.Forbidden, "identity.administrator_not_impersonated", "Nobody acts in an administrator's name, nor in that of somebody who may do what you may not.")
	ErrImpersonateGone  = fault.New(fault.Conflict, "identity.suspended_not_impersonated", "This account is suspended, so nobody can act in its name. Restore it first.")
	ErrInvalidReason    = fault.New(fault.Invalid, "identity.invalid_reason", "Give a reason of 3 to 500 characters. It stays in the audit trail, so leave names out.")
	ErrInvalidCursor    = fault.New(fault.Invalid, "identity.invalid_cursor", "The cursor is not one that this list gave out. Start without one.")
	ErrUnknownState     = fault.New(fault.Invalid, "identity.unknown_state", "The state must be active, suspended, unverified, leaving, overdue or no_second_factor.")
)

// PersonState is how an account stands.
type PersonState string

// The states. Somebody who is suspended is nothing else; who is leaving may be
// verified or not.
const (
	PersonActive     PersonState = "active"
	PersonSuspended  PersonState = "suspended"
	PersonUnverified PersonState = "unverified" // the address was never proven
	PersonLeaving    PersonState = "leaving"    // the account ends when its grace period does
	PersonOverdue    PersonState = "overdue"    // the grace period is over, and the account is still there
	// PersonWithoutFactor is whoever is active and has no second factor. It finds
	// people; no account's State is this.
	PersonWithoutFactor PersonState = "no_second_factor"
)

// ParsePersonState accepts the states and the empty one, which is any;
// ErrUnknownState otherwise.
func ParsePersonState(s string) (PersonState, error) {
	switch p := PersonState(s); p {
	case "", PersonActive, PersonSuspended, PersonUnverified, PersonLeaving, PersonOverdue, PersonWithoutFactor:
		return p, nil
	}
	return "", ErrUnknownState
}

// State returns how the account stands, the gravest first; PersonLeaving also for who
// is overdue.
func (u User) State() PersonState {
	switch {
	case !u.SuspendedAt.IsZero():
		return PersonSuspended
	case !u.EraseAt.IsZero():
		return PersonLeaving
	case !u.EmailVerified:
		return PersonUnverified
	}
	return PersonActive
}

// ParseReason trims why somebody is suspended; ErrInvalidReason unless 3 to 500
// printable characters are left.
func ParseReason(s string) (string, error) {
	s = strings.Join(strings.Fields(strings.ToValidUTF8(s, "")), " ")
	if n := utf8.RuneCountInString(s); n < 3 || n > 500 || printable(s, len(s)) != s {
		return "", ErrInvalidReason
	}
	return s, nil
}

// Suspend returns the person suspended. It changes nothing for who is already.
func (u User) Suspend(now time.Time) User {
	if u.SuspendedAt.IsZero() {
		u.SuspendedAt, u.UpdatedAt = now, now
	}
	return u
}

// Restore returns the person with their suspension lifted.
func (u User) Restore(now time.Time) User {
	if !u.SuspendedAt.IsZero() {
		u.SuspendedAt, u.UpdatedAt = time.Time{}, now
	}
	return u
}

// MayImpersonate decides whether an administrator may act in a person's name: not
// in their own, not in that of who holds more than they do or may impersonate or
// manage people themselves, not in that of who is suspended, and never from within
// an impersonation.
func MayImpersonate(by Actor, u User, theirs []Permission) error {
	switch {
	case by.Impersonator != "":
		return ErrImpersonating
	case by.UserID == u.ID:
		return ErrOwnAccount
	case !u.SuspendedAt.IsZero():
		return ErrImpersonateGone
	}
	for _, p := range theirs {
		if p == PermissionImpersonate || p == PermissionManageUsers || !by.May(p) {
			return ErrImpersonateAdmin
		}
	}
	return nil
}

// OpenImpersonation starts a browser's session in which by acts as a person. It
// ends after ImpersonationTTL, and proves nothing about who the person is.
func OpenImpersonation(id string, person, by UserID, secret Secret, d Device, now time.Time) Session {
	s := OpenSession(id, person, BrowserSession, secret, d, now)
	s.By.Method = ByImpersonation
	s.Impersonator, s.ExpiresAt = by, now.Add(ImpersonationTTL)
	return s
}

// PeopleFilter narrows the list of people; what is empty narrows nothing.
type PeopleFilter struct {
	// Search is words with which words of the name or the address begin, in any
	// order, whatever their case and accents. A word that is not ASCII is also looked
	// for as a label of a domain, in the form in which domains are kept.
	Search string
	Role   Role
	State  PersonState
	Now    time.Time // what PersonOverdue is held against
}

// PeopleReads lists people.
type PeopleReads interface {
	// People returns up to limit people after a position, newest first.
	People(ctx context.Context, f PeopleFilter, after cursor.Position, limit int) ([]User, error)
	// PeopleByID returns those of the people who exist, in any order.
	PeopleByID(ctx context.Context, ids []UserID) ([]User, error)
}
