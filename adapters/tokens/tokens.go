// Package tokens signs and verifies access tokens: JWTs after RFC 9068, signed
// with Ed25519 (RFC 8037).
//
// The header has typ "at+jwt", alg and kid; the payload every claim that RFC 9068
// requires: iss and aud, which are this installation, sub, the person, client_id,
// which is always the installation's own API, iat, exp and jti; and sid, the session.
//
// It promises that a token is accepted only when it was signed by one of this
// installation's keys with EdDSA and nothing else, names this installation as
// issuer and audience, is an access token by type, and has not expired. The keys
// are rows that all replicas share; each keeps a view of them that is at most a
// minute old, and looks again when it meets a key that it does not know.
package tokens

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/clock"
	"github.com/neoforge-dev/neoforge/ports/idgen"
)

const (
	tokenType = "at+jwt"
	// apiClient is the one client there is (RFC 9068, 2.2): programs do not register,
	// they all sign in through this installation's own API.
	apiClient = "neoforge-api"
	// maxToken bounds what is parsed; ours have about 600 bytes.
	maxToken = 4096
)

// payload is what a token says.
type payload struct {
	jwt.Claims
	Session string `json:"sid"`
	Client  string `json:"client_id"`
}

// Signer implements identity.AccessTokens.
type Signer struct {
	reads  identity.SigningKeyReads
	sealer identity.Sealer
	issuer string
	clock  clock.Clock
	ids    idgen.Generator

	kept    atomic.Pointer[ring]
	reading sync.Mutex // held while the keys are read
	tried   time.Time  // when they were read last, in vain or not; under reading
}

var _ identity.AccessTokens = (*Signer)(nil)

// New makes a signer with the keys that reads knows, whose private halves sealer
// opens. issuer is the installation's base URL.
func New(reads identity.SigningKeyReads, sealer identity.Sealer, issuer string, c clock.Clock, ids idgen.Generator) (*Signer, error) {
	if reads == nil || sealer == nil || c == nil || ids == nil {
		return nil, errors.New("tokens: the keys, the sealer, the clock or the ids are missing")
	}
	if issuer == "" {
		return nil, errors.New("tokens: the issuer is empty")
	}
	return &Signer{reads: reads, sealer: sealer, issuer: issuer, clock: c, ids: ids}, nil
}

// NewKey implements identity.AccessTokens.
func (s *Signer) NewKey(now, signsFrom time.Time) (identity.SigningKey, error) {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return identity.SigningKey{}, fmt.Errorf("tokens: make a key: %w", err)
	}
	thumbprint, err := (&jose.JSONWebKey{Key: public}).Thumbprint(crypto.SHA256)
	if err != nil {
		return identity.SigningKey{}, fmt.Errorf("tokens: name a key: %w", err)
	}
	k := identity.SigningKey{
		ID: base64.RawURLEncoding.EncodeToString(thumbprint), Public: public, CreatedAt: now, SignsFrom: signsFrom,
	}
	if k.SealedPrivate, err = s.sealer.Seal(k.SealLabel(), private.Seed()); err != nil {
		return identity.SigningKey{}, fmt.Errorf("tokens: seal key %s: %w", k.ID, err)
	}
	return k, nil
}

