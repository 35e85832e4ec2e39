// Package sealing encrypts secrets at rest: AES-256-GCM (NIST SP 800-38D) under
// keys derived from SECRET_KEY by HKDF-SHA-256 (RFC 5869).
//
// It promises that what was sealed opens only unchanged, only under the label it
// was sealed with, and only with one of the secrets of this installation. The
// first secret seals, all open, so that a secret is replaced without losing what
// an older one sealed. A nonce is random and never handed in; at 96 bits a key
// seals four thousand million values before a repetition is worth a thought.
package sealing

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"errors"
	"fmt"

	"github.com/neoforge-dev/neoforge/modules/identity"
)

const (
	// purpose separates these keys from others derived from the same secret.
	purpose = "neoforge sealing aes-256-gcm v1"
	// version is the first byte of whatever is sealed.
	version = 1
	// minSecret is 128 bits, the least a key may be derived from.
	minSecret = 16
	keySize   = 32
)

// Box implements identity.Sealer.
type Box struct {
	keys []cipher.AEAD // the first seals, all open
}

var _ identity.Sealer = (*Box)(nil)

// New derives the keys from secrets of at least 16 bytes; it fails when there is
// none, or one is shorter.
func New(secrets [][]byte) (*Box, error) {
	if len(secrets) == 0 {
		return nil, errors.New("sealing: a secret is missing")
	}
	b := &Box{}
	for i, secret := range secrets {
		if len(secret) < minSecret {
			return nil, fmt.Errorf("sealing: secret %d has %d bytes, %d are needed", i+1, len(secret), minSecret)
		}
		key, err := hkdf.Key(sha256.New, secret, nil, purpose, keySize)
		if err != nil {
			return nil, fmt.Errorf("sealing: derive key %d: %w", i+1, err)
		}
		block, err := aes.NewCipher(key)
		if err != nil {
			return nil, fmt.Errorf("sealing: key %d: %w", i+1, err)
		}
		aead, err := cipher.NewGCMWithRandomNonce(block)
		if err != nil {
			return nil, fmt.Errorf("sealing: key %d: %w", i+1, err)
		}
		b.keys = append(b.keys, aead)
	}
	return b, nil
}

// Seal implements identity.Sealer.
func (b *Box) Seal(label string, plain []byte) ([]byte, error) {
	return b.keys[0].Seal([]byte{version}, nil, plain, []byte(label)), nil
}

// Open implements identity.Sealer.
func (b *Box) Open(label string, sealed []byte) ([]byte, error) {
	if len(sealed) == 0 || sealed[0] != version {
		return nil, identity.ErrSealBroken
	}
	for _, key := range b.keys {
		if plain, err := key.Open(nil, nil, sealed[1:], []byte(label)); err == nil {
			return plain, nil
		}
	}
	return nil, identity.ErrSealBroken
}
