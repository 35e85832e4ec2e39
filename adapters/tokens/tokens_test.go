package tokens_test

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/tokens"
	"github.com/neoforge-dev/neoforge/adapters/uuidv7"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/clock"
)

const issuer = "https://press.example.com"

var (
	now     = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	secretA = []byte("the first secret of these tests, long enough")
	secretB = []byte("the second secret of these tests, long enough")
	claims  = identity.AccessClaims{User: "user-1", Session: "session-1", ExpiresAt: now.Add(identity.AccessLife)}
)

func mustNew(t *testing.T, at time.Time, from string, secrets ...[]byte) *tokens.Signer {
	t.Helper()
	s, err := tokens.New(secrets, from, clock.At(at), uuidv7.Generator{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func mustSign(t *testing.T, s *tokens.Signer) string {
	t.Helper()
	token, err := s.Sign(t.Context(), claims)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func refuse(t *testing.T, s *tokens.Signer, what, token string) {
	t.Helper()
	if got, err := s.Verify(t.Context(), token); !errors.Is(err, identity.ErrInvalidToken) || got != (identity.AccessClaims{}) {
		t.Errorf("%s: %+v, %v, want ErrInvalidToken", what, got, err)
	}
}

func TestWhatIsSignedIsVerified(t *testing.T) {
	t.Parallel()
	s := mustNew(t, now, issuer, secretA)
	token := mustSign(t, s)
	got, err := s.Verify(t.Context(), token)
	if err != nil || got != claims {
		t.Fatalf("%+v, %v", got, err)
	}
	header, payload := decode(t, token)
	if header["alg"] != "EdDSA" || header["typ"] != "at+jwt" || header["kid"] == "" {
		t.Errorf("the header is %v", header)
	}
	audience, _ := payload["aud"].([]any)
	if payload["iss"] != issuer || len(audience) != 1 || audience[0] != issuer || payload["sub"] != "user-1" || payload["sid"] != "session-1" ||
		payload["iat"] != float64(now.Unix()) || payload["exp"] != float64(claims.ExpiresAt.Unix()) || payload["jti"] == "" {
		t.Errorf("the payload is %v", payload)
	}
}

func TestATokenIsGoodUntilItExpiresAndNotAMomentLonger(t *testing.T) {
	t.Parallel()
	token := mustSign(t, mustNew(t, now, issuer, secretA))
	if _, err := mustNew(t, claims.ExpiresAt.Add(-time.Second), issuer, secretA).Verify(t.Context(), token); err != nil {
		t.Errorf("a second before its end: %v", err)
	}
	refuse(t, mustNew(t, claims.ExpiresAt, issuer, secretA), "at its end", token)
	refuse(t, mustNew(t, claims.ExpiresAt.Add(time.Hour), issuer, secretA), "after its end", token)
	refuse(t, mustNew(t, now.Add(-time.Hour), issuer, secretA), "before it was issued", token)
}

func TestTokensOfOthersAreRefused(t *testing.T) {
	t.Parallel()
	ours := mustNew(t, now, issuer, secretA)
	refuse(t, ours, "another key", mustSign(t, mustNew(t, now, issuer, secretB)))
	refuse(t, ours, "another installation with our secret", mustSign(t, mustNew(t, now, "https://other.example.com", secretA)))
}

func TestASecretIsReplacedWithoutRefusingItsTokens(t *testing.T) {
	t.Parallel()
	old := mustSign(t, mustNew(t, now, issuer, secretA))
	rotated := mustNew(t, now, issuer, secretB, secretA)
	if _, err := rotated.Verify(t.Context(), old); err != nil {
		t.Errorf("a token of the old secret: %v", err)
	}
	fresh := mustSign(t, rotated)
	if _, err := mustNew(t, now, issuer, secretB).Verify(t.Context(), fresh); err != nil {
		t.Errorf("the first secret does not sign: %v", err)
	}
	refuse(t, mustNew(t, now, issuer, secretB), "after the old secret is gone", old)
}

func TestForgedTokensAreRefused(t *testing.T) {
	t.Parallel()
	s := mustNew(t, now, issuer, secretA)
	genuine := mustSign(t, s)
	header, payload := decode(t, genuine)
	parts := strings.Split(genuine, ".")
	with := func(m map[string]any, changes map[string]any) map[string]any {
		out := maps.Clone(m)
		for k, v := range changes {
			if v == nil {
				delete(out, k)
				continue
			}
			out[k] = v
		}
		return out
	}
	var set struct {
		Keys []struct{ X, Kid string }
	}
	if err := json.Unmarshal(s.KeySet(), &set); err != nil {
		t.Fatal(err)
	}
	public, err := base64.RawURLEncoding.DecodeString(set.Keys[0].X)
	if err != nil {
		t.Fatal(err)
	}
	byHMAC := func(key []byte) func(string) []byte {
		return func(input string) []byte {
			mac := hmac.New(sha256.New, key)
			mac.Write([]byte(input))
			return mac.Sum(nil)
		}
	}
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	byStranger := func(input string) []byte { return ed25519.Sign(private, []byte(input)) }
	nothing := func(string) []byte { return nil }
	strangersKey := map[string]any{"kty": "OKP", "crv": "Ed25519", "x": base64.RawURLEncoding.EncodeToString(private.Public().(ed25519.PublicKey))}

	for what, token := range map[string]string{
		"nothing":                          "",
		"no token":                         "no.token.here",
		"algorithm none":                   encode(t, with(header, map[string]any{"alg": "none"}), payload, nothing),
		"algorithm none, no kid":           encode(t, map[string]any{"alg": "none", "typ": "at+jwt"}, payload, nothing),
		"the public key as an HMAC secret": encode(t, with(header, map[string]any{"alg": "HS256"}), payload, byHMAC(public)),
		"the key set as an HMAC secret":    encode(t, with(header, map[string]any{"alg": "HS256"}), payload, byHMAC(s.KeySet())),
		"a stranger's key under our kid":   encode(t, header, payload, byStranger),
		"a key brought along":              encode(t, with(header, map[string]any{"jwk": strangersKey, "kid": nil}), payload, byStranger),
		"a signature over something else":  parts[0] + "." + base64.RawURLEncoding.EncodeToString([]byte(`{"sub":"admin"}`)) + "." + parts[2],
		"no signature":                     parts[0] + "." + parts[1] + ".",
		"two parts":                        parts[0] + "." + parts[1],
		"more behind it":                   genuine + ".x",
		"a space before it":                " " + genuine + strings.Repeat("x", 5000),
		"the JSON form":                    `{"payload":"` + parts[1] + `","protected":"` + parts[0] + `","signature":"` + parts[2] + `"}`,
	} {
		refuse(t, s, what, token)
	}
}

func TestTheKeySetIsPublicAndNamesItsKeys(t *testing.T) {
	t.Parallel()
	s := mustNew(t, now, issuer, secretA, secretB)
	var set struct{ Keys []map[string]any }
	if err := json.Unmarshal(s.KeySet(), &set); err != nil {
		t.Fatal(err)
	}
	if len(set.Keys) != 2 {
		t.Fatalf("%d keys, want 2", len(set.Keys))
	}
	for _, key := range set.Keys {
		if _, private := key["d"]; private {
			t.Error("the key set holds a private key")
		}
		if key["kty"] != "OKP" || key["crv"] != "Ed25519" || key["alg"] != "EdDSA" || key["use"] != "sig" || key["kid"] == nil {
			t.Errorf("a key is %v", key)
		}
	}
	header, _ := decode(t, mustSign(t, s))
	if header["kid"] != set.Keys[0]["kid"] {
		t.Error("the first key does not sign")
	}
}

func TestReplicasOfOneSecretAgree(t *testing.T) {
	t.Parallel()
	if string(mustNew(t, now, issuer, secretA).KeySet()) != string(mustNew(t, now, issuer, secretA).KeySet()) {
		t.Fatal("one secret made two key sets")
	}
}

func TestBadSettingsAreRefused(t *testing.T) {
	t.Parallel()
	for what, secrets := range map[string][][]byte{"none": nil, "short": {[]byte("short")}, "one of them empty": {secretA, nil}, "the same twice": {secretA, secretA}} {
		if _, err := tokens.New(secrets, issuer, clock.System{}, uuidv7.Generator{}); err == nil {
			t.Errorf("secrets, %s: accepted", what)
		}
	}
	if _, err := tokens.New([][]byte{secretA}, "", clock.System{}, uuidv7.Generator{}); err == nil {
		t.Error("an empty issuer was accepted")
	}
}

func FuzzVerify(f *testing.F) {
	s, err := tokens.New([][]byte{secretA}, issuer, clock.At(now), uuidv7.Generator{})
	if err != nil {
		f.Fatal(err)
	}
	genuine, err := s.Sign(f.Context(), claims)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(genuine)
	f.Add("e30.e30.e30")
	f.Add(`{"signatures":[]}`)
	f.Fuzz(func(t *testing.T, token string) {
		if got, err := s.Verify(t.Context(), token); err == nil && got != claims {
			t.Fatalf("%q was accepted as %+v", token, got)
		}
	})
}

func decode(t *testing.T, token string) (header, payload map[string]any) {
	t.Helper()
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatalf("%q has %d parts", token, len(parts))
	}
	for i, into := range []*map[string]any{&header, &payload} {
		data, err := base64.RawURLEncoding.DecodeString(parts[i])
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(data, into); err != nil {
			t.Fatal(err)
		}
	}
	return header, payload
}

func encode(t *testing.T, header, payload map[string]any, sign func(string) []byte) string {
	t.Helper()
	h, err := json.Marshal(header)
	if err != nil {
		t.Fatal(err)
	}
	p, err := json.Marshal(payload)
	if err != nil {
		t.Fatal(err)
	}
	input := base64.RawURLEncoding.EncodeToString(h) + "." + base64.RawURLEncoding.EncodeToString(p)
	return input + "." + base64.RawURLEncoding.EncodeToString(sign(input))
}
