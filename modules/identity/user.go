package identity

import (
	"time"

	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/ports/textform"
)

// The ids and roles that identity publishes.
type (
	UserID         = identityport.UserID
	OrganizationID = identityport.OrganizationID
	Role           = identityport.Role
	Permission     = identityport.Permission
	Actor          = identityport.Actor
	Person         = identityport.Person
)

// Email is an address in the form in which addresses are compared, which
// textform.Email describes. Make one with [ParseEmail].
type Email string

// Shown is the address as people read it (textform.ShownEmail). It is never kept.
func (e Email) Shown() string { return textform.ShownEmail(string(e)) }

// ParseEmail accepts a bare address (RFC 5322 addr-spec) of at most 254 bytes.
// It fails with ErrInvalidEmail.
func ParseEmail(s string) (Email, error) {
	email, err := textform.Email(s)
	if err != nil {
		return "", ErrInvalidEmail
	}
	return Email(email), nil
}

// ParseName brings a name of a person or a thing into the form that textform.Name
// describes; ErrInvalidName unless 1 to 100 characters that can be seen are left,
// ErrNameHasLink for one that leads somewhere: names stand in mails to strangers.
func ParseName(s string) (string, error) {
	name, err := textform.Name(s, 100)
	if err != nil {
		return "", ErrInvalidName
	}
	if textform.HasLink(name) {
		return "", ErrNameHasLink
	}
	return name, nil
}

// ParseRole accepts the built-in roles; ErrUnknownRole otherwise.
func ParseRole(s string) (Role, error) {
	switch r := Role(s); r {
	case identityport.RoleMember, identityport.RoleAuthor, identityport.RoleAdministrator:
		return r, nil
	}
	return "", ErrUnknownRole
}

// User is a person. Version counts changes; a store refuses an update from a
// version that is not the current one.
type User struct {
	ID            UserID
	Email         Email
	EmailVerified bool
	Name          string
	Role          Role
	SuspendedAt   time.Time // zero: not suspended
	EraseAt       time.Time // when the account ends, as its person asked; zero: never
	CreatedAt     time.Time
	UpdatedAt     time.Time
	Version       int
	// LinksEpoch is the number that links in mails to this person carry. A store
	// counts it up when they end; an update leaves it as it is.
	LinksEpoch int
	// FactorRequiredSince is when the installation began to require a second factor of
	// the person; zero: it does not, or has not met them yet. A store sets it by
	// RequireFactor alone; an update leaves it as it is.
	FactorRequiredSince time.Time
	// LastActiveAt is when the person was here last, to about an hour; zero: not since it
	// is kept. A store sets it by NoteActive alone; an update leaves it as it is.
	LastActiveAt time.Time
}

// ActivityTouch is how old LastActiveAt may get before a request renews it: what is
// counted by it are days, and the row is one that others lock.
const ActivityTouch = time.Hour

// MaySignIn reports ErrSuspended for somebody who is suspended, and ErrEmailUnproven
// while nobody has shown that the address is theirs: until then whoever registered it
// could be anybody, so the account has no session and makes nothing that lasts.
func (u User) MaySignIn() error {
	switch {
	case !u.SuspendedAt.IsZero():
		return ErrSuspended
	case !u.EmailVerified:
		return ErrEmailUnproven
	}
	return nil
}

// Policy says which permissions each role holds. It is put together from what the
// modules declare.
type Policy map[Role][]Permission

// PermissionsOf returns what a role may do.
func (p Policy) PermissionsOf(r Role) []Permission { return p[r] }

// Profile is what a person sees of their own account. Sessions are the live ones,
// last seen first.
type Profile struct {
	User        User
	Identities  []ExternalIdentity
	Sessions    []Session
	HasPassword bool
	Memberships []Membership
	// EmailUndelivered says that a mail to the address was lately refused.
	EmailUndelivered bool
}

// Nobody is an id that no person has. What is asked about nobody is the same as about
// somebody, so that an answer does not tell whether there is an account.
const Nobody UserID = "00000000-0000-0000-0000-000000000000"
