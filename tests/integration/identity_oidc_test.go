package integration_test

import (
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/neoforge-dev/neoforge/tests/harness/program"
)

// TestProviderStories are what happens on the way through a provider, on both
// databases.
func TestProviderStories(t *testing.T) {
	t.Parallel()
	stories := map[string]func(t *testing.T, b *besieged){
		"who is known gets in though userinfo fails": userinfoFails,
		"claims that are no strings keep nobody out": oddClaims,
	}
	for name, open := range identityDatabases {
		for title, story := range stories {
			t.Run(name+"/"+title, func(t *testing.T) {
				t.Parallel()
				story(t, openBesieged(t, open(t)))
			})
		}
	}
}

func userinfoFails(t *testing.T, b *besieged) {
	b.provider.informs(func(w http.ResponseWriter, _ *http.Request) {
		writeAnswer(w, map[string]any{"sub": "subject-of-cleo", "email": "cleo@neoforge.test", "email_verified": true})
	})
	b.provider.bends(func(c map[string]any) { delete(c, "email"); delete(c, "email_verified") })
	b.browser().enter(t, "cleo")
	for status, want := range map[int]int{http.StatusInternalServerError: http.StatusServiceUnavailable, http.StatusForbidden: http.StatusUnauthorized} {
		b.provider.informs(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) })
		known := b.browser()
		known.enter(t, "cleo")
		if page := known.get("/account"); page.StatusCode != http.StatusOK {
			t.Errorf("%d, her account: %d", status, page.StatusCode)
		}
		stranger := b.browser()
		if a := stranger.back(stranger.begin(t, "ben")); a.StatusCode != want || stranger.jar["session"] != "" {
			t.Errorf("%d, a stranger: %d, want %d", status, a.StatusCode, want)
		}
	}
	b.provider.informs(func(w http.ResponseWriter, _ *http.Request) {
		writeAnswer(w, map[string]any{"sub": "subject-of-cleo", "email": "ben@neoforge.test", "email_verified": true})
	})
	stranger := b.browser()
	if a := stranger.back(stranger.begin(t, "ben")); a.StatusCode != http.StatusUnauthorized || stranger.jar["session"] != "" {
		t.Errorf("userinfo about somebody else: %d", a.StatusCode)
	}
}

func oddClaims(t *testing.T, b *besieged) {
	b.browser().enter(t, "cleo")
	b.provider.bends(func(c map[string]any) {
		c["email"], c["name"], c["preferred_username"], c["email_verified"] = []string{"cleo@neoforge.test"}, 7, nil, map[string]any{}
	})
	b.browser().enter(t, "cleo")
}

func TestProviderFailure_IsInTheLog(t *testing.T) {
	t.Parallel()
	provider := openRogue(t)
	p := program.Start(t, program.Options{Environ: []string{
		"OAUTH_OIDC_ACME_ISSUER=" + provider.server.URL + "/", "OAUTH_OIDC_ACME_CLIENT_ID=the-client", "OAUTH_OIDC_ACME_CLIENT_SECRET=the-secret",
	}})
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	get := func(path string) *http.Response {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		a, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = a.Body.Close()
		return a
	}
	callback := func(code string) url.Values {
		return provider.approve(t, get("/auth/acme").Header.Get("Location"), code)
	}
	states := []string{}
	for reason, bend := range map[string]func(c map[string]any, q url.Values){
		"another nonce": func(c map[string]any, _ url.Values) { c["nonce"] = "another" },
		"expired":       func(c map[string]any, _ url.Values) { c["exp"] = 1 },
		"No consent.": func(_ map[string]any, q url.Values) {
			q.Set("error", "access_denied")
			q.Set("error_description", "No consent.")
		},
		"invalid_grant": func(_ map[string]any, q url.Values) { q.Set("code", "a-code-of-nobody") },
		"identity.email_unverified": func(c map[string]any, _ url.Values) {
			c["email_verified"] = false
		},
		"identity.sign_in_expired": func(_ map[string]any, q url.Values) { q.Set("state", "a-state-of-nobody") },
	} {
		q := callback("the-code-of-cleo")
		states = append(states, q.Get("state"))
		bend(map[string]any{}, q)
		provider.bends(func(c map[string]any) { bend(c, url.Values{}) })
		if a := get("/auth/acme/callback?" + q.Encode()); a.StatusCode < 400 {
			t.Errorf("%s: %d", reason, a.StatusCode)
		}
		if line := logged(t, p, reason); !strings.Contains(line, "acme") || !strings.Contains(strings.ToLower(line), "warn") || !strings.Contains(line, "step") {
			t.Errorf("%s: logged %q", reason, line)
		}
	}
	whole := logOf(t, p)
	for _, secret := range append(states, "the-secret", "the-code-of-cleo", "a-code-of-nobody", "a-state-of-nobody") {
		if strings.Contains(whole, secret) {
			t.Errorf("the log tells %q", secret)
		}
	}
}

func logOf(t *testing.T, p *program.Program) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "log")
	if err := p.KeepLog(file); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// logged is the first line about a sign-in provider that has a text in it.
func logged(t *testing.T, p *program.Program, text string) string {
	t.Helper()
	for line := range strings.Lines(logOf(t, p)) {
		if strings.Contains(line, text) && strings.Contains(line, "sign-in provider") {
			return line
		}
	}
	return ""
}
