package tokens

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"maps"
	"testing"
	"time"

	"github.com/lestrrat-go/jwx/v3/jwa"
	"github.com/lestrrat-go/jwx/v3/jws"
	"github.com/lestrrat-go/jwx/v3/jwt"

	"github.com/neoforge-dev/neoforge/adapters/sealing"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/clock"
	"github.com/neoforge-dev/neoforge/ports/idgen"
)

type oneKey []identity.SigningKey

func (k oneKey) SigningKeys(context.Context) ([]identity.SigningKey, error) { return k, nil }

// What our own key signed and is no access token of this installation: only with
// the key itself can such a token be made.
func TestTokens_OwnSignaturesOverSomethingElseAreRefused(t *testing.T) {
	t.Parallel()
	const issuer = "https://press.example.com"
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	box, err := sealing.New([][]byte{[]byte("a secret of these tests, long enough")})
	if err != nil {
		t.Fatal(err)
	}
	key := identity.SigningKey{ID: "ours", Public: public, CreatedAt: now, SignsFrom: now}
	s, err := New(oneKey{key}, box, issuer, clock.At(now), idgen.Func(func() string { return "id" }))
	if err != nil {
		t.Fatal(err)
	}
	complete := map[string]any{
		"iss": issuer, "aud": issuer, "sub": "user-1", "sid": "session-1", "jti": "id",
		"iat": now.Unix(), "exp": now.Add(time.Minute).Unix(),
	}
	sign := func(kind string, claims map[string]any) string {
		token := jwt.New()
		for name, value := range claims {
			if err := token.Set(name, value); err != nil {
				t.Fatal(err)
			}
		}
		headers := jws.NewHeaders()
		if err := errors.Join(headers.Set(jws.TypeKey, kind), headers.Set(jws.KeyIDKey, "ours")); err != nil {
			t.Fatal(err)
		}
		signed, err := jwt.Sign(token, jwt.WithKey(jwa.EdDSA(), private, jws.WithProtectedHeaders(headers)))
		if err != nil {
			t.Fatal(err)
		}
		return string(signed)
	}
	if _, err := s.Verify(t.Context(), sign(tokenType, complete)); err != nil {
		t.Fatalf("the complete one: %v", err)
	}
	for _, kind := range []string{"JWT", "", "dpop+jwt"} {
		if _, err := s.Verify(t.Context(), sign(kind, complete)); !errors.Is(err, identity.ErrInvalidToken) {
			t.Errorf("type %q: %v", kind, err)
		}
	}
	for name := range complete {
		changed := maps.Clone(complete)
		delete(changed, name)
		if _, err := s.Verify(t.Context(), sign(tokenType, changed)); !errors.Is(err, identity.ErrInvalidToken) {
			t.Errorf("without %s: %v", name, err)
		}
	}
	for name, value := range map[string]any{
		"iss": "https://other.example.com", "aud": "https://other.example.com", "sid": 7, "sub": "",
		"nbf": now.Add(time.Second).Unix(), "exp": now.Unix(), "iat": now.Add(time.Minute).Unix(),
	} {
		changed := maps.Clone(complete)
		changed[name] = value
		if _, err := s.Verify(t.Context(), sign(tokenType, changed)); !errors.Is(err, identity.ErrInvalidToken) {
			t.Errorf("%s = %v: %v", name, value, err)
		}
	}
}
