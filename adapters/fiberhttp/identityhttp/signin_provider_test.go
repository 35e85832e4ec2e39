package identityhttp_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/fiberhttptest"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/identityhttp"
	"github.com/neoforge-dev/neoforge/modules/identity"
)

// flowCookie is the cookie of the way through a provider that has the state.
func flowCookie(state identity.Secret) string {
	return "sign_in_" + base64.RawURLEncoding.EncodeToString(state.Hash()[:12])
}

func callback(c fiberhttptest.Client, query string, cookies ...string) fiberhttptest.Answer {
	return c.Do(http.MethodGet, "/auth/dev/callback?"+query, "", "Cookie", strings.Join(cookies, "; "))
}

func TestProviderFlow_HasACookieOfItsOwn(t *testing.T) {
	t.Parallel()
	f, c := site(t)
	first, second := flowCookie("first")+"=binding", flowCookie("second")+"=another"
	a := callback(c, "state=first&code=c", first, second)
	if a.StatusCode != http.StatusSeeOther || f.callback.BrowserSecret != "binding" {
		t.Fatalf("%d, with %q", a.StatusCode, f.callback.BrowserSecret.Reveal())
	}
	if k := a.Cookie(flowCookie("first")); k == nil || k.Value != "" {
		t.Errorf("its own is %v", k)
	}
	if k := a.Cookie(flowCookie("second")); k != nil {
		t.Errorf("the other tab's is %v", k)
	}
	callback(c, "state=second&code=c", first, second)
	if f.callback.BrowserSecret != "another" {
		t.Errorf("the other tab came with %q", f.callback.BrowserSecret.Reveal())
	}
}

func TestProviderFlow_IsForItsHostAloneUnderHTTPS(t *testing.T) {
	t.Parallel()
	settings := fiberhttptest.Settings(t)
	settings.BaseURL = "https://site.test"
	s := fiberhttptest.MustNew(t, settings)
	if err := identityhttp.Register(s, depsOf(&recorded{})); err != nil {
		t.Fatal(err)
	}
	c := fiberhttptest.Serve(t, s)
	for _, a := range []fiberhttptest.Answer{
		c.Get("/auth/dev", ""), callback(c, "state=s&back=/posts", "__Host-"+flowCookie("s")+"=binding"),
	} {
		if a.StatusCode != http.StatusSeeOther || len(a.Cookies()) == 0 {
			t.Fatalf("%d %v", a.StatusCode, a.Header)
		}
		for _, k := range a.Cookies() {
			if !strings.HasPrefix(k.Name, "__Host-") || !k.Secure || k.Path != "/" || k.Domain != "" {
				t.Errorf("cookie %v", k)
			}
		}
	}
	if a := callback(c, "state=s", flowCookie("s")+"=binding"); a.StatusCode != 422 {
		t.Errorf("with a cookie that another host may have set: %d", a.StatusCode)
	}
}

func TestProviderFlow_GivesUpTheOldestOfMany(t *testing.T) {
	t.Parallel()
	_, c := freshSite(t)
	var sent, names []string
	for i := range 10 {
		names = append(names, flowCookie(identity.Secret(fmt.Sprint(i))))
		sent = append(sent, names[i]+"=binding")
	}
	ended := func(a fiberhttptest.Answer) (gone []string) {
		for _, k := range a.Cookies() {
			if k.MaxAge < 0 || k.Value == "" {
				gone = append(gone, k.Name)
			}
		}
		return gone
	}
	for what, begin := range map[string]func(cookies string) fiberhttptest.Answer{
		"the page": func(cookies string) fiberhttptest.Answer {
			return c.Do(http.MethodGet, "/auth/dev", "", "Cookie", cookies)
		},
		"linking by the API": func(cookies string) fiberhttptest.Answer {
			return c.Do(http.MethodPost, "/api/v1/me/identities", `{"provider":"dev"}`, "Content-Type", "application/json", "Sec-Fetch-Site", "same-origin", "Cookie", "session=cleo; "+cookies)
		},
	} {
		many, few := begin(strings.Join(append([]string{"theme=dark"}, sent...), "; ")), begin(strings.Join(sent[:7], "; "))
		if gone := ended(many); !slices.Equal(gone, names[:3]) || many.Cookie(flowCookie("s")) == nil {
			t.Errorf("%s: of ten, %v are given up: %d %v", what, gone, many.StatusCode, many.Cookies())
		}
		if gone := ended(few); len(gone) != 0 || few.Cookie(flowCookie("s")) == nil {
			t.Errorf("%s: of seven, %v are given up: %d %v", what, gone, few.StatusCode, few.Cookies())
		}
	}
}

// TestProviderFlow_BeginsNothingForHEAD asks as programs do that look at links.
func TestProviderFlow_BeginsNothingForHEAD(t *testing.T) {
	t.Parallel()
	f, c := site(t)
	for path, want := range map[string]int{
		"/auth/dev": 204, "/auth/nobody": 404, "/auth/dev/callback?state=s&code=c": 204, "/auth/nobody/callback": 404,
	} {
		a := c.Do(http.MethodHead, path, "", "Cookie", flowCookie("s")+"=binding")
		if a.StatusCode != want || len(a.Cookies()) != 0 || a.Header.Get("Location") != "" || !strings.Contains(a.Header.Get("Cache-Control"), "no-store") {
			t.Errorf("%s: %d %v", path, a.StatusCode, a.Header)
		}
	}
	if f.begun.Provider != "" || f.callback.Provider != "" {
		t.Errorf("begun %+v, finished %+v", f.begun, f.callback)
	}
}

