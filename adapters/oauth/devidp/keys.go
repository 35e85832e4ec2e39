package devidp

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/go-jose/go-jose/v4"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// derive makes 32 bytes for one use out of the secret (RFC 5869).
func derive(secret []byte, use string) ([]byte, error) {
	key, err := hkdf.Key(sha256.New, secret, nil, "neoforge devidp: "+use, 32)
	if err != nil {
		return nil, fmt.Errorf("devidp: derive %s: %w", use, err)
	}
	return key, nil
}

func deriveText(secret []byte, use string) (string, error) {
	key, err := derive(secret, use)
	return base64.RawURLEncoding.EncodeToString(key), err
}

// sealer seals values by AES-256-GCM, each for one purpose.
type sealer struct{ aead cipher.AEAD }

func newSealer(secret []byte) (sealer, error) {
	key, err := derive(secret, "seal")
	if err != nil {
		return sealer{}, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return sealer{}, fmt.Errorf("devidp: seal: %w", err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return sealer{}, fmt.Errorf("devidp: seal: %w", err)
	}
	return sealer{aead}, nil
}

func (s sealer) close(purpose string, plain []byte) string {
	return base64.RawURLEncoding.EncodeToString(s.aead.Seal(nil, nil, plain, []byte(purpose)))
}

var errNotSealed = errors.New("devidp: the value was not sealed here")

func (s sealer) open(purpose, sealed string) ([]byte, error) {
	raw, err := base64.RawURLEncoding.DecodeString(sealed)
	if err != nil || len(raw) < s.aead.Overhead() {
		return nil, errNotSealed
	}
	plain, err := s.aead.Open(nil, nil, raw, []byte(purpose))
	if err != nil {
		return nil, errNotSealed
	}
	return plain, nil
}

func (s sealer) pack(purpose string, v any) (string, error) {
	plain, err := json.Marshal(v)
	if err != nil {
		return "", fmt.Errorf("devidp: encode %s: %w", purpose, err)
	}
	return s.close(purpose, plain), nil
}

func (s sealer) unpack(purpose, sealed string, v any) error {
	plain, err := s.open(purpose, sealed)
	if err != nil {
		return err
	}
	return json.Unmarshal(plain, v)
}

var _ op.Crypto = sealer{}

// Encrypt and Decrypt are how the library makes codes and bearer tokens.
func (s sealer) Encrypt(v string) (string, error) { return s.close(protocol, []byte(v)), nil }

// Decrypt opens what Encrypt sealed.
func (s sealer) Decrypt(v string) (string, error) {
	plain, err := s.open(protocol, v)
	return string(plain), err
}

// signingKey signs ID tokens by ES256.
type signingKey struct {
	id  string
	key *ecdsa.PrivateKey
}

// newSigningKey derives the key, so that every replica signs with the same one.
func newSigningKey(secret []byte) (signingKey, error) {
	for attempt := range 8 { // one scalar in 2^32 is out of the curve's range
		scalar, err := derive(secret, fmt.Sprintf("sign %d", attempt))
		if err != nil {
			return signingKey{}, err
		}
		key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), scalar)
		if err != nil {
			continue
		}
		public, err := key.PublicKey.Bytes()
		if err != nil {
			return signingKey{}, fmt.Errorf("devidp: encode the public key: %w", err)
		}
		sum := sha256.Sum256(public)
		return signingKey{id: base64.RawURLEncoding.EncodeToString(sum[:8]), key: key}, nil
	}
	return signingKey{}, errors.New("devidp: no signing key derives from this secret, choose another")
}

var (
	_ op.SigningKey = signingKey{}
	_ op.Key        = publicKey{}
)

func (k signingKey) SignatureAlgorithm() jose.SignatureAlgorithm { return jose.ES256 }
func (k signingKey) Key() any                                    { return k.key }
func (k signingKey) ID() string                                  { return k.id }

// publicKey is the half that verifies.
type publicKey struct{ of signingKey }

func (k publicKey) ID() string                         { return k.of.id }
func (k publicKey) Algorithm() jose.SignatureAlgorithm { return jose.ES256 }
func (k publicKey) Use() string                        { return "sig" }
func (k publicKey) Key() any                           { return &k.of.key.PublicKey }
