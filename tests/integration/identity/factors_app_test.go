package identity_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"net/url"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/account"
	"github.com/neoforge-dev/neoforge/modules/identity/signin"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/ports/ratelimit"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

// softKey is an authenticator made of software: one discoverable credential.
type softKey struct {
	key    *ecdsa.PrivateKey
	id     []byte
	handle []byte // of its person
	count  uint32
	origin string
	flags  byte
}

const (
	present  = 0x01
	verifies = 0x04
	attested = 0x40
)

func newSoftKey(t *testing.T) *softKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	id := make([]byte, 32)
	_, _ = rand.Read(id)
	return &softKey{key: key, id: id, origin: "http://localhost:8080", flags: present | verifies}
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// clientData is what the browser adds.
func (k *softKey) clientData(t *testing.T, kind, challenge string) []byte {
	t.Helper()
	return mustJSON(t, map[string]any{"type": kind, "challenge": challenge, "origin": k.origin, "crossOrigin": false})
}

func mustJSON(t *testing.T, v any) []byte {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// authData is the authenticator's part (Web Authentication Level 3, 6.1).
func (k *softKey) authData(flags byte) []byte {
	party := sha256.Sum256([]byte("localhost"))
	k.count++
	return binary.BigEndian.AppendUint32(append(party[:], flags), k.count)
}

// creates answers a registration; the attestation is none, in CBOR written by hand.
func (k *softKey) creates(t *testing.T, c identity.PasskeyChallenge) []byte {
	t.Helper()
	var options struct {
		Challenge string `json:"challenge"`
		User      struct {
			ID string `json:"id"`
		} `json:"user"`
	}
	if err := json.Unmarshal(c.Options, &options); err != nil {
		t.Fatal(err)
	}
	handle, err := base64.RawURLEncoding.DecodeString(options.User.ID)
	if err != nil {
		t.Fatal(err)
	}
	k.handle = handle
	point, err := k.key.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	data := append(k.authData(k.flags|attested), make([]byte, 16)...) // no maker
	data = binary.BigEndian.AppendUint16(data, uint16(len(k.id)))
	data = append(data, k.id...)
	// COSE: {1: 2, 3: -7, -1: 1, -2: x, -3: y}
	data = append(data, 0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20)
	data = append(data, point[1:33]...)
	data = append(data, 0x22, 0x58, 0x20)
	data = append(data, point[33:65]...)

	object := append([]byte{0xa3}, text("fmt")...)
	object = append(object, text("none")...)
	object = append(object, text("attStmt")...)
	object = append(object, 0xa0)
	object = append(object, text("authData")...)
	object = append(object, 0x58, byte(len(data)))
	object = append(object, data...)
	return mustJSON(t, map[string]any{
		"id": b64(k.id), "rawId": b64(k.id), "type": "public-key", "clientExtensionResults": map[string]any{},
		"response": map[string]any{
			"clientDataJSON": b64(k.clientData(t, "webauthn.create", options.Challenge)), "attestationObject": b64(object), "transports": []string{"internal"},
		},
	})
}

func text(s string) []byte { return append([]byte{0x60 | byte(len(s))}, s...) }

// proves answers an assertion.
func (k *softKey) proves(t *testing.T, options []byte) []byte {
	t.Helper()
	var asked struct {
		Challenge string `json:"challenge"`
	}
	if err := json.Unmarshal(options, &asked); err != nil {
		t.Fatal(err)
	}
	data, client := k.authData(k.flags), k.clientData(t, "webauthn.get", asked.Challenge)
	hash := sha256.Sum256(client)
	signed := sha256.Sum256(append(append([]byte(nil), data...), hash[:]...))
	signature, err := ecdsa.SignASN1(rand.Reader, k.key, signed[:])
	if err != nil {
		t.Fatal(err)
	}
	return mustJSON(t, map[string]any{
		"id": b64(k.id), "rawId": b64(k.id), "type": "public-key", "clientExtensionResults": map[string]any{},
		"response": map[string]any{
			"clientDataJSON": b64(client), "authenticatorData": b64(data), "signature": b64(signature), "userHandle": b64(k.handle),
		},
	})
}

// signedIn makes an account and signs it in.
func (h *testApp) signedIn(t *testing.T, email string) (identity.Actor, signin.SignedIn) {
	t.Helper()
	h.create(t, email, identityport.RoleMember, true)
	in := h.withPassword(t, email)
	return h.holder(t, in.Secret), in
}

// withPassword is the first factor.
func (h *testApp) withPassword(t *testing.T, email string) signin.SignedIn {
	t.Helper()
	in, err := h.app.SignInWithPassword(t.Context(), signin.SignInWithPassword{Email: email, Password: fixture.Password, Device: fixture.Laptop})
	if err != nil {
		t.Fatal(err)
	}
	return in
}

func (h *testApp) holder(t *testing.T, secret identity.Secret) identity.Actor {
	t.Helper()
	a, err := h.app.AuthenticateSession(t.Context(), secret)
	if err != nil {
		t.Fatal(err)
	}
	a.Address = fixture.Laptop.Address
	return a
}

// addTOTP sets an authenticator app up and returns its secret and the codes.
func (h *testApp) addTOTP(t *testing.T, a identity.Actor) (string, []identity.RecoveryCode) {
	t.Helper()
	setup, err := h.app.StartTOTP(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	codes, err := h.app.ConfirmTOTP(t.Context(), a, h.code(t, setup.Secret))
	if err != nil {
		t.Fatal(err)
	}
	h.clock.Advance(time.Minute) // the next code is another one
	return setup.Secret, codes
}

// code is what an app with the secret shows now.
func (h *testApp) code(t *testing.T, secret string) string {
	t.Helper()
	code, err := totp.GenerateCode(secret, h.clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// addPasskey makes a passkey of the actor's.
func (h *testApp) addPasskey(t *testing.T, a identity.Actor, name string) (*softKey, account.AddedPasskey) {
	t.Helper()
	k := newSoftKey(t)
	begun, err := h.app.BeginPasskey(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	added, err := h.app.AddPasskey(t.Context(), account.AddPasskey{Actor: a, Challenge: begun.Challenge, Response: k.creates(t, begun), Name: name})
	if err != nil {
		t.Fatal(err)
	}
	return k, added
}

// many runs fn n times at the same moment and counts what succeeded.
func many(ctx context.Context, n int, fn func(ctx context.Context) error) (succeeded int, failed []error) {
	ready, done := make(chan struct{}), make(chan error)
	for range n {
		go func() {
			<-ready
			done <- fn(ctx)
		}()
	}
	close(ready)
	for range n {
		if err := <-done; err != nil {
			failed = append(failed, err)
		} else {
			succeeded++
		}
	}
	return succeeded, failed
}

// generous is a limiter that lets everybody: what is tested beneath it must hold
// without it.
type generous struct{}

func (generous) Allow(context.Context, string, ratelimit.Limit) (ratelimit.Decision, error) {
	return ratelimit.Decision{Allowed: true}, nil
}

func (generous) GiveBack(context.Context, string, ratelimit.Limit) error { return nil }

// withProof is the actor who has just proven who they are.
func withProof(a identity.Actor, now time.Time) identity.Actor {
	a.AuthenticatedAt = now
	return a
}

// paramsOf is what a provider would send the browser back with.
func paramsOf(t *testing.T, redirect string) url.Values {
	t.Helper()
	u, err := url.Parse(redirect)
	if err != nil {
		t.Fatal(err)
	}
	return url.Values{"state": {u.Query().Get("state")}, "code": {"code-1"}}
}
