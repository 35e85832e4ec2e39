package identity

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"encoding/binary"
	"hash/crc32"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/neoforge-dev/neoforge/ports/fault"
)

// What personal access tokens are held to.
const (
	// PersonalTokenPrefix begins every one, so that they are told from access
	// tokens, and found where they were published by mistake.
	PersonalTokenPrefix = "nfp_"
	// MaxPersonalTokens is how many a person may have at a time.
	MaxPersonalTokens = 50
	// PersonalTokenTouch is how old the note of the last use may get.
	PersonalTokenTouch = 5 * time.Minute
)

// What can go wrong with personal access tokens.
var (
	ErrTokenNotFound     = fault.New(fault.NotFound, "identity.token_not_found", "There is no such access token.")
	ErrTooManyTokens     = fault.New(fault.Conflict, "identity.too_many_tokens", "You have 50 access tokens, which is as many as one may have. Revoke one that you no longer need.")
	ErrInvalidTokenName  = fault.New(fault.Invalid, "identity.invalid_token_name", "The token's name must have 1 to 100 characters.")
	ErrInvalidTokenTTL   = fault.New(fault.Invalid, "identity.invalid_token_life", "A token lasts 30, 90 or 365 days, or does not end: choose one of these.")
	ErrInvalidScopes     = fault.New(fault.Invalid, "identity.invalid_scopes", "Choose read, write or both, and no permission that you do not hold yourself.")
	ErrInsufficientScope = fault.New(fault.Forbidden, "identity.insufficient_scope", "The access token does not have the scope for this: reading needs read, everything else write. Make a token that has it.")
	ErrNeedsPerson       = fault.New(fault.Forbidden, "identity.needs_person", "This cannot be done with a personal access token, nor on behalf of somebody. Sign in yourself.")
)

// Scope is what a personal access token is good for: [ScopeRead], [ScopeWrite], or
// the name of a permission that its person holds.
type Scope string

// The scopes that say by which methods a token may be used: safe ones (RFC 9110,
// 9.2.1) and the others.
const (
	ScopeRead  Scope = "read"
	ScopeWrite Scope = "write"
)

// PersonalToken lets a program act for a person, within scopes. Only the hash of
// its secret is kept.
type PersonalToken struct {
	ID           string
	User         UserID
	Name         string
	Hash         []byte
	Hint         string // the secret's last characters, to tell it by
	Scopes       []Scope
	CreatedAt    time.Time
	ExpiresAt    time.Time // zero: it does not end
	LastUsedAt   time.Time // zero: never
	LastUsedFrom string    // network address
	RevokedAt    time.Time // zero: not revoked
}

// NewPersonalSecret makes the secret of a token: the prefix, 260 random bits and
// their checksum, all in capital letters and digits.
func NewPersonalSecret() Secret {
	random := rand.Text() + rand.Text()
	return Secret(PersonalTokenPrefix + random + checksum(random))
}

// IsPersonalSecret reports whether s may be the secret of a token. The checksum
// tells what was cut or mistyped without asking the database; it proves nothing.
func IsPersonalSecret(s string) bool {
	rest, ok := strings.CutPrefix(s, PersonalTokenPrefix)
	if !ok || len(rest) != 59 {
		return false
	}
	return checksum(rest[:52]) == rest[52:]
}

// checksum is the CRC-32 (IEEE 802.3) of s in base 32, seven characters.
func checksum(s string) string {
	sum := binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE([]byte(s)))
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(sum)
}

// PersonalTokenTTLs are how long a token may last, in days; zero: without end.
var PersonalTokenTTLs = [...]int{30, 90, 365, 0}

// IssuePersonalToken makes a token of the actor. It fails with ErrInvalidTokenName,
// ErrInvalidScopes and ErrInvalidTokenTTL.
func IssuePersonalToken(id string, a Actor, name string, scopes []Scope, days int, secret Secret, now time.Time) (PersonalToken, error) {
	name, err := ParseName(name)
	if err != nil {
		return PersonalToken{}, ErrInvalidTokenName
	}
	if !slices.Contains(PersonalTokenTTLs[:], days) {
		return PersonalToken{}, ErrInvalidTokenTTL
	}
	if err := mayGive(a, scopes); err != nil {
		return PersonalToken{}, err
	}
	t := PersonalToken{
		ID: id, User: a.UserID, Name: name, Hash: secret.Hash(), Hint: secret.Reveal()[len(secret)-4:],
		Scopes: slices.Clone(scopes), CreatedAt: now,
	}
	slices.Sort(t.Scopes)
	t.Scopes = slices.Compact(t.Scopes)
	if days > 0 {
		t.ExpiresAt = now.AddDate(0, 0, days)
	}
	return t, nil
}

