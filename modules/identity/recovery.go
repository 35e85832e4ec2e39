package identity

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"strings"
	"time"

	"github.com/neoforge-dev/neoforge/ports/fault"
)

// ErrNoSecondFactor refuses recovery codes to somebody who has nothing to recover.
var ErrNoSecondFactor = fault.New(fault.Conflict, "identity.no_second_factor", "Set up an authenticator app or a passkey first: recovery codes stand in for them.")

// RecoveryCodeCount is how many codes a person gets at a time.
const RecoveryCodeCount = 10

// recoveryBytes is the randomness of a code: 80 bits, too many to search for even
// by who holds the hashes.
const recoveryBytes = 10

// RecoveryCode stands in for a lost second factor, once. It has sixteen characters
// of base32 (RFC 4648), shown in groups of four: "abcd-efgh-ijkl-mnop".
type RecoveryCode string

// NewRecoveryCodes makes a set.
func NewRecoveryCodes() []RecoveryCode {
	codes := make([]RecoveryCode, RecoveryCodeCount)
	for i := range codes {
		var b [recoveryBytes]byte
		_, _ = rand.Read(b[:]) // documented never to fail
		text := strings.ToLower(base32.StdEncoding.EncodeToString(b[:]))
		codes[i] = RecoveryCode(text[0:4] + "-" + text[4:8] + "-" + text[8:12] + "-" + text[12:16])
	}
	return codes
}

// ParseRecoveryCode accepts a code as people type it, with or without its hyphens,
// in either case; false when it cannot be one.
func ParseRecoveryCode(s string) (RecoveryCode, bool) {
	s = strings.ToLower(CodeAsTyped(s))
	if len(s) != recoveryBytes*8/5 {
		return "", false
	}
	for _, r := range s {
		if (r < 'a' || r > 'z') && (r < '2' || r > '7') {
			return "", false
		}
	}
	return RecoveryCode(s[0:4] + "-" + s[4:8] + "-" + s[8:12] + "-" + s[12:16]), true
}

// Hash is what is kept of a code; the person is part of it, so that nobody's code
// is another's.
func (c RecoveryCode) Hash(id UserID) []byte {
	h := sha256.Sum256([]byte("identity.recovery_code:" + string(id) + ":" + string(c)))
	return h[:]
}

// RecoveryCodes keeps the hashes of recovery codes.
type RecoveryCodes interface {
	// Replace puts a set in the place of whatever the person had.
	Replace(ctx context.Context, id UserID, hashes [][]byte, at time.Time) error
	// Redeem marks a code used. Of many at once one succeeds; ErrCodeWrong for the
	// others, and for a code that the person does not have.
	Redeem(ctx context.Context, id UserID, hash []byte, at time.Time) error
	// Delete deletes all of a person's codes.
	Delete(ctx context.Context, id UserID) error
}
