// Package identityport is what identity publishes to the other contexts: the ids
// of people and organizations, who is asking, and what has happened to them.
package identityport

import (
	"context"
	"slices"
	"time"
)

// UserID identifies a person; a UUIDv7 in canonical form.
type UserID string

// OrganizationID identifies an organization; a UUIDv7 in canonical form.
type OrganizationID string

// Permission names one act on one kind of resource: "content.post.publish".
type Permission string

// Role is a named set of permissions.
type Role string

// The built-in roles. Every person is a member.
const (
	RoleMember        Role = "member"
	RoleAuthor        Role = "author"
	RoleAdministrator Role = "administrator"
)

// RecentAuthentication is how long a proof of who one is serves for sensitive acts.
const RecentAuthentication = 10 * time.Minute

// Actor is who asks. The zero Actor is a visitor: signed in as nobody, with no
// permission.
type Actor struct {
	UserID        UserID
	SessionID     string
	Name          string
	Email         string
	Role          Role
	Permissions   []Permission
	Organizations []OrganizationID // those the person is a member of, the personal one first
	// Within is what the person may do within each of them.
	Within  map[OrganizationID][]Permission
	Address string // network address of the request, for the audit trail
	// AuthenticatedAt is when the person last proved who they are in this session;
	// zero for a personal access token, which proves nothing about who holds it now.
	AuthenticatedAt time.Time
	// Impersonator is the administrator who acts as this person; empty for the person.
	Impersonator UserID
	// TokenID is the personal access token that the request came with; empty for a
	// session. Its Scopes have narrowed Permissions already.
	TokenID string
	Scopes  []string
	// Picture is the version of the person's picture; empty for somebody without one.
	Picture string
	// EraseAt is when the account ends, as its person asked; zero: it stays.
	EraseAt time.Time
}

// SignedIn reports whether the actor is a person.
func (a Actor) SignedIn() bool { return a.UserID != "" }

// May reports whether the actor holds p.
func (a Actor) May(p Permission) bool { return slices.Contains(a.Permissions, p) }

// PersonalOrganization returns the actor's own organization; empty for a visitor.
func (a Actor) PersonalOrganization() OrganizationID {
	if len(a.Organizations) == 0 {
		return ""
	}
	return a.Organizations[0]
}

// RecentlyAuthenticated reports whether the person proved who they are so shortly
// before now that a sensitive act needs no further proof. Who impersonates never has.
func (a Actor) RecentlyAuthenticated(now time.Time) bool {
	return a.Impersonator == "" && !a.AuthenticatedAt.IsZero() && now.Sub(a.AuthenticatedAt) < RecentAuthentication
}

// MemberOf reports whether the actor belongs to o.
func (a Actor) MemberOf(o OrganizationID) bool { return slices.Contains(a.Organizations, o) }

// MayIn reports whether the actor holds p within o.
func (a Actor) MayIn(o OrganizationID, p Permission) bool {
	return a.MemberOf(o) && slices.Contains(a.Within[o], p)
}

// Person is what other contexts may know of somebody.
type Person struct {
	ID    UserID
	Name  string
	Email string
}

// Directory looks people up.
type Directory interface {
	// Person returns somebody by id; fault.NotFound when there is nobody, or no longer.
	Person(ctx context.Context, id UserID) (Person, error)
	// BillingContact returns the owner of an organization, to whom letters about
	// its payments go; fault.NotFound when there is no such organization.
	BillingContact(ctx context.Context, id OrganizationID) (Person, error)
}

// Grants lets other contexts give one person one permission on one resource
// ("post:<id>"), beside what their role holds. Whether the actor may give it is for
// the context that owns the resource to decide before it calls.
type Grants interface {
	// May reports whether somebody was granted p on the resource.
	May(ctx context.Context, user UserID, p Permission, resource string) (bool, error)
	// GrantOnResource grants p on the resource to whoever has the address, and
	// returns who that is; fault.NotFound when nobody has. Doing so again changes
	// nothing.
	GrantOnResource(ctx context.Context, by Actor, email string, p Permission, resource string) (Person, error)
	// RevokeGrant takes it back; fault.NotFound when there is no such grant.
	RevokeGrant(ctx context.Context, by Actor, user UserID, p Permission, resource string) error
	// ListGrants lists who was granted p on the resource, oldest first.
	ListGrants(ctx context.Context, p Permission, resource string) ([]Person, error)
}
