package oauth_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

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
