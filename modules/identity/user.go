package identity

import (
	"net/mail"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/neoforge-dev/neoforge/ports/identityport"
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

// Email is an address in the form in which addresses are compared: trimmed, lower
// case. Make one with [ParseEmail].
type Email string

// ParseEmail accepts a bare address (RFC 5322 addr-spec) of at most 254 bytes.
// It fails with ErrInvalidEmail.
func ParseEmail(s string) (Email, error) {
	s = strings.ToLower(strings.TrimSpace(s))
	if len(s) > 254 || strings.ContainsFunc(s, unicode.IsControl) {
		return "", ErrInvalidEmail
	}
	a, err := mail.ParseAddress(s)
	if err != nil || a.Address != s || !strings.Contains(s[strings.LastIndex(s, "@")+1:], ".") {
		return "", ErrInvalidEmail
	}
	return Email(s), nil
}

// ParseName trims a person's name; ErrInvalidName unless 1 to 100 printable
// characters are left.
func ParseName(s string) (string, error) {
	s = strings.TrimSpace(s)
	if n := utf8.RuneCountInString(s); n < 1 || n > 100 || !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl) {
		return "", ErrInvalidName
	}
	return s, nil
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
}

// MaySignIn reports ErrSuspended for somebody who is suspended.
func (u User) MaySignIn() error {
	if !u.SuspendedAt.IsZero() {
		return ErrSuspended
	}
	return nil
}

// Policy says which permissions each role holds. It is put together from what the
// modules declare.
type Policy map[Role][]Permission

// PermissionsOf returns what a role may do.
func (p Policy) PermissionsOf(r Role) []Permission { return p[r] }
