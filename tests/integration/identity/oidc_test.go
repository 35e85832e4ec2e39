package identity_test

import (
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/tests/harness/program"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

// TestSignInWithProvider_OverHTTP are what happens on the way through a provider, on both
// databases.
func TestSignInWithProvider_OverHTTP(t *testing.T) {
	t.Parallel()
	stories := map[string]func(t *testing.T, b *besieged){
		"who is known gets in though userinfo fails": userinfoFails,
		"claims that are no strings keep nobody out": oddClaims,
		"two tabs at a provider both get in":         twoTabs,
		"coming again leads on":                      comingAgain,
		"nothing is lost to what is not escaped":     notEscaped,
	}
	for name, open := range fixture.Databases {
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

func twoTabs(t *testing.T, b *besieged) {
	v := b.browser()
	first := v.begin(t, "cleo")
	second := v.begin(t, "cleo-again")
	b.provider.bends(func(c map[string]any) { c["sub"], c["email"] = "subject-of-cleo", "cleo@neoforge.test" })
	for name, q := range map[string]url.Values{"first": first, "second": second} {
		if a := v.back(q); a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != "/posts" {
			t.Errorf("the %s tab: %d to %q", name, a.StatusCode, a.Header.Get("Location"))
		}
		if page := v.get("/account"); page.StatusCode != http.StatusOK {
			t.Errorf("the %s tab, the account: %d", name, page.StatusCode)
		}
	}
	if n := len(b.Ledger.Published("identity.user_registered.v1")); n != 1 {
		t.Errorf("%d accounts", n)
	}
	// Two tabs that connect, and one that is called off, do not get into each other's way.
	b.provider.bends(nil)
	one, two, off := v.beginLink(t, "one"), v.beginLink(t, "two"), v.beginLink(t, "off")
	off.Del("code")
	off.Set("error", "access_denied")
	v.back(off)
	for _, q := range []url.Values{two, one} {
		if a := v.back(q); a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != "/account/connections" {
			t.Errorf("connecting: %d to %q", a.StatusCode, a.Header.Get("Location"))
		}
	}
	if n := len(v.identities(t)); n != 3 {
		t.Errorf("%d connected", n)
	}
}

func comingAgain(t *testing.T, b *besieged) {
	v := b.browser()
	in := v.begin(t, "cleo")
	v.back(in)
	link := v.beginLink(t, "second")
	v.back(link)
	for name, c := range map[string]struct {
		q  url.Values
		to string
	}{"the last one": {link, "/account/connections"}, "one before": {in, "/"}} {
		session := v.jar["session"]
		if a := v.back(c.q); a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != c.to || v.jar["session"] != session {
			t.Errorf("%s: %d to %q", name, a.StatusCode, a.Header.Get("Location"))
		}
	}
	b.Clock.Advance(11 * time.Minute)
	a := v.post("/confirm/acme")
	to, _ := strings.CutPrefix(a.Header.Get("Refresh"), "0; url=")
	q := b.provider.approve(t, to, "cleo")
	b.provider.bends(func(c map[string]any) { c["auth_time"] = time.Now().Unix() })
	session := v.jar["session"]
	if a := v.back(q); a.StatusCode != http.StatusSeeOther || v.jar["session"] == session {
		t.Errorf("confirming: %d, with a new session %t", a.StatusCode, v.jar["session"] != session)
	}
	session = v.jar["session"]
	if a := v.back(q); a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != "/" || v.jar["session"] != session {
		t.Errorf("confirmed, and again: %d to %q", a.StatusCode, a.Header.Get("Location"))
	}
	if a := v.get("/auth/elsewhere/callback?state=a&code=b"); a.StatusCode != http.StatusNotFound {
		t.Errorf("an unknown provider: %d", a.StatusCode)
	}
}

func notEscaped(t *testing.T, b *besieged) {
	b.provider.bends(func(c map[string]any) { c["email"] = "cleo@neoforge.test" })
	for code, after := range map[string]string{"cleo": "&session_state=a;b&scope=100%", "be;n": "&iss_hint=%zz;", "da%ve": ""} {
		v := b.browser()
		q := v.begin(t, code)
		if a := v.get("/auth/acme/callback?session=;%&state=" + q.Get("state") + "&code=" + code + after); a.StatusCode != http.StatusSeeOther || v.jar["session"] == "" {
			t.Errorf("%s%s: %d", code, after, a.StatusCode)
		}
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
