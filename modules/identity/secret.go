package identity

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
)

// Secret is a random value of 256 bits that somebody holds as proof: a session
// cookie, a refresh token, an OAuth state. Only its hash is kept.
type Secret string

// NewSecret makes a secret from the operating system's randomness.
func NewSecret() Secret {
	var b [32]byte
	_, _ = rand.Read(b[:]) // documented never to fail
	return Secret(base64.RawURLEncoding.EncodeToString(b[:]))
}

// Hash is SHA-256 of the secret. The secrets are random, so a slow hash would add
// nothing.
func (s Secret) Hash() []byte {
	h := sha256.Sum256([]byte(s))
	return h[:]
}

// String hides the secret from logs.
func (Secret) String() string { return "[secret]" }

// Reveal returns the value, to be handed to its holder.
func (s Secret) Reveal() string { return string(s) }
