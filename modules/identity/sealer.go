package identity

import "github.com/neoforge-dev/neoforge/ports/fault"

// ErrSealBroken reports that a kept secret was sealed by a key that is no longer
// in SECRET_KEY, for something else, or was changed.
var ErrSealBroken = fault.New(fault.Internal, "identity.seal_broken", "A kept secret cannot be opened. Put the key that sealed it back into SECRET_KEY.")

// Sealer encrypts the secrets that must be read back, so that a copy of the
// database gives none of them away. A label ties what is sealed to its place: it
// opens under the same label only.
type Sealer interface {
	Seal(label string, plain []byte) ([]byte, error)
	// Open fails with ErrSealBroken.
	Open(label string, sealed []byte) ([]byte, error)
}
