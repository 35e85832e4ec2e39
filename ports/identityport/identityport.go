// Package identityport is what identity publishes to the other contexts: the ids
// of people and organizations, who is asking, and what has happened to them.
//
// A use case is handed an [Actor] and asks it who is there and what they may do;
// that needs no database and cannot fail. What an Actor does not carry is looked up:
// other people by [Directory], permissions on one resource by [Grants], both before
// the use case opens its transaction, never inside it. What happens to people and
// organizations arrives as events ([UserRegistered], [UserRenamed], [UserTokensRevoked], [UserErased],
// [OrganizationDeleted]), at least once and in any order.
//
// Every error of an interface here is of a kind of package fault, or it is internal:
// wrap it and pass it on. Ids are kept as they are, in columns without a foreign key:
// identity's tables are its own.
package identityport

import (
	"context"
	"slices"
	"time"
)

// UserID identifies a person; a UUIDv7 in canonical form (RFC 9562). It stays the
// same for as long as the person exists and is never given to another; the empty one
// is nobody's.
type UserID string

// OrganizationID identifies an organization; a UUIDv7 in canonical form (RFC 9562).
// What is paid for, counted or shared by several people belongs to one of these, not
// to a person.
type OrganizationID string

// Permission names one act on one kind of resource, as "context.resource.act":
// "content.post.publish". A module declares those it asks for, with the built-in
// roles that hold them; what is not declared nobody holds. It is held by role for the
// whole installation ([Actor.May]), within an organization ([Actor.MayIn]), or on one
// resource ([Grants.May]).
type Permission string

// Role is a named set of permissions: one of those below, or one that was made in
// the installation. Show it; to decide by it ask for a permission instead, or the
// rule misses every role that is made later.
type Role string

// The built-in roles. Every person is a member.
const (
	RoleMember        Role = "member"
	RoleAuthor        Role = "author"
	RoleAdministrator Role = "administrator"
)

// OrganizationRole is what a member may do within an organization: a built-in role, or
// the name of one that the organization made for itself.
type OrganizationRole string

// The built-in roles within an organization. An owner holds every permission within it.
const (
	OrganizationOwner  OrganizationRole = "owner"
	OrganizationStaff  OrganizationRole = "staff"
	OrganizationReader OrganizationRole = "reader"
)

// RecentAuthentication is how long a proof of who one is serves for sensitive acts;
// see [Actor.RecentlyAuthenticated].
const RecentAuthentication = 10 * time.Minute

// Actor is who asks. The zero Actor is a visitor: signed in as nobody, with no
// permission. The edge makes one for every request, as of this moment: what was
// revoked a moment ago is not in it any more. Its slices and maps are shared between
// requests and only read; it is not kept beyond its request, and not put into events
// or jobs: those carry the UserID.
//
// Whatever is done goes into the audit trail as UserID's, from Address. Who
// impersonates the person is added there by the request's context, in every module.
type Actor struct {
	UserID        UserID // empty: a visitor
	SessionID     string // the sign-in that the request belongs to; empty for a personal access token
	Name          string // as the person writes it, 1 to 100 characters
	Email         string // lower case; proven or not
	Role          Role
	Permissions   []Permission     // for the whole installation; ask [Actor.May]
	Organizations []OrganizationID // those the person is a member of, the personal one first
	// Within is what the person may do within each of them; ask [Actor.MayIn].
	Within map[OrganizationID][]Permission
	IP     string // network address of the request, for the audit trail
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
	// SecondFactorBy is when the next grace period ends within which the person has to
	// set up a second factor; zero: they have one, or none is awaited.
	SecondFactorBy time.Time
	// SecondFactorOverdue says that the installation requires a second factor and its
	// grace period is over: the person holds nothing until they have set one up.
	SecondFactorOverdue bool
	// Withheld lists organizations that the person belongs to and that give them nothing
	// until they have a second factor; Organizations and Within leave them out.
	Withheld []OrganizationID
}

// SignedIn reports whether the actor is a person. It is the first question of a use
// case that is not for visitors, whose answer to them is a fault of the kind
// Unauthenticated.
func (a Actor) SignedIn() bool { return a.UserID != "" }

// May reports whether the actor holds p for the whole installation; a visitor holds
// nothing. Refuse with Forbidden who may know that the resource is there, and with
// NotFound everybody else.
func (a Actor) May(p Permission) bool { return slices.Contains(a.Permissions, p) }

// PersonalOrganization returns the actor's own organization, which every person has;
// empty for a visitor. It is where things go when nobody chose an organization.
func (a Actor) PersonalOrganization() OrganizationID {
	if len(a.Organizations) == 0 {
		return ""
	}
	return a.Organizations[0]
}

// RecentlyAuthenticated reports whether the person proved who they are so shortly
// before now, at most [RecentAuthentication] ago, that a sensitive act needs no further
// proof. Visitors, personal access tokens and who impersonates never have. A route
// asks for it by its declaration; a use case asks when it depends on what is done.
func (a Actor) RecentlyAuthenticated(now time.Time) bool {
	return a.Impersonator == "" && !a.AuthenticatedAt.IsZero() && now.Sub(a.AuthenticatedAt) < RecentAuthentication
}

