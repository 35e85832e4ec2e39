package audit

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"
)

// KnownSeal is a seal of the trail that is known outside of the database: its number and
// its hash.
type KnownSeal struct {
	Number int64
	Hash   []byte // SHA-256
}

// String writes a seal as it is logged and printed, "17:9f86…".
func (k KnownSeal) String() string { return fmt.Sprintf("%d:%s", k.Number, hex.EncodeToString(k.Hash)) }

// ParseKnownSeal reads what [KnownSeal.String] writes.
func ParseKnownSeal(s string) (KnownSeal, error) {
	var k KnownSeal
	var hash string
	if _, err := fmt.Sscanf(s, "%d:%s", &k.Number, &hash); err != nil || k.Number < 1 {
		return KnownSeal{}, fmt.Errorf("%q is not a seal: give it as it was logged or printed, its number, a colon and its hash", s)
	}
	var err error
	if k.Hash, err = hex.DecodeString(hash); err != nil || len(k.Hash) != sha256.Size {
		return KnownSeal{}, fmt.Errorf("%q is not a seal: behind the colon are 64 digits and letters from a to f", s)
	}
	return k, nil
}

// Anchor remembers the newest seal outside of the database, so that it shows when the
// newest seals are removed, or the database is replaced by an older copy.
type Anchor interface {
	// Newest returns the seal that was kept; a number of 0 is for none.
	Newest() (KnownSeal, error)
	// Keep remembers a seal, unless it already remembers a later one.
	Keep(seal KnownSeal) error
}

// State is how the seals of the trail stand.
type State struct {
	LastSeal  int64     // its number; 0: there is none
	SealedAt  time.Time // when it was made; zero: there is none
	CheckedAt time.Time // when the trail was last looked at; zero: not yet
	Fault     string    // what that found; empty when all was as sealed
}

// States reads how the seals of the trail stand.
type States interface {
	AuditState(ctx context.Context) (State, error)
}
