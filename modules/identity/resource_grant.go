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
}

// ErrOfferAbsent is the answer to an offer that nobody made to the person, or that is
// settled.
var ErrOfferAbsent = fault.New(fault.NotFound, "identity.offer_not_found", "There is no such offer, or it is settled already.")

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
	// Put changes nothing when the grant exists, and answers false.
	Put(ctx context.Context, g ResourceGrant) (added bool, err error)
	// Accept makes an offer to a person good; ErrOfferAbsent.
	Accept(ctx context.Context, user UserID, id string, at time.Time) error
	// Decline removes an offer to a person; ErrOfferAbsent.
	Decline(ctx context.Context, user UserID, id string) error
	// Delete removes a grant, accepted or offered. It answers false when there was none
	// that was accepted: who made an offer does not learn whether it reached that person.
	Delete(ctx context.Context, user UserID, p Permission, resource string) (gone bool, err error)
	// DeleteAll removes what a person was granted and what they granted to others.
	DeleteAll(ctx context.Context, user UserID) error
}

// GrantReads is what is asked about grants outside a transaction.
type GrantReads interface {
	// Granted reports whether there is a grant that was accepted.
	Granted(ctx context.Context, user UserID, p Permission, resource string) (bool, error)
	// GrantsOn lists who holds a permission on a resource, oldest grant first. Offers
	// are none.
	GrantsOn(ctx context.Context, p Permission, resource string) ([]Person, error)
	// GrantsOf lists what a person was granted and offered, oldest first.
	GrantsOf(ctx context.Context, user UserID) ([]ResourceGrant, error)
}