// MemberOf reports whether the actor belongs to o, in whatever role. Who does not is
// answered as if o did not exist: NotFound.
func (a Actor) MemberOf(o OrganizationID) bool { return slices.Contains(a.Organizations, o) }

// MayIn reports whether the actor holds p within o. A permission for the whole
// installation does not count here, nor one within another organization.
func (a Actor) MayIn(o OrganizationID, p Permission) bool {
	return a.MemberOf(o) && slices.Contains(a.Within[o], p)
}

// Person is what other contexts may know of somebody. It is as of now: keep the ID
// and look the rest up again, since names and addresses change and people are erased.
type Person struct {
	ID    UserID
	Name  string
	Email string // to write to; not for others to see
	// Suspended says that an administrator keeps the person out.
	Suspended bool
}

// Subject is the person whose personal data is exported, with the organizations that they
// belong to.
type Subject struct {
	User          UserID
	Organizations []OrganizationID
}

// Export returns what a context holds about a person, to be written as JSON.
type Export func(ctx context.Context, who Subject) (any, error)

// Directory looks people up by what another context kept of them. It reads the
// database: call it before the transaction of a use case.
type Directory interface {
	// Person returns somebody by id; fault.NotFound when there is nobody, or no longer.
	// What refers to somebody erased goes on without them until UserErased arrives.
	Person(ctx context.Context, id UserID) (Person, error)
	// BillingContact returns the owner of an organization, to whom mails about
	// its payments go; fault.NotFound when there is no such organization.
	BillingContact(ctx context.Context, id OrganizationID) (Person, error)
}

// Actors tells what somebody may do who is not asking themselves: a program of theirs that
// cannot sign in, by a secret that another context gave them.
type Actors interface {
	// ActorOf makes the actor of a request of somebody's, as of now. It reads the database.
	// It fails with fault.NotFound when there is nobody, or no longer, and with
	// fault.Forbidden for who may not sign in: they are suspended, or have not proven their
	// address.
	ActorOf(ctx context.Context, id UserID) (Actor, error)
}

// Watcher is a context that shows names. It is told of a person whose name has changed
// after the change is committed and before whoever made it is answered, so that the next
// request anywhere shows the new one. It looks the name up in the [Directory]. An error
// undoes nothing: [UserRenamed] tells the same again until it is dealt with.
type Watcher interface {
	PersonRenamed(ctx context.Context, id UserID) error
}

// Grants lets other contexts give one person one permission on one resource, beside
// what their role holds. A resource is named "kind:id" ("post:<id>"), at most 200
// bytes. Whether the actor may give it is for the context that owns the resource to
// decide before it calls; whether a grant ends with the resource, too.
type Grants interface {
	// GrantedOn lists what somebody was granted on the resource, accepted, and has still,
	// oldest first. It reads the database: ask it last, when the actor's own permissions do
	// not suffice.
	GrantedOn(ctx context.Context, user UserID, resource string) ([]Grant, error)
	// GrantedTo lists what somebody has like that on resources of a kind ("post"), oldest
	// first.
	GrantedTo(ctx context.Context, user UserID, kind string) ([]Grant, error)
	// OfferOnResource offers a permission on a resource to whoever has the address: they
	// learn of it by a mail that says what the offer is, and have it once they accept. Doing
	// so again sends the mail again, and sets when it is over also for who has accepted.
	// Whether anybody has the address, nothing that the actor sees tells: an address that
	// nobody has, or has not proven, gets no mail and the same answer. It fails with
	// fault.Unauthenticated for a visitor; fault.Invalid for what is no address or no
	// resource, and for an end that is past; fault.TooMany and fault.Unavailable when too
	// many were asked for, or nobody can count them.
	OfferOnResource(ctx context.Context, by Actor, o ResourceOffer) error
	// RevokeGrants takes back all that somebody was granted and offered on the resource, and
	// tells them, in the words of what, if they had accepted. It fails with fault.NotFound
	// when they had accepted nothing, and fault.Unauthenticated for a visitor.
	RevokeGrants(ctx context.Context, by Actor, user UserID, resource, what string) error
	// ListGrants lists who accepted what on the resource and has it still, oldest first.
	ListGrants(ctx context.Context, resource string) ([]Grant, error)
}

// Grant is a permission on one resource that a person accepted.
type Grant struct {
	Person     Person // where [Grants.GrantedOn] and GrantedTo answer it: the ID alone
	Permission Permission
	Resource   string
	GrantedBy  UserID
	Until      time.Time // when it is over; zero: when it is taken back
}

// LastDay is the day, in UTC, at whose end a grant is over; zero for one without an end.
func LastDay(until time.Time) time.Time {
	if until.IsZero() {
		return until
	}
	return until.Add(-time.Nanosecond).UTC()
}

// ResourceOffer is a permission on one resource, for whoever has an address.
type ResourceOffer struct {
	Email      string
	Permission Permission
	Resource   string
	What       string    // in words, for the mail: "the post “On Tempering”"
	Until      time.Time // zero: until it is taken back
}
