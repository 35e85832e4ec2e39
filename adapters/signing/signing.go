// Package signing signs what has to be shown unchanged later: Ed25519 (RFC 8032) under
// keys derived from SECRET_KEY by HKDF-SHA-256 (RFC 5869). The first secret signs, all
// verify, so that a secret is replaced without losing what an older one signed.
package signing

import (
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
)

const (
	// purpose separates these keys from others derived from the same secret.
	purpose = "neoforge signing ed25519 v1"
	// minSecret is 128 bits, the least a key may be derived from.
	minSecret = 16
)

// Signer signs and verifies.
type Signer struct {
	first string
	keys  map[string]ed25519.PrivateKey
}

// New derives the keys from secrets of at least 16 bytes; it fails when there is
// none, or one is shorter.
func New(secrets [][]byte) (*Signer, error) {
	if len(secrets) == 0 {
		return nil, errors.New("signing: a secret is missing")
	}
	s := &Signer{keys: map[string]ed25519.PrivateKey{}}
	for i, secret := range secrets {
		if len(secret) < minSecret {
			return nil, fmt.Errorf("signing: secret %d has %d bytes, %d are needed", i+1, len(secret), minSecret)
		}
		seed, err := hkdf.Key(sha256.New, secret, nil, purpose, ed25519.SeedSize)
		if err != nil {
			return nil, fmt.Errorf("signing: derive key %d: %w", i+1, err)
		}
		key := ed25519.NewKeyFromSeed(seed)
		id := sha256.Sum256(key[ed25519.SeedSize:]) // of the public half
		name := hex.EncodeToString(id[:8])
		s.keys[name] = key
		if i == 0 {
			s.first = name
		}
	}
	return s, nil
}

// Sign returns the id of the key and its signature.
func (s *Signer) Sign(message []byte) (key string, signature []byte) {
	return s.first, ed25519.Sign(s.keys[s.first], message)
}

// Public returns the id and the public half of the key that signs, for whoever verifies
// without the secret.
func (s *Signer) Public() (key string, public ed25519.PublicKey) {
	return s.first, ed25519.PublicKey(s.keys[s.first][ed25519.SeedSize:])
}

// Verify reports whether there is a key of that id, and whether it signed the message.
func (s *Signer) Verify(key string, message, signature []byte) (known, signed bool) {
	k, ok := s.keys[key]
	if !ok {
		return false, false
	}
	return true, ed25519.Verify(ed25519.PublicKey(k[ed25519.SeedSize:]), message, signature)
}
