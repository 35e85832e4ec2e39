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
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

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
	clientClaim  = "client_id"
	// apiClient is the one client there is (RFC 9068, 2.2): programs do not register,
	// they all sign in through this installation's own API.
	apiClient = "neoforge-api"
	// maxToken bounds what is parsed; ours have about 600 bytes.
	maxToken = 4096
)

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
	named, err := jwk.Import(public)
	if err == nil {
		err = jwk.AssignKeyID(named)
	}
	if err != nil {
		return identity.SigningKey{}, fmt.Errorf("tokens: name a key: %w", err)
	}
	k := identity.SigningKey{Public: public, CreatedAt: now, SignsFrom: signsFrom}
	k.ID, _ = named.KeyID()
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
	token, err := jwt.NewBuilder().
		Issuer(s.issuer).
		Audience([]string{s.issuer}).
		Subject(string(c.User)).
		Claim(sessionClaim, c.Session).
		Claim(clientClaim, apiClient).
		IssuedAt(now).
		Expiration(c.ExpiresAt).
		JwtID(s.ids.New()).
		Build()
	if err != nil {
		return "", fmt.Errorf("tokens: sign for session %s: %w", c.Session, err)
	}
	headers := jws.NewHeaders()
	if err := errors.Join(headers.Set(jws.TypeKey, tokenType), headers.Set(jws.KeyIDKey, kid)); err != nil {
		return "", fmt.Errorf("tokens: sign for session %s: %w", c.Session, err)
	}
	signed, err := jwt.Sign(token, jwt.WithKey(jwa.EdDSA(), private, jws.WithProtectedHeaders(headers)))
	if err != nil {
		return "", fmt.Errorf("tokens: sign for session %s: %w", c.Session, err)
	}
	return string(signed), nil
}

// Verify implements identity.AccessTokens.
func (s *Signer) Verify(ctx context.Context, token string) (identity.AccessClaims, error) {
	if len(token) > maxToken {
		return identity.AccessClaims{}, refuse(errors.New("the token is too long"))
	}
	kid, err := checkHeader([]byte(token))
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
	claims, err := s.verify([]byte(token), public)
	if err != nil {
		return identity.AccessClaims{}, refuse(err)
	}
	return claims, nil
}

func refuse(err error) error {
	return fmt.Errorf("tokens: verify: %w (%w)", identity.ErrInvalidToken, err)
}

func (s *Signer) verify(data []byte, public ed25519.PublicKey) (claims identity.AccessClaims, err error) {
	token, err := jwt.Parse(data,
		jwt.WithKey(jwa.EdDSA(), public),
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
// signature, in the compact form, by EdDSA, over an access token. It returns the
// name of the key.
func checkHeader(data []byte) (kid string, err error) {
	message, err := jws.Parse(data, jws.WithCompact())
	if err != nil {
		return "", err
	}
	signatures := message.Signatures()
	if len(signatures) != 1 {
		return "", errors.New("the token has not one signature")
	}
	header := signatures[0].ProtectedHeaders()
	if algorithm, ok := header.Algorithm(); !ok || algorithm != jwa.EdDSA() {
		return "", errors.New("the token is not signed by EdDSA")
	}
	if kind, ok := header.Type(); !ok || kind != tokenType {
		return "", errors.New("the token is not an access token")
	}
	kid, ok := header.KeyID()
	if !ok || kid == "" {
		return "", errors.New("the token names no key")
	}
	return kid, nil
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