// Sign implements identity.AccessTokens.
func (s *Signer) Sign(ctx context.Context, c identity.AccessClaims) (string, error) {
	now := s.clock.Now()
	keys, err := s.ring(ctx, now)
	if err != nil {
		return "", fmt.Errorf("tokens: sign for session %s: %w", c.Session, err)
	}
	kid, private, err := keys.signer(now)
	if err != nil {
		return "", fmt.Errorf("tokens: sign for session %s: %w", c.Session, err)
	}
	signer, err := jose.NewSigner(
		jose.SigningKey{Algorithm: jose.EdDSA, Key: jose.JSONWebKey{Key: private, KeyID: kid}},
		(&jose.SignerOptions{}).WithType(tokenType))
	if err != nil {
		return "", fmt.Errorf("tokens: sign for session %s: %w", c.Session, err)
	}
	signed, err := jwt.Signed(signer).Claims(payload{
		Claims: jwt.Claims{
			Issuer:   s.issuer,
			Audience: jwt.Audience{s.issuer},
			Subject:  string(c.User),
			IssuedAt: jwt.NewNumericDate(now),
			Expiry:   jwt.NewNumericDate(c.ExpiresAt),
			ID:       s.ids.New(),
		},
		Session: c.Session,
		Client:  apiClient,
	}).Serialize()
	if err != nil {
		return "", fmt.Errorf("tokens: sign for session %s: %w", c.Session, err)
	}
	return signed, nil
}

// Verify implements identity.AccessTokens.
func (s *Signer) Verify(ctx context.Context, token string) (identity.AccessClaims, error) {
	if len(token) > maxToken {
		return identity.AccessClaims{}, refuse(errors.New("the token is too long"))
	}
	parsed, kid, err := parse(token)
	if err != nil {
		return identity.AccessClaims{}, refuse(err)
	}
	public, err := s.verifier(ctx, kid)
	if err != nil {
		return identity.AccessClaims{}, fmt.Errorf("tokens: verify: %w", err)
	}
	if public == nil {
		return identity.AccessClaims{}, refuse(errors.New("the token's key is not ours, or no longer"))
	}
	claims, err := s.check(parsed, public)
	if err != nil {
		return identity.AccessClaims{}, refuse(err)
	}
	return claims, nil
}

func refuse(err error) error {
	return fmt.Errorf("tokens: verify: %w (%w)", identity.ErrInvalidToken, err)
}

// parse pins form, algorithm and type before any key is looked at: one signature, in
// the compact form, by EdDSA, over an access token. It returns the name of the key.
func parse(token string) (parsed *jwt.JSONWebToken, kid string, err error) {
	parsed, err = jwt.ParseSigned(token, []jose.SignatureAlgorithm{jose.EdDSA})
	if err != nil {
		return nil, "", err
	}
	header := parsed.Headers[0]
	if header.ExtraHeaders[jose.HeaderType] != tokenType {
		return nil, "", errors.New("the token is not an access token")
	}
	if header.KeyID == "" {
		return nil, "", errors.New("the token names no key")
	}
	return parsed, header.KeyID, nil
}

// check verifies the signature, and then what it stands under.
func (s *Signer) check(token *jwt.JSONWebToken, public ed25519.PublicKey) (identity.AccessClaims, error) {
	var p payload
	if err := token.Claims(public, &p); err != nil {
		return identity.AccessClaims{}, err
	}
	now := s.clock.Now()
	switch {
	case p.Expiry == nil || p.IssuedAt == nil || p.ID == "":
		return identity.AccessClaims{}, errors.New("the token lacks a claim that every one of ours has")
	case p.Subject == "" || p.Session == "":
		return identity.AccessClaims{}, errors.New("the token names no person or no session")
	case !now.Before(p.Expiry.Time()): // the library takes the last second for valid
		return identity.AccessClaims{}, jwt.ErrExpired
	}
	err := p.ValidateWithLeeway(jwt.Expected{Issuer: s.issuer, AnyAudience: jwt.Audience{s.issuer}, Time: now}, 0)
	if err != nil {
		return identity.AccessClaims{}, err
	}
	return identity.AccessClaims{User: identity.UserID(p.Subject), Session: p.Session, ExpiresAt: p.Expiry.Time().UTC()}, nil
}

// KeySet implements identity.AccessTokens.
func (s *Signer) KeySet(ctx context.Context) ([]byte, error) {
	now := s.clock.Now()
	keys, err := s.ring(ctx, now)
	if err != nil {
		return nil, fmt.Errorf("tokens: key set: %w", err)
	}
	return keys.set(now)
}
