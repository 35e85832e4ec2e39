package identity

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/neoforge-dev/neoforge/ports/fault"
)

// How signing keys follow one another.
const (
	// KeyAnnouncement is how long a key is published before it signs: longer than
	// any verifier may keep the key set, so that each knows the key when it meets it.
	KeyAnnouncement = 10 * time.Minute
	// KeySetTTL is how long a verifier may keep the key set.
	KeySetTTL = KeyAnnouncement / 2
	// KeyReload is how old a replica's view of the keys may get.
	KeyReload = time.Minute
	// KeyRetirement is how long a key verifies after its successor began to sign:
	// until the last token that it signed has ended, on a replica that learned of
	// the successor late and whose clock is a little behind.
	KeyRetirement = AccessTTL + 5*KeyReload
)

// What can go wrong with signing keys.
var (
	// ErrNoSigningKey reports that no key signs yet. It stays within identity.
	ErrNoSigningKey = fault.New(fault.Unavailable, "identity.no_signing_key", "There is no key to sign access tokens with. Try again in a moment.")
	// ErrKeyAnnounced reports that a rotation is under way.
	ErrKeyAnnounced = fault.New(fault.Conflict, "identity.key_announced", "The next key is announced already and signs soon. Wait for it, or rotate with --now.")
)

// SigningKey signs access tokens. Its private half is sealed under the label
// [SealLabel]; Public is the Ed25519 key (RFC 8032) that anybody may know.
type SigningKey struct {
	ID            string // the key's thumbprint (RFC 7638), which tokens name as "kid"
	SealedPrivate []byte
	Public        []byte
	CreatedAt     time.Time
	SignsFrom     time.Time
	VerifiesUntil time.Time // zero: no successor yet
}

// SealLabel is what the private half is sealed under.
func (k SigningKey) SealLabel() string { return "signing-key:" + k.ID }

// VerifiesAt reports whether tokens of the key are good at t, as far as the key
// is concerned. An announced key is published, so it verifies.
func (k SigningKey) VerifiesAt(t time.Time) bool {
	return k.VerifiesUntil.IsZero() || t.Before(k.VerifiesUntil)
}

// SignerAt returns the key that signs at t: of those that may, the one made last,
// so that a key put in at once is not followed by one announced before it. It
// answers false when none may.
func SignerAt(keys []SigningKey, t time.Time) (SigningKey, bool) {
	var signer SigningKey
	for _, k := range keys {
		if k.SignsFrom.After(t) || !k.VerifiesAt(t) {
			continue
		}
		if signer.ID == "" || CompareSigningKeys(k, signer) > 0 {
			signer = k
		}
	}
	return signer, signer.ID != ""
}

// CompareSigningKeys orders keys as they follow one another.
func CompareSigningKeys(a, b SigningKey) int {
	return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), a.SignsFrom.Compare(b.SignsFrom), cmp.Compare(a.ID, b.ID))
}

// Succession is how the next key takes over.
type Succession uint8

// The ways: announced first, so that nobody meets a key they do not know; at once;
// and at once with every key before it refused, because one has leaked.
const (
	Announced Succession = iota
	AtOnce
	AfterLeak
)

// Begins returns when a key made now begins to sign.
func (s Succession) Begins(now time.Time) time.Time {
	if s == Announced {
		return now.Add(KeyAnnouncement)
	}
	return now
}

// Retired returns until when the keys before it verify.
func (s Succession) Retired(now time.Time) time.Time {
	if s == AfterLeak {
		return now
	}
	return s.Begins(now).Add(KeyRetirement)
}

// AnnouncedAt returns the key that is published at t and does not sign yet.
func AnnouncedAt(keys []SigningKey, t time.Time) (SigningKey, bool) {
	i := slices.IndexFunc(keys, func(k SigningKey) bool { return k.SignsFrom.After(t) && k.VerifiesAt(t) })
	if i < 0 {
		return SigningKey{}, false
	}
	return keys[i], true
}

// SigningKeys keeps the keys of this installation.
type SigningKeys interface {
	// Lock returns every key in the order in which they follow one another. Until the
	// transaction ends nobody else gets past Lock, so that of many who find no key
	// one makes it.
	Lock(ctx context.Context) ([]SigningKey, error)
	Insert(ctx context.Context, k SigningKey) error
	// Retire ends the keys that verify longer than until, all but keep.
	Retire(ctx context.Context, keep string, until time.Time) error
	// DeleteRetired deletes up to limit keys that verified until before t.
	DeleteRetired(ctx context.Context, t time.Time, limit int) (int, error)
}

// SigningKeyReads reads keys without a transaction.
type SigningKeyReads interface {
	// SigningKeys returns every key in the order in which they follow one another.
	SigningKeys(ctx context.Context) ([]SigningKey, error)
}
