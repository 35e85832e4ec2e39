package oauth_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/neoforge-dev/neoforge/adapters/oauth"
	"github.com/neoforge-dev/neoforge/modules/identity"
)

// openGitHub serves a GitHub Enterprise server with one account.
func openGitHub(t *testing.T, profile, emails string) (identity.OAuthProvider, *url.Values) {
	t.Helper()
	sent := new(url.Values)
	mux := http.NewServeMux()
	mux.HandleFunc("POST /login/oauth/access_token", func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		*sent = r.PostForm
		if r.PostForm.Get("code") != "code-1" {
			write(w, map[string]string{"error": "bad_verification_code"}) // with status 200, as GitHub does
			return
		}
		write(w, map[string]string{"access_token": "access-1", "token_type": "bearer"})
	})
	serve := func(body string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Authorization") != "Bearer access-1" {
				w.WriteHeader(http.StatusUnauthorized)
				return
			}
			write(w, json.RawMessage(body))
		}
	}
	mux.HandleFunc("GET /api/v3/user", serve(profile))
	mux.HandleFunc("GET /api/v3/user/emails", serve(emails))
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	providers, err := oauth.New([]oauth.ProviderConfig{{
		Name: "github", Label: "GitHub", Kind: "github", Issuer: server.URL, ClientID: clientID, ClientSecret: "the-secret",
	}}, siteURL, server.Client(), nil)

	if err != nil {
		t.Fatal(err)
	}
	return providers[0], sent
}

func TestGitHub_SignsInByThePrimaryVerifiedEmail(t *testing.T) {
	t.Parallel()
	const profile = `{"id":42,"login":"cleo","name":"Cleo","email":"public@example.com"}`
	for name, c := range map[string]struct {
		emails string
		want   string
	}{
		"verified":   {`[{"email":"old@example.com","verified":true},{"email":"cleo@example.com","primary":true,"verified":true}]`, "cleo@example.com"},
		"unverified": {`[{"email":"cleo@example.com","primary":true,"verified":false}]`, ""},
		"none":       {`[]`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, sent := openGitHub(t, profile, c.emails)
			start, err := p.Begin(t.Context(), flow)
			if err != nil {
				t.Fatal(err)
			}
			u, err := url.Parse(start.URL)
			if err != nil {
				t.Fatal(err)
			}
			if q := u.Query(); q.Get("code_challenge") != challengeOf(flow.Verifier) || q.Get("code_challenge_method") != "S256" || q.Get("state") != flow.State {
				t.Fatalf("asked with %v", q)
			}
			claim, err := p.Complete(t.Context(), identity.AuthorizationResponse{
				Verifier: flow.Verifier, Session: start.Session, Params: url.Values{"code": {"code-1"}, "state": {flow.State}},
			})
			want := identity.Claim{Provider: "github", Subject: "42", Email: c.want, EmailVerified: c.want != "", Name: "Cleo"}
			if err != nil || claim != want {
				t.Fatalf("have %+v, %v, want %+v", claim, err, want)
			}
			if sent.Get("code_verifier") != flow.Verifier {
				t.Fatalf("the exchange sent %v", *sent)
			}
		})
	}
}

func TestGitHub_RefusesWhatItCannotAccept(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		profile, code string
	}{
		"refused code": {`{"id":42}`, "another"},
		"no id":        {`{"login":"cleo"}`, "code-1"},
		"odd profile":  {`[]`, "code-1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, _ := openGitHub(t, c.profile, `[]`)
			_, err := p.Complete(t.Context(), identity.AuthorizationResponse{
				Verifier: flow.Verifier, Session: "{}", Params: url.Values{"code": {c.code}},
			})
			if !errors.Is(err, identity.ErrProviderInvalid) {
				t.Fatalf("have %v", err)
			}
		})
	}
}

func TestNew_ReportsEveryFault(t *testing.T) {
	t.Parallel()
	good := oauth.ProviderConfig{Name: "acme", Label: "Acme", Kind: "oidc", Issuer: "https://id.example.com", ClientID: "a", ClientSecret: "b"}
	bent := func(change func(*oauth.ProviderConfig)) oauth.ProviderConfig {
		c := good
		change(&c)
		return c
	}
	_, err := oauth.New([]oauth.ProviderConfig{
		good, good,
		bent(func(c *oauth.ProviderConfig) { c.Name = "A/B" }),
		bent(func(c *oauth.ProviderConfig) { c.Name, c.Kind = "kind", "telepathy" }),
		bent(func(c *oauth.ProviderConfig) { c.Name, c.ClientSecret = "secret", "" }),
		bent(func(c *oauth.ProviderConfig) { c.Name, c.Issuer = "plain", "http://id.example.com" }),
		bent(func(c *oauth.ProviderConfig) { c.Name, c.Issuer = "empty", "" }),
	}, "https://site.example", nil, nil)

	if err == nil {
		t.Fatal("all were taken")
	}
	for _, want := range []string{`two providers are named "acme"`, `"A/B"`, `"telepathy"`, "provider secret", "provider plain", "provider empty"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not reported in: %v", want, err)
		}
	}
	if _, err := oauth.New(nil, "site.example", nil, nil); err == nil {
		t.Error("a base URL without a scheme was taken")
	}
}
