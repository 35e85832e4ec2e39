package identity

import (
	"context"
	"crypto/sha1" //nolint:gosec // collections are indexed by it; it protects nothing here
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/neoforge-dev/neoforge/ports/textform"
)

// BreachedPrefix is how many digits of a hash a collection is told. Of a large
// collection, about a thousand passwords share them.
const BreachedPrefix = 5

// BreachedPasswords is a collection of passwords that leaked from anywhere, which is
// asked without telling it the password (k-anonymity).
type BreachedPasswords interface {
	// Range lists the passwords whose SHA-1, in upper-case hexadecimal, begins with
	// prefix, which has BreachedPrefix digits. It fails when the collection cannot be
	// asked, and for another prefix.
	Range(ctx context.Context, prefix string) ([]BreachedPassword, error)
}

// BreachedPassword is one password of a collection.
type BreachedPassword struct {
	Suffix string // what follows the prefix: 35 digits, in upper case
	Count  int    // how often it leaked, at least once
}

// TimesBreached is how often a password is in a collection. It fails when that cannot
// be asked.
func TimesBreached(ctx context.Context, collection BreachedPasswords, password string) (int, error) {
	if composed, err := textform.Password(password); err == nil {
		password = composed
	}
	sum := sha1.Sum([]byte(password)) //nolint:gosec // as above
	hash := strings.ToUpper(hex.EncodeToString(sum[:]))
	all, err := collection.Range(ctx, hash[:BreachedPrefix])
	if err != nil {
		return 0, fmt.Errorf("identity: breached passwords: %w", err)
	}
	for _, p := range all {
		if p.Suffix == hash[BreachedPrefix:] {
			return p.Count, nil
		}
	}
	return 0, nil
}
