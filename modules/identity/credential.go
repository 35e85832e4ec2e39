package identity

import (
	"context"
	"time"
)

// Credential is a person's password as it is kept: an encoded argon2id hash.
type Credential struct {
	User      UserID
	Hash      string
	ChangedAt time.Time
}

// PasswordMatch is what came of comparing a password with a hash.
type PasswordMatch int

// What a comparison may say. PasswordOutdated is a right password whose hash was made
// in another form, or at another cost, than new ones are.
const (
	PasswordWrong PasswordMatch = iota
	PasswordRight
	PasswordOutdated
)

// PasswordHasher hashes and checks passwords. It bounds how many run at once and
// answers ErrBusy when the queue is full.
type PasswordHasher interface {
	// Hash fails with ErrWeakPassword when the password breaks a rule.
	Hash(ctx context.Context, password string) (string, error)
	// Rehash makes the hash that takes an outdated one's place: the rules of new
	// passwords are not applied to one that is in use.
	Rehash(ctx context.Context, password string) (string, error)
	// Verify takes as long for an empty hash as for a real one, and answers
	// PasswordWrong. Its work depends on the password alone.
	Verify(ctx context.Context, password, hash string) (PasswordMatch, error)
}

// AccessClaims is what an access token says.
type AccessClaims struct {
	User      UserID
	Session   string
	ExpiresAt time.Time
}

// AccessTTL is how long an access token is good.
const AccessTTL = 10 * time.Minute

// AccessTokens signs and verifies access tokens: JWTs (RFC 9068) by EdDSA, with the
// keys that [SigningKeys] keeps.
type AccessTokens interface {
	// Sign fails with ErrNoSigningKey when no key signs yet.
	Sign(ctx context.Context, c AccessClaims) (string, error)
	// Verify fails with ErrInvalidToken unless the token is ours and good now.
	Verify(ctx context.Context, token string) (AccessClaims, error)
	// KeySet is the public halves of the keys that verify, as JSON (RFC 7517). It
	// fails with ErrNoSigningKey when there is none.
	KeySet(ctx context.Context) ([]byte, error)
	// NewKey makes a key that is created now and signs from then on.
	NewKey(now, signsFrom time.Time) (SigningKey, error)
	// Reload has the next call read the keys again.
	Reload()
}
