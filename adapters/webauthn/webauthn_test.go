package webauthn_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/neoforge-dev/neoforge/adapters/webauthn"
	"github.com/neoforge-dev/neoforge/modules/identity"
)

func mustNew(t *testing.T, origin string) *webauthn.Ceremonies {
	t.Helper()
	c, err := webauthn.New("Forge", origin)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

var cleo = identity.User{ID: "01a20468-855c-7bf0-87b6-52811b6c4664", Email: "cleo@neoforge.test", Name: "Cleo"}

func nobody([]byte) ([]identity.Passkey, error) { return nil, identity.ErrPasskeyNotFound }

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// malformed is what a browser never sends.
func malformed(t *testing.T, kind, challenge string) map[string]string {
	t.Helper()
	client := b64([]byte(`{"type":"` + kind + `","challenge":"` + challenge + `","origin":"https://forge.test","crossOrigin":false}`))
	credential := func(response map[string]string) string {
		out, err := json.Marshal(map[string]any{"id": b64([]byte("key")), "rawId": b64([]byte("key")), "type": "public-key", "response": response})
		if err != nil {
			t.Fatal(err)
		}
		return string(out)
	}
	data := b64(append(make([]byte, 32), 0x05, 0, 0, 0, 1))
	return map[string]string{
		"nothing": "", "no JSON": "{", "null": "null", "a list": "[]", "a text": `"x"`, "an empty object": "{}", "binary": "\x00\xff\xfe",
		"too long":            `{"id":"` + strings.Repeat("A", 40<<10) + `"}`,
		"nested deeply":       strings.Repeat("[", 20000),
		"no response":         `{"id":"a2V5","rawId":"a2V5","type":"public-key"}`,
		"another type":        `{"id":"a2V5","rawId":"a2V5","type":"password","response":{}}`,
		"empty parts":         credential(map[string]string{"clientDataJSON": "", "attestationObject": "", "authenticatorData": "", "signature": "", "userHandle": ""}),
		"no base64":           credential(map[string]string{"clientDataJSON": "!!", "attestationObject": "!!", "authenticatorData": "!!", "signature": "!!"}),
		"no CBOR":             credential(map[string]string{"clientDataJSON": client, "attestationObject": b64([]byte{0xff, 0x00}), "authenticatorData": b64([]byte{1}), "signature": b64([]byte{1})}),
		"CBOR without an end": credential(map[string]string{"clientDataJSON": client, "attestationObject": b64([]byte{0xbb, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}), "authenticatorData": data, "signature": b64([]byte{1})}),
		"data too short":      credential(map[string]string{"clientDataJSON": client, "authenticatorData": b64(make([]byte, 36)), "signature": b64([]byte{1}), "userHandle": b64([]byte(cleo.ID))}),
		"nobody's key":        credential(map[string]string{"clientDataJSON": client, "authenticatorData": data, "signature": b64([]byte{1}), "userHandle": b64([]byte(cleo.ID))}),
	}
}

func challengeOf(t *testing.T, options []byte) string {
	t.Helper()
	var o struct{ Challenge string }
	if err := json.Unmarshal(options, &o); err != nil || len(o.Challenge) < 40 {
		t.Fatalf("options %s: %v", options, err)
	}
	return o.Challenge
}

func TestCeremonies_AMalformedRegistrationIsRefused(t *testing.T) {
	t.Parallel()
	c := mustNew(t, "https://forge.test")
	begun, err := c.BeginRegistration(cleo, nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, response := range malformed(t, "webauthn.create", challengeOf(t, begun.Options)) {
		if p, err := c.FinishRegistration(cleo, begun.Session, []byte(response)); !errors.Is(err, identity.ErrPasskeyRefused) || len(p.CredentialID) != 0 {
			t.Errorf("%s: %+v, %v", name, p, err)
		}
	}
}

func TestCeremonies_AMalformedAssertionIsInvalid(t *testing.T) {
	t.Parallel()
	c := mustNew(t, "https://forge.test")
	begun, err := c.BeginAssertion("", nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, response := range malformed(t, "webauthn.get", challengeOf(t, begun.Options)) {
		_, err := c.FinishAssertion(begun.Session, []byte(response), nobody)
		if !errors.Is(err, identity.ErrPasskeyInvalid) && !errors.Is(err, identity.ErrPasskeyNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What the server kept itself is no fault of the browser's.
func TestCeremonies_ABrokenSessionIsNoAnswerOfTheBrowser(t *testing.T) {
	t.Parallel()
	c := mustNew(t, "https://forge.test")
	for _, session := range []string{"", "{", "[]"} {
		if _, err := c.FinishRegistration(cleo, []byte(session), []byte("{}")); err == nil || errors.Is(err, identity.ErrPasskeyRefused) {
			t.Errorf("registration with %q: %v", session, err)
		}
		if _, err := c.FinishAssertion([]byte(session), []byte("{}"), nobody); err == nil || errors.Is(err, identity.ErrPasskeyInvalid) {
			t.Errorf("assertion with %q: %v", session, err)
		}
	}
	broken := []identity.Passkey{{ID: "p-1", Record: []byte("{")}}
	if _, err := c.BeginRegistration(cleo, broken); err == nil {
		t.Error("a registration beside a broken record")
	}
	if _, err := c.BeginAssertion(cleo.ID, broken); err == nil {
		t.Error("an assertion of a broken record")
	}
}

func TestCeremonies_PasskeysNeedAName(t *testing.T) {
	t.Parallel()
	for _, origin := range []string{"http://127.0.0.1:8080", "http://[::1]:8080"} {
		c := mustNew(t, origin)
		_, begin := c.BeginRegistration(cleo, nil)
		_, finish := c.FinishRegistration(cleo, nil, nil)
		_, ask := c.BeginAssertion("", nil)
		_, answer := c.FinishAssertion(nil, nil, nobody)
		for what, err := range map[string]error{"begin": begin, "finish": finish, "ask": ask, "answer": answer} {
			if !errors.Is(err, identity.ErrPasskeysOff) {
				t.Errorf("%s at %s: %v", what, origin, err)
			}
		}
	}
	for _, origin := range []string{"", "forge.test", "https://", "://", "https://:8080"} {
		if _, err := webauthn.New("Forge", origin); err == nil {
			t.Errorf("%q is an origin", origin)
		}
	}
}
