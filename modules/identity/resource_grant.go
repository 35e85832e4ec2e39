package identity

import (
	"context"
	"strings"
	"time"

	"github.com/neoforge-dev/neoforge/ports/fault"
)

// ResourceGrant lets one person do one thing to one resource ("post:<id>"), beside
// what their role lets them do. It is an offer until they accept it: nobody but they
// learns of an offer whose address it went to.
type ResourceGrant struct {
	ID         string
	User       UserID
	Permission Permission
	Resource   string
	GrantedBy  UserID
	CreatedAt  time.Time
	AcceptedAt time.Time // zero: offered
	EndsAt     time.Time // zero: good until it is taken back
}

// Ended reports whether it is over at now.
func (g ResourceGrant) Ended(now time.Time) bool { return !g.EndsAt.IsZero() && !now.Before(g.EndsAt) }

// ErrOfferAbsent is the answer to an offer that nobody made to the person, or that is
// settled.
var ErrOfferAbsent = fault.New(fault.NotFound, "identity.offer_not_found", "There is no such offer, or it is settled already.")

// ErrGrantEnded refuses a grant that would be over before it began.
var ErrGrantEnded = fault.New(fault.Invalid, "identity.grant_ended", "This is over already: choose a later day, or none.")

// CheckGrantEnd reports whether a grant may be good until a moment; zero: until it is taken
// back. It fails with ErrGrantEnded and ErrEndTooLate.
func CheckGrantEnd(until, now time.Time) error {
	switch {
	case until.IsZero():
		return nil
	case !now.Before(until):
		return ErrGrantEnded
	case tooLate(until):
		return ErrEndTooLate
	}
	return nil
}

// ErrInvalidGrant refuses a resource that is not named as "kind:id", or no permission.
var ErrInvalidGrant = fault.New(fault.Invalid, "identity.invalid_grant", "A grant names a permission and one resource.")

// CheckGrant reports ErrInvalidGrant unless permission and resource are both named.
func CheckGrant(p Permission, resource string) error {
	kind, id, ok := strings.Cut(resource, ":")
	if !ok || kind == "" || id == "" || p == "" || len(resource) > 200 || len(p) > 100 {
		return ErrInvalidGrant
	}
	return nil
}

// ResourceGrants keeps them, unique by (person, permission, resource).
type ResourceGrants interface {
	// Put takes the place of one that was over when the grant was created. It changes
	// nothing when another exists, and answers false.
	Put(ctx context.Context, g ResourceGrant) (added bool, err error)
	// SetEnd changes when a grant that exists, accepted or offered, is over; zero: never.
	SetEnd(ctx context.Context, user UserID, p Permission, resource string, at time.Time) error
	// Accept makes an offer to a person good that is not over; ErrOfferAbsent.
	Accept(ctx context.Context, user UserID, id string, at time.Time) (ResourceGrant, error)
	// Decline removes an offer to a person; ErrOfferAbsent.
	Decline(ctx context.Context, user UserID, id string) (ResourceGrant, error)
	// Delete removes all that a person was granted and offered on a resource, and answers
	// what they had accepted: who made an offer does not learn whether it reached that person.
	Delete(ctx context.Context, user UserID, resource string) (accepted []Permission, err error)
	// DeleteEnded removes up to limit grants that were over at t, and answers how many.
	DeleteEnded(ctx context.Context, t time.Time, limit int) (int, error)
	// DeleteAll removes what a person was granted and what they granted to others.
	DeleteAll(ctx context.Context, user UserID) error
}

// GrantedPerson is a grant that was accepted, with whose it is.
type GrantedPerson struct {
	ResourceGrant
	Person Person
}

// GrantReads is what is asked about grants outside a transaction.
type GrantReads interface {
	// Granted lists which permissions on a resource a person accepted that are not over at now,
	// oldest first.
	Granted(ctx context.Context, user UserID, resource string, now time.Time) ([]ResourceGrant, error)
	// GrantsOn lists who holds what on a resource, oldest grant first. Offers are none,
	// nor what is over at now.
	GrantsOn(ctx context.Context, resource string, now time.Time) ([]GrantedPerson, error)
	// GrantsOf lists what a person was granted and offered, oldest first, also what is over.
	GrantsOf(ctx context.Context, user UserID) ([]ResourceGrant, error)
}
