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
	"errors"
	"maps"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/neoforge-dev/neoforge/adapters/oauth"
	"github.com/neoforge-dev/neoforge/modules/identity"
)

func TestIssuer_IsTheSameWithAndWithoutItsLastSlash(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		set, metadata, token, callback string // what follows the server's address
		want                           error
	}{
		"set with":                  {set: "/"},
		"metadata with":             {metadata: "/", token: "/"},
		"metadata with, token none": {metadata: "/"},
		"token with":                {token: "/"},
		"set and token with":        {set: "/", token: "/"},
		"callback with":             {callback: "/"},
		"all with":                  {"/", "/", "/", "/", nil},
		"another token":             {token: "/realm", want: identity.ErrProviderInvalid},
		"two slashes":               {token: "//", want: identity.ErrProviderInvalid},
		"another callback":          {callback: "/realm", want: identity.ErrProviderInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := openHostile(t)
			h.metadata, h.claims = set("issuer", h.server.URL+c.metadata), set("iss", h.server.URL+c.token)
			p := h.providerOf(t, oauth.ProviderConfig{Kind: "oidc", Issuer: h.server.URL + c.set, ClientSecret: "the-secret"})
			claim, err := h.signInAt(t, p, flow, url.Values{"iss": {h.server.URL + c.callback}})
			if !errors.Is(err, c.want) || c.want == nil && claim.Subject != "subject-1" {
				t.Fatalf("have %+v, %v", claim, err)
			}
		})
	}
	h := openHostile(t)
	h.metadata = set("issuer", "https://elsewhere.example")
	if _, err := h.provider(t).Begin(t.Context(), flow); !errors.Is(err, identity.ErrProviderAway) || !strings.Contains(err.Error(), "https://elsewhere.example") {
		t.Errorf("another issuer's metadata: %v", err)
	}
}

func TestUserinfo_CompletesWhatTheTokenDoesNotSay(t *testing.T) {
	t.Parallel()
	person := map[string]any{"sub": "subject-1", "email": "cleo@example.com", "email_verified": true, "name": "Cleo Example"}
	with := func(change func(map[string]any)) map[string]any {
		p := maps.Clone(person)
		change(p)
		return p
	}
	for name, c := range map[string]struct {
		claims func(map[string]any)
		info   map[string]any
		want   identity.Claim
	}{
		"verified":                     {without("email_verified"), person, identity.Claim{Email: "cleo@example.com", EmailVerified: true, Name: "Cleo"}},
		"verified, null":               {set("email_verified", nil), person, identity.Claim{Email: "cleo@example.com", EmailVerified: true, Name: "Cleo"}},
		"verified, as a word":          {without("email_verified"), with(set("email_verified", "true")), identity.Claim{Email: "cleo@example.com", EmailVerified: true, Name: "Cleo"}},
		"verified, no address":         {without("email_verified"), with(without("email")), identity.Claim{Email: "cleo@example.com", EmailVerified: true, Name: "Cleo"}},
		"verified, in other letters":   {without("email_verified"), with(set("email", "Cleo@Example.com")), identity.Claim{Email: "cleo@example.com", EmailVerified: true, Name: "Cleo"}},
		"verified, of another address": {without("email_verified"), with(set("email", "ben@example.com")), identity.Claim{Email: "cleo@example.com", Name: "Cleo"}},
		"not verified":                 {without("email_verified"), with(set("email_verified", false)), identity.Claim{Email: "cleo@example.com", Name: "Cleo"}},
		"verified, the token says no":  {set("email_verified", false), person, identity.Claim{Email: "cleo@example.com", Name: "Cleo"}},
		"name":                         {without("name"), person, identity.Claim{Email: "cleo@example.com", EmailVerified: true, Name: "Cleo Example"}},
		"name before the user name":    {all(without("name"), set("preferred_username", "cleo7")), person, identity.Claim{Email: "cleo@example.com", EmailVerified: true, Name: "Cleo Example"}},
		"user name":                    {without("name"), with(all(without("name"), set("preferred_username", "cleo7"))), identity.Claim{Email: "cleo@example.com", EmailVerified: true, Name: "cleo7"}},
		"all of it":                    {without("email", "email_verified", "name"), person, identity.Claim{Email: "cleo@example.com", EmailVerified: true, Name: "Cleo Example"}},
		"nothing but a subject":        {without("email", "email_verified", "name"), map[string]any{"sub": "subject-1"}, identity.Claim{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := openHostile(t)
			h.claims = c.claims
			h.userinfo = func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("Authorization") != "Bearer access-1" {
					w.WriteHeader(http.StatusUnauthorized)
					return
				}
				write(w, c.info)
			}
			claim, err := h.signIn(t, nil)
			c.want.Provider, c.want.Subject = "acme", "subject-1"
			if err != nil || claim != c.want {
				t.Fatalf("have %+v, %v\nwant %+v", claim, err, c.want)
			}
		})
	}
	t.Run("signed", func(t *testing.T) {
		t.Parallel()
		h := openHostile(t)
		h.claims = without("email", "email_verified")
		h.userinfo = func(w http.ResponseWriter, _ *http.Request) {
			payload, err := json.Marshal(person)
			if err != nil {
				t.Error(err)
			}
			w.Header().Set("Content-Type", "application/jwt")
			_, _ = w.Write([]byte(signed(h.key, keyID, payload)))
		}
		if claim, err := h.signIn(t, nil); err != nil || !claim.EmailVerified || claim.Incomplete != nil {
			t.Fatalf("have %+v, %v", claim, err)
		}
	})
	t.Run("never for Microsoft's domains", func(t *testing.T) {
		t.Parallel()
		h := openHostile(t)
		h.metadata = set("issuer", h.server.URL+"/{tenantid}/v2.0")
		h.claims = all(without("email", "email_verified"), set("iss", h.server.URL+"/"+aTenant+"/v2.0"), set("tid", aTenant), set("xms_edov", true))
		h.userinfo = func(w http.ResponseWriter, _ *http.Request) { write(w, with(set("xms_edov", true))) }
		p := h.providerOf(t, oauth.ProviderConfig{Kind: "microsoft", Issuer: h.server.URL + "/{tenantid}/v2.0", ClientSecret: "the-secret"})
		claim, err := h.signInAt(t, p, flow, nil)
		if err != nil || claim.Email != "cleo@example.com" || claim.EmailVerified {
			t.Fatalf("have %+v, %v", claim, err)
		}
	})
}

