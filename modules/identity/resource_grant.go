package identity

import (
	"context"
	"strings"
	"time"

	"github.com/neoforge-dev/neoforge/ports/fault"
)

// ResourceGrant lets one person do one thing to one resource ("post:<id>"), beside
// what their role lets them do.
type ResourceGrant struct {
	ID         string
	User       UserID
	Permission Permission
	Resource   string
	GrantedBy  UserID
	CreatedAt  time.Time
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
	// Put changes nothing when the grant exists, and answers false.
	Put(ctx context.Context, g ResourceGrant) (added bool, err error)
	// Delete answers false when there was no such grant.
	Delete(ctx context.Context, user UserID, p Permission, resource string) (gone bool, err error)
	// DeleteAll removes what a person was granted and what they granted to others.
	DeleteAll(ctx context.Context, user UserID) error
}

// GrantReads is what is asked about grants outside a transaction.
type GrantReads interface {
	Granted(ctx context.Context, user UserID, p Permission, resource string) (bool, error)
	// GrantsOn lists who holds a permission on a resource, oldest grant first.
	GrantsOn(ctx context.Context, p Permission, resource string) ([]Person, error)
	// GrantsOf lists what a person was granted, oldest first.
	GrantsOf(ctx context.Context, user UserID) ([]ResourceGrant, error)
}
