package identityhttp_test

import (
	"net/url"
	"strings"
	"testing"
)

func TestReturnTo_GoesThroughTheMailedLink(t *testing.T) {
	t.Parallel()
	_, c := office(t)
	const there, asParameter = "/posts/inside-the-forge?a=1&b=2", "?return_to=%2Fposts%2Finside-the-forge%3Fa%3D1%26b%3D2"
	typed := url.Values{"name": {"Cleo"}, "email": {"cleo@forge.test"}, "password": {"strong enough"}, "return_to": {there}}
	good := url.Values{"token": {"good"}, "password": {"strong enough"}}

	for _, page := range []string{"/login", "/register", "/forgot", "/login/link"} {
		shown := c.Get(page+asParameter, "").Body
		if !strings.Contains(shown, `name="return_to" value="/posts/inside-the-forge?a=1&amp;b=2"`) {
			t.Errorf("the form of %s loses the way", page)
		}
		for _, other := range []string{"/login", "/register", "/forgot", "/login/link"} {
			if strings.Contains(shown, `href="`+other+`"`) {
				t.Errorf("%s leads to %s without the way", page, other)
			}
		}
	}
	for ask, follow := range map[string]struct{ page, signedOut, signedIn string }{
		"/register":   {"/verify-email", "/login" + asParameter, there},
		"/forgot":     {"/reset", "/login" + asParameter, "/login" + asParameter},
		"/login/link": {"/auth/magic", there, there},
	} {
		kept := c.Submit(ask, "", typed).Cookie("return_to")
		if kept == nil || !kept.HttpOnly || kept.MaxAge <= 0 {
			t.Fatalf("%s keeps %v", ask, kept)
		}
		for session, want := range map[string]string{"": follow.signedOut, "; session=cleo": follow.signedIn} {
			a := c.Submit(follow.page, "", good, "Cookie", "return_to="+kept.Value+session)
			if a.Header.Get("Location") != want {
				t.Errorf("%s leads to %q, want %q", follow.page, a.Header.Get("Location"), want)
			}
			if spent := a.Cookie("return_to"); spent == nil || spent.Value != "" {
				t.Errorf("%s leaves %v", follow.page, spent)
			}
		}
		// Whoever asks again from nowhere goes nowhere, and not to where they once were.
		typed.Del("return_to")
		if a := c.Submit(ask, "", typed, "Cookie", "return_to="+kept.Value); a.Cookie("return_to") == nil || a.Cookie("return_to").Value != "" {
			t.Errorf("%s keeps an old way", ask)
		}
		typed.Set("return_to", there)
	}
	if a := c.Get("/register"+asParameter, "cleo"); a.Header.Get("Location") != there {
		t.Errorf("who is signed in is led to %q", a.Header.Get("Location"))
	}
}

func TestReturnTo_InAMailedLinkNeverLeavesTheSite(t *testing.T) {
	t.Parallel()
	_, c := office(t)
	for _, away := range []string{"https://evil.test/", "//evil.test", `/\evil.test`, "javascript:alert(1)", "/a\r\nSet-Cookie: x=y", "/" + strings.Repeat("a", 2000)} {
		typed := url.Values{"email": {"cleo@forge.test"}, "return_to": {away}}
		if a := c.Submit("/login/link", "", typed); a.StatusCode != 303 || a.Cookie("return_to") != nil {
			t.Errorf("%q: %d %v", away, a.StatusCode, a.Cookies())
		}
		a := c.Submit("/auth/magic", "", url.Values{"token": {"good"}}, "Cookie", "return_to="+url.QueryEscape(away))
		if a.Header.Get("Location") != "/" {
			t.Errorf("a cookie led to %q", a.Header.Get("Location"))
		}
	}
}