func TestUserinfo_ThatFailsLeavesTheSubjectCertain(t *testing.T) {
	t.Parallel()
	answer := func(status int, media, body string) func(http.ResponseWriter, *http.Request) {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", media)
			w.WriteHeader(status)
			_, _ = w.Write([]byte(body))
		}
	}
	foreign, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		info func(http.ResponseWriter, *http.Request)
		want error
	}{
		"away":             {answer(http.StatusBadGateway, "text/html", "access-1"), identity.ErrProviderAway},
		"refused":          {answer(http.StatusUnauthorized, "application/json", `{"error":"access-1"}`), identity.ErrProviderInvalid},
		"missing":          {answer(http.StatusNotFound, "text/html", "access-1"), identity.ErrProviderInvalid},
		"moved":            {answer(http.StatusFound, "text/html", ""), identity.ErrProviderInvalid},
		"no JSON":          {answer(http.StatusOK, "text/html", "<html>"), identity.ErrProviderInvalid},
		"null":             {answer(http.StatusOK, "application/json", "null"), identity.ErrProviderInvalid},
		"no subject":       {answer(http.StatusOK, "application/json", `{"email":"mallory@example.com","email_verified":true}`), identity.ErrProviderInvalid},
		"odd subject":      {answer(http.StatusOK, "application/json", `{"sub":1,"email":"mallory@example.com"}`), identity.ErrProviderInvalid},
		"a foreign JWT":    {answer(http.StatusOK, "application/jwt", signed(foreign, keyID, []byte(`{"sub":"subject-1","email":"mallory@example.com"}`))), identity.ErrProviderInvalid},
		"an unsigned JWT":  {answer(http.StatusOK, "application/jwt", unsigned([]byte(`{"sub":"subject-1","email":"mallory@example.com"}`))), identity.ErrProviderInvalid},
		"an endless story": {answer(http.StatusOK, "application/json", `{"sub":"`+strings.Repeat("x", 2<<20)), identity.ErrProviderInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := openHostile(t)
			h.claims = without("email", "email_verified")
			h.userinfo = c.info
			claim, err := h.signIn(t, nil)
			if err != nil || claim.Subject != "subject-1" || claim.Email != "" || claim.EmailVerified {
				t.Fatalf("have %+v, %v", claim, err)
			}
			if f := failureOf(t, claim.Incomplete); !errors.Is(f, c.want) || f.Step != identity.StepUserinfo {
				t.Errorf("incomplete for %v", claim.Incomplete)
			}
		})
	}
}

