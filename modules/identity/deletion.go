package identity

import (
	"context"
	"strings"
	"time"

	"github.com/neoforge-dev/neoforge/ports/fault"
)

const (
	// DeletionGrace is how long somebody who deletes their account may come back.
	DeletionGrace = 14 * 24 * time.Hour
	// DeletionNotice is how long before the end a mail says so once more.
	DeletionNotice = 24 * time.Hour
)

// What can stand in the way of a deletion.
var (
	ErrLastAdministrator = fault.New(fault.Conflict, "identity.last_administrator", "Somebody must administer this place. Make somebody else an administrator first.")
	ErrOwnsOrganizations = fault.New(fault.Conflict, "identity.owns_organizations", "You own an organization that others belong to. Hand it over to one of them first.")
	ErrDeletionAsked     = fault.New(fault.Conflict, "identity.deletion_asked", "The account is being deleted already. Keep it first if you changed your mind.")
	ErrDeletionNotAsked  = fault.New(fault.Conflict, "identity.deletion_not_asked", "The account is not being deleted, so there is nothing to cancel.")
	ErrAddressMismatch   = fault.New(fault.Invalid, "identity.address_mismatch", "That is not the address of this account. Type it exactly to confirm.")
)

// AskErasure sets the end of the account, DeletionGrace from now; ErrDeletionAsked.
func (u User) AskErasure(now time.Time) (User, error) {
	if !u.EraseAt.IsZero() {
		return u, ErrDeletionAsked
	}
	u.EraseAt, u.UpdatedAt = now.Add(DeletionGrace), now
	return u, nil
}

// Keep takes the end of the account back; ErrDeletionNotAsked.
func (u User) Keep(now time.Time) (User, error) {
	if u.EraseAt.IsZero() {
		return u, ErrDeletionNotAsked
	}
	u.EraseAt, u.UpdatedAt = time.Time{}, now
	return u, nil
}

// ErasableAt reports whether the grace period has ended at t.
func (u User) ErasableAt(t time.Time) bool { return !u.EraseAt.IsZero() && !t.Before(u.EraseAt) }

// DeletionBlockers is who would be left behind by a person.
type DeletionBlockers struct {
	// LastAdministrator says that nobody else administers the site and stays.
	LastAdministrator bool
	// Organizations are those that others belong to and nobody else owns.
	Organizations []Organization
}

// MayLeave is the rule of leaving: there is always an administrator, and no
// organization loses its only owner while others belong to it. It fails with
// ErrLastAdministrator, or with ErrOwnsOrganizations that names them.
func MayLeave(d DeletionBlockers) error {
	if d.LastAdministrator {
		return ErrLastAdministrator
	}
	if len(d.Organizations) > 0 {
		names := make([]string, len(d.Organizations))
		for i, o := range d.Organizations {
			names[i] = o.Name
		}
		return ErrOwnsOrganizations.WithMessage("Others belong to " + strings.Join(names, ", ") +
			", and nobody else owns it. Make one of them an owner, or delete the organization.")
	}
	return nil
}

// Deletions looks at who would be left behind.
type Deletions interface {
	// DeletionBlockers locks what it looks at, so that of two who leave at once the
	// second sees that the first is leaving.
	DeletionBlockers(ctx context.Context, id UserID) (DeletionBlockers, error)
}

// DeletionReads finds those whose account ends.
type DeletionReads interface {
	// Leaving lists up to limit people whose account ends before t, the first to
	// end first, those after the given one.
	Leaving(ctx context.Context, t time.Time, after User, limit int) ([]User, error)
	// Overdue counts the people whose account should have ended before t.
	Overdue(ctx context.Context, t time.Time) (int, error)
}
