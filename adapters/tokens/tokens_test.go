package tokens_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/sealing"
	"github.com/neoforge-dev/neoforge/adapters/tokens"
	"github.com/neoforge-dev/neoforge/adapters/uuidv7"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/clock"
)

const issuer = "https://press.example.com"

var (
	now    = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	claims = identity.AccessClaims{User: "user-1", Session: "session-1", ExpiresAt: now.Add(identity.AccessTTL)}
)

// fakeKeys is the rows of signing keys, counted each time that they are read.
type fakeKeys struct {
	mu    sync.Mutex
	keys  []identity.SigningKey
	reads int
	away  bool
}

func (s *fakeKeys) SigningKeys(context.Context) ([]identity.SigningKey, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reads++
	if s.away {
		return nil, errors.New("the database is away")
	}
	return slices.Clone(s.keys), nil
}

func (s *fakeKeys) put(keys ...identity.SigningKey) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keys = keys
}

func (s *fakeKeys) counted() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.reads
}

func mustBox(tb testing.TB, secret string) *sealing.Box {
	tb.Helper()
	box, err := sealing.New([][]byte{[]byte(secret)})
	if err != nil {
		tb.Fatal(err)
	}
	return box
}

const secret = "a secret of these tests, long enough"

func open(tb testing.TB, keys *fakeKeys, from string, c clock.Clock) *tokens.Signer {
	tb.Helper()
	s, err := tokens.New(keys, mustBox(tb, secret), from, c, uuidv7.Generator{})
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// mustKey makes a key that signs from then on.
func mustKey(tb testing.TB, created, signsFrom time.Time) identity.SigningKey {
	tb.Helper()
	k, err := open(tb, &fakeKeys{}, issuer, clock.At(now)).NewKey(created, signsFrom)
	if err != nil {
		tb.Fatal(err)
	}
	return k
}

func mustNew(tb testing.TB, at time.Time, from string, keys ...identity.SigningKey) *tokens.Signer {
	tb.Helper()
	return open(tb, &fakeKeys{keys: keys}, from, clock.At(at))
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

func TestTokens_WhatIsSignedIsVerified(t *testing.T) {
	t.Parallel()
	s := mustNew(t, now, issuer, mustKey(t, now, now))
	token := mustSign(t, s)
	got, err := s.Verify(t.Context(), token)
	if err != nil || got != claims {
		t.Fatalf("%+v, %v", got, err)
	}
	header, payload := decode(t, token)
	if header["alg"] != "EdDSA" || header["typ"] != "at+jwt" || header["kid"] == "" {
		t.Errorf("the header is %v", header)
	}
	if payload["iss"] != issuer || payload["aud"] != issuer || payload["sub"] != "user-1" || payload["sid"] != "session-1" ||
		payload["iat"] != float64(now.Unix()) || payload["exp"] != float64(claims.ExpiresAt.Unix()) || payload["jti"] == "" || payload["client_id"] != "neoforge-api" || len(payload) != 8 {
		t.Errorf("the payload is %v", payload)
	}
}

func TestTokens_ATokenIsGoodUntilItExpiresAndNotAMomentLonger(t *testing.T) {
	t.Parallel()
	key := mustKey(t, now, now)
	token := mustSign(t, mustNew(t, now, issuer, key))
	if _, err := mustNew(t, claims.ExpiresAt.Add(-time.Second), issuer, key).Verify(t.Context(), token); err != nil {
		t.Errorf("a second before its end: %v", err)
	}
	refuse(t, mustNew(t, claims.ExpiresAt, issuer, key), "at its end", token)
	refuse(t, mustNew(t, claims.ExpiresAt.Add(time.Hour), issuer, key), "after its end", token)
	refuse(t, mustNew(t, now.Add(-time.Hour), issuer, key), "before it was issued", token)
}

func TestTokens_TokensOfOthersAreRefused(t *testing.T) {
	t.Parallel()
	key := mustKey(t, now, now)
	ours := mustNew(t, now, issuer, key)
	refuse(t, ours, "another key", mustSign(t, mustNew(t, now, issuer, mustKey(t, now, now))))
	refuse(t, ours, "another installation with our key", mustSign(t, mustNew(t, now, "https://other.example.com", key)))
}

func TestTokens_ForgedTokensAreRefused(t *testing.T) {
	t.Parallel()
	s := mustNew(t, now, issuer, mustKey(t, now, now))
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
	published := mustSet(t, s)
	if err := json.Unmarshal(published, &set); err != nil {
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
		"the key set as an HMAC secret":    encode(t, with(header, map[string]any{"alg": "HS256"}), payload, byHMAC(published)),
		"a stranger's key under our kid":   encode(t, header, payload, byStranger),
		"no kid":                           encode(t, with(header, map[string]any{"kid": nil}), payload, byStranger),
		"a kid nobody has":                 encode(t, with(header, map[string]any{"kid": "nobody"}), payload, byStranger),
		"a kid that is a path":             encode(t, with(header, map[string]any{"kid": "../../etc/passwd"}), payload, byStranger),
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

func TestTokens_TheKeySetIsPublicAndNamesItsKeys(t *testing.T) {
	t.Parallel()
	current, next := mustKey(t, now, now), mustKey(t, now, now.Add(time.Minute))
	retired := mustKey(t, now.Add(-time.Hour), now.Add(-time.Hour))
	retired.VerifiesUntil = now
	s := mustNew(t, now, issuer, retired, current, next)
	var set struct{ Keys []map[string]any }
	if err := json.Unmarshal(mustSet(t, s), &set); err != nil {
		t.Fatal(err)
	}
	if len(set.Keys) != 2 {
		t.Fatalf("%d keys, want 2", len(set.Keys))
	}
	for _, key := range set.Keys {
		if len(key) != 6 || key["kty"] != "OKP" || key["crv"] != "Ed25519" || key["alg"] != "EdDSA" || key["use"] != "sig" || key["kid"] == nil || key["x"] == nil {
			t.Errorf("a key is %v", key)
		}
		x, _ := key["x"].(string)
		print := sha256.Sum256([]byte(`{"crv":"Ed25519","kty":"OKP","x":"` + x + `"}`)) // RFC 7638
		if key["kid"] != base64.RawURLEncoding.EncodeToString(print[:]) {
			t.Errorf("a key is named %v", key["kid"])
		}
	}
	header, _ := decode(t, mustSign(t, s))
	if header["kid"] != current.ID || set.Keys[0]["kid"] != current.ID || set.Keys[1]["kid"] != next.ID {
		t.Errorf("%v signs; the set is %v", header["kid"], set.Keys)
	}
	if _, err := mustNew(t, now, issuer, retired).KeySet(t.Context()); !errors.Is(err, identity.ErrNoSigningKey) {
		t.Errorf("no key: %v", err)
	}
}

func TestTokens_ANewKeyIsSealed(t *testing.T) {
	t.Parallel()
	key := mustKey(t, now, now)
	seed, err := mustBox(t, secret).Open(key.SealLabel(), key.SealedPrivate)
	if err != nil || len(seed) != ed25519.SeedSize {
		t.Fatalf("%d bytes, %v", len(seed), err)
	}
	if !bytes.Equal(ed25519.NewKeyFromSeed(seed).Public().(ed25519.PublicKey), key.Public) || bytes.Contains(key.SealedPrivate, seed) {
		t.Error("what is sealed is not the private half")
	}
}

func TestTokens_WithoutAKeyNothingIsSigned(t *testing.T) {
	t.Parallel()
	if _, err := mustNew(t, now, issuer).Sign(t.Context(), claims); !errors.Is(err, identity.ErrNoSigningKey) {
		t.Errorf("no key: %v", err)
	}
	if _, err := mustNew(t, now, issuer, mustKey(t, now, now.Add(time.Second))).Sign(t.Context(), claims); !errors.Is(err, identity.ErrNoSigningKey) {
		t.Errorf("none that signs yet: %v", err)
	}
}

func TestTokens_AKeyOfALostSecretVerifiesAndIsPassedOver(t *testing.T) {
	t.Parallel()
	lost, err := tokens.New(&fakeKeys{}, mustBox(t, "another secret, which was lost since"), issuer, clock.At(now), uuidv7.Generator{})
	if err != nil {
		t.Fatal(err)
	}
	broken, err := lost.NewKey(now, now)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := mustNew(t, now, issuer, broken).Sign(t.Context(), claims); !errors.Is(err, identity.ErrSealBroken) {
		t.Errorf("alone: %v", err)
	}
	older := mustKey(t, now.Add(-time.Hour), now.Add(-time.Hour))
	if header, _ := decode(t, mustSign(t, mustNew(t, now, issuer, older, broken))); header["kid"] != older.ID {
		t.Errorf("%v signs", header["kid"])
	}
}

func TestTokens_ReplicasLearnOfNewKeysWithoutARestart(t *testing.T) {
	t.Parallel()
	first := mustKey(t, now, now)
	rows, ticking := &fakeKeys{keys: []identity.SigningKey{first}}, clock.NewAdjustable(clock.At(now))
	here, there := open(t, rows, issuer, ticking), open(t, rows, issuer, ticking)
	mustSign(t, here)
	mustSign(t, there)

	next := mustKey(t, now.Add(time.Second), now.Add(time.Second))
	rows.put(first, next)
	ticking.Advance(10 * time.Second)
	here.Reload()
	token := mustSign(t, here)
	if header, _ := decode(t, token); header["kid"] != next.ID {
		t.Fatalf("%v signs", header["kid"])
	}
	if _, err := there.Verify(t.Context(), token); err != nil {
		t.Errorf("on meeting the unknown key: %v", err)
	}

	last := mustKey(t, now.Add(20*time.Second), now.Add(20*time.Second))
	rows.put(first, next, last)
	ticking.Advance(identity.KeyReload)
	if header, _ := decode(t, mustSign(t, there)); header["kid"] != last.ID {
		t.Errorf("after a minute %v signs", header["kid"])
	}
}

func TestTokens_InventedKeysCauseNoStormOfReads(t *testing.T) {
	t.Parallel()
	rows, ticking := &fakeKeys{keys: []identity.SigningKey{mustKey(t, now, now)}}, clock.NewAdjustable(clock.At(now))
	s := open(t, rows, issuer, ticking)
	mustSign(t, s)
	ticking.Advance(time.Minute - time.Second)
	before := rows.counted()
	stranger := mustNew(t, now, issuer, mustKey(t, now, now))
	token := mustSign(t, stranger)
	var all sync.WaitGroup
	for range 200 {
		all.Go(func() { refuse(t, s, "an invented key", token) })
	}
	all.Wait()
	if n := rows.counted() - before; n != 1 {
		t.Errorf("%d reads", n)
	}
}

func TestTokens_ADatabaseThatIsAwayTakesNoKeyAway(t *testing.T) {
	t.Parallel()
	rows, ticking := &fakeKeys{keys: []identity.SigningKey{mustKey(t, now, now)}}, clock.NewAdjustable(clock.At(now))
	s := open(t, rows, issuer, ticking)
	token := mustSign(t, s)
	rows.away = true
	ticking.Advance(2 * time.Minute)
	for range 3 {
		if _, err := s.Verify(t.Context(), token); err != nil {
			t.Fatal(err)
		}
	}
	if n := rows.counted(); n != 2 {
		t.Errorf("%d reads", n)
	}
	if _, err := open(t, rows, issuer, ticking).Verify(t.Context(), token); err == nil || errors.Is(err, identity.ErrInvalidToken) {
		t.Errorf("a replica that has read nothing yet calls the token invalid: %v", err)
	}
}

func TestTokens_ARetiredKeyVerifiesUntilItsEnd(t *testing.T) {
	t.Parallel()
	key := mustKey(t, now, now)
	key.VerifiesUntil = now.Add(time.Minute)
	ticking := clock.NewAdjustable(clock.At(now))
	s := open(t, &fakeKeys{keys: []identity.SigningKey{key}}, issuer, ticking)
	token := mustSign(t, s)
	ticking.Advance(time.Minute - time.Microsecond)
	if _, err := s.Verify(t.Context(), token); err != nil {
		t.Error(err)
	}
	ticking.Advance(time.Microsecond)
	refuse(t, s, "at the end of its key", token)
}

func TestTokens_BadSettingsAreRefused(t *testing.T) {
	t.Parallel()
	box := mustBox(t, secret)
	if _, err := tokens.New(nil, box, issuer, clock.System{}, uuidv7.Generator{}); err == nil {
		t.Error("no keys were accepted")
	}
	if _, err := tokens.New(&fakeKeys{}, nil, issuer, clock.System{}, uuidv7.Generator{}); err == nil {
		t.Error("no sealer was accepted")
	}
	if _, err := tokens.New(&fakeKeys{}, box, "", clock.System{}, uuidv7.Generator{}); err == nil {
		t.Error("an empty issuer was accepted")
	}
}

func mustSet(t *testing.T, s *tokens.Signer) []byte {
	t.Helper()
	set, err := s.KeySet(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func FuzzVerify(f *testing.F) {
	s := mustNew(f, now, issuer, mustKey(f, now, now))
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
