package oauth_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"github.com/neoforge-dev/neoforge/modules/identity"
)

// certificate is one for the key whose serial number is negative, which Go refuses.
func certificate(t *testing.T, key *ecdsa.PrivateKey) string {
	t.Helper()
	serial := big.NewInt(0x123456)
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{SerialNumber: serial, Subject: pkix.Name{CommonName: "acme"}},
		&x509.Certificate{SerialNumber: serial, Subject: pkix.Name{CommonName: "acme"}}, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	negative := bytes.Replace(der, []byte{2, 3, 0x12, 0x34, 0x56}, []byte{2, 3, 0x92, 0x34, 0x56}, 1)
	if _, err := x509.ParseCertificate(negative); err == nil {
		t.Fatal("the certificate is sound")
	}
	return base64.StdEncoding.EncodeToString(negative)
}

func TestKeySet_UsesTheKeysThatCanBeUsed(t *testing.T) {
	t.Parallel()
	sound := func(h *hostile) map[string]any {
		raw, err := json.Marshal(jose.JSONWebKey{Key: &h.key.PublicKey, KeyID: keyID, Algorithm: "ES256", Use: "sig"})
		if err != nil {
			t.Fatal(err)
		}
		var key map[string]any
		if err := json.Unmarshal(raw, &key); err != nil {
			t.Fatal(err)
		}
		return key
	}
	changed := func(key map[string]any, bend func(map[string]any)) map[string]any {
		bend(key)
		return key
	}
	for name, keys := range map[string]func(h *hostile) []any{
		"a certificate of a negative serial number": func(h *hostile) []any {
			return []any{changed(sound(h), all(set("kid", "old"), set("x5c", []string{certificate(t, h.key)}))), sound(h)}
		},
		"the very key has it": func(h *hostile) []any {
			return []any{changed(sound(h), set("x5c", []string{certificate(t, h.key)}))}
		},
		"thumbprints that do not fit": func(h *hostile) []any {
			return []any{changed(sound(h), all(set("x5t", "AAAA"), set("x5t#S256", "!"), set("x5u", "::")))}
		},
		"an unknown curve": func(h *hostile) []any {
			return []any{map[string]any{"kty": "EC", "kid": "k1", "crv": "secp256k1", "x": "AA", "y": "AA"}, sound(h)}
		},
		"a curve without a point on it": func(h *hostile) []any {
			return []any{changed(sound(h), all(set("kid", "k1"), set("x", "AA"))), sound(h)}
		},
		"an unknown type": func(h *hostile) []any { return []any{map[string]any{"kty": "AKP", "kid": "pq", "pub": "AA"}, sound(h)} },
		"an unknown algorithm": func(h *hostile) []any {
			return []any{changed(sound(h), all(set("kid", "k1"), set("alg", "ES256K"))), sound(h)}
		},
		"an algorithm that is no string": func(h *hostile) []any {
			return []any{changed(sound(h), all(set("kid", "k1"), set("alg", 7))), sound(h)}
		},
		"no algorithm":  func(h *hostile) []any { return []any{changed(sound(h), without("alg", "use"))} },
		"no name":       func(h *hostile) []any { return []any{changed(sound(h), without("kid")), sound(h)} },
		"no key at all": func(h *hostile) []any { return []any{7, nil, "key", []any{}, map[string]any{}, sound(h)} },
		"a shared secret": func(h *hostile) []any {
			return []any{map[string]any{"kty": "oct", "kid": keyID, "k": "AAAA"}, sound(h)}
		},
		"an RSA key of zero": func(h *hostile) []any {
			return []any{map[string]any{"kty": "RSA", "kid": keyID, "n": "", "e": ""}, sound(h)}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := openHostile(t)
			h.keys = func(w http.ResponseWriter, _ *http.Request) { write(w, map[string]any{"keys": keys(h)}) }
			if _, err := h.signIn(t, nil); err != nil {
				t.Fatal(err)
			}
		})
	}
	t.Run("none of use", func(t *testing.T) {
		t.Parallel()
		h := openHostile(t)
		h.keys = func(w http.ResponseWriter, _ *http.Request) {
			write(w, map[string]any{"keys": []any{map[string]any{"kty": "EC", "kid": keyID, "crv": "secp256k1", "x": "AA", "y": "AA"}}})
		}
		_, err := h.signIn(t, nil)
		if f := failureOf(t, err); f.Step != identity.StepIDToken || !strings.Contains(err.Error(), "unsupported key type, format, curve") || !strings.Contains(err.Error(), keyID) {
			t.Errorf("have %v", err)
		}
	})
	t.Run("a new key is found", func(t *testing.T) {
		t.Parallel()
		h := openHostile(t)
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		var rotated atomic.Bool
		h.keys = func(w http.ResponseWriter, _ *http.Request) {
			public := &h.key.PublicKey
			if rotated.Load() {
				public = &key.PublicKey
			}
			write(w, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: public, KeyID: keyID}}})
		}
		h.sign = func(payload []byte) string {
			if rotated.Load() {
				return signed(key, keyID, payload)
			}
			return signed(h.key, keyID, payload)
		}
		p := h.provider(t)
		if _, err := h.signInAt(t, p, flow, nil); err != nil {
			t.Fatal(err)
		}
		rotated.Store(true)
		if _, err := h.signInAt(t, p, flow, nil); err != nil {
			t.Errorf("after a rotation: %v", err)
		}
	})
}