// TestProviderFlow_SaysThatThereWereTooMany: on the page that offers other ways in.
func TestProviderFlow_SaysThatThereWereTooMany(t *testing.T) {
	t.Parallel()
	f, c := site(t)
	f.crowded = true
	a := c.Get("/auth/dev", "")
	if a.StatusCode != http.StatusTooManyRequests || a.Header.Get("Retry-After") != "90" || !strings.Contains(a.Body, identity.ErrTooManyAttempts.Message) || !strings.Contains(a.Body, `action="/login"`) {
		t.Errorf("%d %v\n%s", a.StatusCode, a.Header, a.Body)
	}
}

func TestCallback_LeadsOnWhoIsSignedInAlready(t *testing.T) {
	t.Parallel()
	f, c := site(t)
	in := callback(c, "state=s&code=c&back=/posts/a%3Fb=c%26d%3D%25", flowCookie("s")+"=binding")
	if in.StatusCode != http.StatusSeeOther || in.Header.Get("Location") != "/posts/a?b=c&d=%" {
		t.Fatalf("signed in: %d to %q", in.StatusCode, in.Header.Get("Location"))
	}
	k := in.Cookie("finished_sign_in")
	if k == nil || !k.HttpOnly || k.MaxAge != 600 {
		t.Fatalf("remembered by %v", k)
	}
	finished := "finished_sign_in=" + k.Value
	f.callback.Provider = ""
	if a := callback(c, "state=s&code=c", "session=cleo", finished); a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != in.Header.Get("Location") || f.callback.Provider != "" {
		t.Errorf("loaded again: %d to %q", a.StatusCode, a.Header.Get("Location"))
	}
	if a := callback(c, "state=another&code=c", "session=cleo", finished); a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != "/" {
		t.Errorf("another tab's, loaded again: %d to %q", a.StatusCode, a.Header.Get("Location"))
	}
	if a := callback(c, "state=s&code=c", finished); a.StatusCode != 422 {
		t.Errorf("signed out meanwhile: %d", a.StatusCode)
	}
	if a := callback(c, "state=s&code=c", finished, "second_factor=challenge"); a.StatusCode != http.StatusSeeOther || !strings.HasPrefix(a.Header.Get("Location"), "/login/second-factor?return_to=") {
		t.Errorf("between the first factor and the second: %d to %q", a.StatusCode, a.Header.Get("Location"))
	}
	for _, forged := range []string{"//evil.test", "https%3A%2F%2Fevil.test", "%2F%2Fevil.test", "%5Cevil.test", "%zz", ""} {
		a := callback(c, "state=s&code=c", "session=cleo", "finished_sign_in="+strings.SplitN(k.Value, ".", 2)[0]+"."+forged)
		if a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != "/" {
			t.Errorf("%q leads to %q", forged, a.Header.Get("Location"))
		}
	}
	long := callback(c, "state=s&code=c&back=/"+strings.Repeat("a", 1500), flowCookie("s")+"=binding")
	if k := long.Cookie("finished_sign_in"); long.StatusCode != http.StatusSeeOther || k == nil || len(k.Value) > 100 {
		t.Errorf("a long way is remembered by %v", k)
	}
}

func TestCallback_LosesNothingToWhatIsNotEscaped(t *testing.T) {
	t.Parallel()
	for query, want := range map[string]string{
		"state=s&code=a;b":                          "a;b",
		"state=s;x&code=c":                          "",
		"session_state=a;b&state=s&code=c":          "c",
		"state=s&code=100%&scope=a%20b":             "100%",
		"scope=50%+off&state=s&code=c":              "c",
		"error_description=%zz;&state=s&code=%41":   "A",
		"state=s&code=c;&authuser=0;prompt=consent": "c;",
	} {
		f, c := site(t)
		a := callback(c, query, flowCookie("s")+"=binding")
		if want == "" { // the state itself is another
			if a.StatusCode != 422 || f.callback.Params.Get("code") != "c" {
				t.Errorf("%s: %d with %v", query, a.StatusCode, f.callback.Params)
			}
			continue
		}
		if a.StatusCode != http.StatusSeeOther || f.callback.Params.Get("code") != want || f.callback.Params.Get("state") != "s" {
			t.Errorf("%s: %d with %v", query, a.StatusCode, f.callback.Params)
		}
	}
	_, c := site(t)
	posted := c.Do(http.MethodPost, "/auth/dev/callback", "state=s&code=a;b&error_description=100%", "Content-Type", "application/x-www-form-urlencoded")
	if to := posted.Header.Get("Location"); posted.StatusCode != http.StatusSeeOther || to != "/auth/dev/callback?code=a%3Bb&error_description=100%25&state=s" {
		t.Errorf("posted: %d to %q", posted.StatusCode, to)
	}
	f, c := site(t)
	if c.Get("/auth/dev?return_to=/posts;a=1&login_hint=cleo@forge.test", ""); f.begun.ReturnTo != "/posts;a=1" || f.begun.LoginHint != "cleo@forge.test" {
		t.Errorf("begun with %+v", f.begun)
	}
}
