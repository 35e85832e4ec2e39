// Package tokens signs and verifies access tokens: JWTs after RFC 9068, signed
// with Ed25519 (RFC 8037).
//
// It promises that a token is accepted only when it was signed by one of this
// installation's keys with EdDSA and nothing else, names this installation as
// issuer and audience, is an access token by type, and has not expired. The keys
// come from SECRET_KEY; the first signs, all verify, so that a secret is replaced
// without signing anybody out.
package tokens

import (
	"context"
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/lestrrat-go/jwx/v3/jwa"
	"github.com/lestrrat-go/jwx/v3/jwk"
	"github.com/lestrrat-go/jwx/v3/jws"
	"github.com/lestrrat-go/jwx/v3/jwt"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/clock"
	"github.com/neoforge-dev/neoforge/ports/idgen"
)

const (
	tokenType    = "at+jwt"
	sessionClaim = "sid"
	// purpose separates these keys from others derived from the same secret.
	purpose = "neoforge access tokens ed25519 v1"
	// minSecret is 128 bits, the least a key may be derived from.
	minSecret = 16
	// maxToken bounds what is parsed; ours have about 600 bytes.
	maxToken = 4096
)

// Signer implements identity.AccessTokens.
type Signer struct {
	signing   jwk.Key
	verifying jwk.Set
	public    []byte
	issuer    string
	clock     clock.Clock
	ids       idgen.Generator
}

var _ identity.AccessTokens = (*Signer)(nil)

// New makes a signer from the secrets, the current one first. issuer is the
// installation's base URL.
func New(secrets [][]byte, issuer string, c clock.Clock, ids idgen.Generator) (*Signer, error) {
	if len(secrets) == 0 {
		return nil, errors.New("tokens: at least one secret is needed")
	}
	if issuer == "" {
		return nil, errors.New("tokens: the issuer is empty")
	}
	s := &Signer{verifying: jwk.NewSet(), issuer: issuer, clock: c, ids: ids}
	for i, secret := range secrets {
		private, err := derive(secret)
		if err != nil {
			return nil, fmt.Errorf("tokens: secret %d: %w", i+1, err)
		}
		if i == 0 {
			s.signing = private
		}
		public, err := private.PublicKey()
		if err != nil {
			return nil, fmt.Errorf("tokens: secret %d: %w", i+1, err)
		}
		if name, _ := public.KeyID(); s.holds(name) {
			return nil, fmt.Errorf("tokens: secret %d is given twice", i+1)
		}
		if err := s.verifying.AddKey(public); err != nil {
			return nil, fmt.Errorf("tokens: secret %d: %w", i+1, err)
		}
	}
	var err error
	if s.public, err = json.Marshal(s.verifying); err != nil {
		return nil, fmt.Errorf("tokens: key set: %w", err)
	}
	return s, nil
}

func (s *Signer) holds(name string) bool {
	_, found := s.verifying.LookupKeyID(name)
	return found
}

// derive makes the key of a secret by HKDF (RFC 5869), named by its thumbprint
// (RFC 7638).
func derive(secret []byte) (jwk.Key, error) {
	if len(secret) < minSecret {
		return nil, fmt.Errorf("it has %d bytes, at least %d are needed", len(secret), minSecret)
	}
	seed, err := hkdf.Key(sha256.New, secret, nil, purpose, ed25519.SeedSize)
	if err != nil {
		return nil, err
	}
	key, err := jwk.Import(ed25519.NewKeyFromSeed(seed))
	if err != nil {
		return nil, err
	}
	if err := jwk.AssignKeyID(key); err != nil {
		return nil, err
	}
	return key, errors.Join(
		key.Set(jwk.AlgorithmKey, jwa.EdDSA()),
		key.Set(jwk.KeyUsageKey, jwk.ForSignature),
	)
}

// Sign implements identity.AccessTokens.
func (s *Signer) Sign(_ context.Context, c identity.AccessClaims) (string, error) {
	token, err := jwt.NewBuilder().
		Issuer(s.issuer).
		Audience([]string{s.issuer}).
		Subject(string(c.User)).
		Claim(sessionClaim, c.Session).
		IssuedAt(s.clock.Now()).
		Expiration(c.ExpiresAt).
		JwtID(s.ids.New()).
		Build()
	if err != nil {
		return "", fmt.Errorf("tokens: sign for session %s: %w", c.Session, err)
	}
	headers := jws.NewHeaders()
	if err := headers.Set(jws.TypeKey, tokenType); err != nil {
		return "", fmt.Errorf("tokens: sign for session %s: %w", c.Session, err)
	}
	signed, err := jwt.Sign(token, jwt.WithKey(jwa.EdDSA(), s.signing, jws.WithProtectedHeaders(headers)))
	if err != nil {
		return "", fmt.Errorf("tokens: sign for session %s: %w", c.Session, err)
	}
	return string(signed), nil
}

// Verify implements identity.AccessTokens.
func (s *Signer) Verify(_ context.Context, token string) (identity.AccessClaims, error) {
	claims, err := s.verify([]byte(token))
	if err != nil {
		return identity.AccessClaims{}, fmt.Errorf("tokens: verify: %w (%w)", identity.ErrInvalidToken, err)
	}
	return claims, nil
}

func (s *Signer) verify(data []byte) (claims identity.AccessClaims, err error) {
	if len(data) > maxToken {
		return claims, errors.New("the token is too long")
	}
	if err := s.checkHeader(data); err != nil {
		return claims, err
	}
	token, err := jwt.Parse(data,
		jwt.WithKeySet(s.verifying),
		jwt.WithIssuer(s.issuer),
		jwt.WithAudience(s.issuer),
		jwt.WithRequiredClaim(jwt.ExpirationKey),
		jwt.WithRequiredClaim(jwt.IssuedAtKey),
		jwt.WithRequiredClaim(jwt.JwtIDKey),
		jwt.WithAcceptableSkew(0),
		jwt.WithClock(jwt.ClockFunc(s.clock.Now)),
	)
	if err != nil {
		return claims, err
	}
	subject, _ := token.Subject()
	var session string
	if err := token.Get(sessionClaim, &session); err != nil || session == "" || subject == "" {
		return claims, errors.New("the token names no person or no session")
	}
	expires, _ := token.Expiration()
	return identity.AccessClaims{User: identity.UserID(subject), Session: session, ExpiresAt: expires.UTC()}, nil
}

// checkHeader pins type, algorithm and form before any key is looked at: one
// signature, in the compact form, by EdDSA, over an access token.
func (s *Signer) checkHeader(data []byte) error {
	message, err := jws.Parse(data, jws.WithCompact())
	if err != nil {
		return err
	}
	signatures := message.Signatures()
	if len(signatures) != 1 {
		return errors.New("the token has not one signature")
	}
	header := signatures[0].ProtectedHeaders()
	if algorithm, ok := header.Algorithm(); !ok || algorithm != jwa.EdDSA() {
		return errors.New("the token is not signed by EdDSA")
	}
	if kind, ok := header.Type(); !ok || kind != tokenType {
		return errors.New("the token is not an access token")
	}
	return nil
}

// KeySet implements identity.AccessTokens.
func (s *Signer) KeySet() []byte { return s.public }