// mayGive reports ErrInvalidScopes unless a token of the actor may have the scopes:
// at least one of read and write, and no permission that the actor lacks.
func mayGive(a Actor, scopes []Scope) error {
	held := GrantablePermissions(a)
	used := false
	for _, s := range scopes {
		switch {
		case s == ScopeRead || s == ScopeWrite:
			used = true
		case !slices.Contains(held, Permission(s)):
			return ErrInvalidScopes
		}
	}
	if !used || len(scopes) > len(held)+2 {
		return ErrInvalidScopes
	}
	return nil
}

// GrantablePermissions are those that the actor may give to a token: their own, of
// the whole installation and within any of their organizations.
func GrantablePermissions(a Actor) []Permission {
	held := slices.Clone(a.Permissions)
	for _, within := range a.Within {
		held = append(held, within...)
	}
	slices.Sort(held)
	return slices.Compact(held)
}

// ActiveAt reports whether the token is good at t.
func (t PersonalToken) ActiveAt(at time.Time) bool {
	return t.RevokedAt.IsZero() && (t.ExpiresAt.IsZero() || at.Before(t.ExpiresAt))
}

// Narrow makes the token's person the actor of a request that came with it: it
// belongs to no session, proves nothing about who holds it now, and may do what
// the person may and the scopes name.
func (t PersonalToken) Narrow(person Actor) Actor {
	chosen := func(all []Permission) []Permission {
		return slices.DeleteFunc(slices.Clone(all), func(p Permission) bool { return !slices.Contains(t.Scopes, Scope(p)) })
	}
	person.TokenID, person.SessionID = t.ID, ""
	person.AuthenticatedAt, person.Impersonator = time.Time{}, ""
	person.Scopes = make([]string, len(t.Scopes))
	for i, s := range t.Scopes {
		person.Scopes[i] = string(s)
	}
	person.Permissions = chosen(person.Permissions)
	within := maps.Clone(person.Within)
	for o, all := range within {
		within[o] = chosen(all)
	}
	person.Within = within
	return person
}

// CheckScope reports ErrInsufficientScope when the actor came with a token that is
// not good for reading (safe) or for writing. Whoever has no token has no scopes.
func CheckScope(a Actor, safe bool) error {
	need := ScopeWrite
	if safe {
		need = ScopeRead
	}
	if a.TokenID == "" || slices.Contains(a.Scopes, string(need)) {
		return nil
	}
	return ErrInsufficientScope
}

// CheckPerson reports ErrNotSignedIn for a visitor, and ErrNeedsPerson unless the
// person themselves is there: not a token of theirs, nor who impersonates them.
func CheckPerson(a Actor) error {
	switch {
	case !a.SignedIn():
		return ErrNotSignedIn
	case a.TokenID != "" || a.Impersonator != "":
		return ErrNeedsPerson
	}
	return nil
}

// PersonalTokens keeps personal access tokens.
type PersonalTokens interface {
	// Insert fails with ErrTooManyTokens when the person has limit tokens already
	// that are good now; of many at once no more than that succeed.
	Insert(ctx context.Context, t PersonalToken, now time.Time, limit int) error
	// Touch notes a use, never an earlier one than was noted.
	Touch(ctx context.Context, id, address string, used time.Time) error
	// Revoke revokes a token of that person; ErrTokenNotFound when there is none, or
	// it is revoked already.
	Revoke(ctx context.Context, user UserID, id string, at time.Time) error
	// RevokeAll revokes all of a person's tokens.
	RevokeAll(ctx context.Context, user UserID, at time.Time) error
	// DeleteEnded deletes up to limit tokens that ended before t.
	DeleteEnded(ctx context.Context, t time.Time, limit int) (int, error)
}

// PersonalTokenReads reads tokens without a transaction.
type PersonalTokenReads interface {
	// PersonalTokensOf lists those that are not revoked, the latest first.
	PersonalTokensOf(ctx context.Context, id UserID) ([]PersonalToken, error)
	// PersonalToken and PersonalTokenByHash fail with ErrTokenNotFound.
	PersonalToken(ctx context.Context, id string) (PersonalToken, error)
	PersonalTokenByHash(ctx context.Context, hash []byte) (PersonalToken, error)
}