func TestIDToken_IsNotFromTheFuture(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		bend func(map[string]any)
		want error
	}{
		"half a minute": {set("iat", time.Now().Add(30*time.Second).Unix()), nil},
		"two minutes":   {set("iat", time.Now().Add(2*time.Minute).Unix()), identity.ErrProviderInvalid},
		"next year":     {all(set("iat", time.Now().AddDate(1, 0, 0).Unix()), set("exp", time.Now().AddDate(2, 0, 0).Unix())), identity.ErrProviderInvalid},
		"a fraction":    {set("iat", float64(time.Now().Unix())+0.5), nil},
		"a while ago":   {set("iat", time.Now().Add(-time.Hour).Unix()), nil},
		"a word":        {set("iat", "lately"), identity.ErrProviderInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := openHostile(t)
			h.claims = c.bend
			if _, err := h.signIn(t, nil); !errors.Is(err, c.want) {
				t.Fatalf("have %v", err)
			}
		})
	}
}

func TestIDToken_ToleratesClaimsThatAreNoStrings(t *testing.T) {
	t.Parallel()
	odd := []any{nil, 7, true, []string{"a", "b"}, map[string]any{"first": "Cleo"}}
	for _, claim := range []string{"email", "name", "preferred_username", "email_verified", "xms_edov", "azp", "auth_time", "tid", "picture", "locale", "groups"} {
		for _, value := range odd {
			h := openHostile(t)
			h.claims = set(claim, value)
			c, err := h.signIn(t, nil)
			if err != nil || c.Subject != "subject-1" || claim == "email" && (c.Email != "" || c.EmailVerified) || claim == "email_verified" && c.EmailVerified != (value == true) {
				t.Errorf("%s %v: have %+v, %v", claim, value, c, err)
			}
		}
	}
	h := openHostile(t)
	h.claims = all(without("email", "email_verified"), set("Email", "mallory@example.com"), set("EMAIL_VERIFIED", true))
	if c, err := h.signIn(t, nil); err != nil || c.Email != "" {
		t.Errorf("claims of other names: have %+v, %v", c, err)
	}
	h = openHostile(t)
	h.metadata = all(set("token_endpoint_auth_methods_supported", "client_secret_post"), set("id_token_signing_alg_values_supported", []any{7, "ES256", nil}),
		set("userinfo_endpoint", nil), set("authorization_response_iss_parameter_supported", "false"), set("claims_supported", 7))
	if _, err := h.signIn(t, nil); err != nil {
		t.Errorf("metadata: %v", err)
	}
}

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
		if f := failureOf(t, err); f.Step != identity.StepIDToken || !strings.Contains(err.Error(), "unsupported elliptic curve") || !strings.Contains(err.Error(), keyID) {
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

func TestDiscovery_FollowsARedirectOnItsOrigin(t *testing.T) {
	t.Parallel()
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { write(w, map[string]any{}) }))
	t.Cleanup(elsewhere.Close)
	const path = "/.well-known/openid-configuration"
	for name, c := range map[string]struct {
		to   func(r *http.Request) string // empty: answers
		want string                       // in the error; empty: none
	}{
		"once": {func(r *http.Request) string {
			if r.URL.Query().Has("moved") {
				return ""
			}
			return path + "?moved=yes"
		}, ""},
		"the whole address": {func(r *http.Request) string {
			if r.URL.Query().Has("moved") {
				return ""
			}
			return "http://" + r.Host + path + "?moved=yes"
		}, ""},
		"for ever":       {func(*http.Request) string { return path }, "answered 302"},
		"another origin": {func(*http.Request) string { return elsewhere.URL + path + "?token=the-secret" }, elsewhere.URL + path},
		"another scheme": {func(r *http.Request) string { return "https://" + r.Host + path }, "another origin"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := openHostile(t)
			h.discover = func(w http.ResponseWriter, r *http.Request) bool {
				to := c.to(r)
				if to != "" {
					w.Header().Set("Location", to)
					w.WriteHeader(http.StatusFound)
				}
				return to != ""
			}
			_, err := h.provider(t).Begin(t.Context(), flow)
			if c.want == "" {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			if f := failureOf(t, err); f.Step != identity.StepDiscovery || !errors.Is(err, identity.ErrProviderAway) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("have %v", err)
			}
		})
	}
	t.Run("the keys", func(t *testing.T) {
		t.Parallel()
		h := openHostile(t)
		h.metadata = set("jwks_uri", h.server.URL+"/old-keys")
		if _, err := h.signIn(t, nil); err != nil {
			t.Fatal(err)
		}
	})
}
