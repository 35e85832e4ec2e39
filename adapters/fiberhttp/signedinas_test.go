package fiberhttp_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/fiberhttptest"
)

func TestSignedInAs_RefusesThePageOfSomebodyElse(t *testing.T) {
	t.Parallel()
	done := 0
	act := func(context.Context, *fiberhttp.Request) (fiberhttp.Reply, error) {
		done++
		return fiberhttp.Bytes("text/plain", []byte("done")), nil
	}
	s := fiberhttptest.MustNew(t, fiberhttptest.Settings(t))
	s.Page(http.MethodPost, "/act", fiberhttp.SignedIn(), act)
	s.Page(http.MethodGet, "/act", fiberhttp.SignedIn(), act)
	s.Page(http.MethodPost, "/proof", fiberhttp.Recently(), act, fiberhttp.Resumes("Go"))
	s.Page(http.MethodPost, "/picture", fiberhttp.SignedIn(), act)
	c := fiberhttptest.Serve(t, s)
	ben, cleo := string(fiberhttptest.Ben().UserID), string(fiberhttptest.Cleo().UserID)
	as := func(id string) url.Values { return url.Values{"signed_in_as": {id}} }
	picture := func(id string) fiberhttptest.Answer {
		body := "--b\r\nContent-Disposition: form-data; name=\"signed_in_as\"\r\n\r\n" + id + "\r\n--b--\r\n"
		return c.Do("POST", "/picture", body, "Cookie", "session=ben", "Sec-Fetch-Site", "same-origin", "Content-Type", "multipart/form-data; boundary=b")
	}
	for name, a := range map[string]fiberhttptest.Answer{
		"a form":              c.Submit("/act", "ben", as(cleo)),
		"a form for a proof":  c.Submit("/proof", "cleo", as(ben)),
		"a form with a file":  picture(cleo),
		"a script":            c.JSON("POST", "/act", "ben", "{}", "X-Signed-In-As", cleo),
		"a script that lists": c.JSON("POST", "/act", "ben", "{}", "X-Signed-In-As", ben+", "+cleo),
	} {
		if a.StatusCode != http.StatusConflict || !strings.Contains(a.Body, "Somebody else has signed in") {
			t.Errorf("%s: %d %s", name, a.StatusCode, a.Body)
		}
	}
	if a := c.Submit("/act", "ben", as(cleo)); !strings.Contains(a.Body, `<h1 class="trouble__title">Somebody else is signed in</h1>`) || strings.Contains(a.Body, "Somebody was faster") {
		t.Errorf("the page says %s", a.Body)
	}
	if done != 0 {
		t.Errorf("%d were done", done)
	}
	for name, a := range map[string]fiberhttptest.Answer{
		"one's own form":      c.Submit("/act", "ben", as(ben)),
		"a form without":      c.Submit("/act", "ben", url.Values{}),
		"one's own picture":   picture(ben),
		"one's own script":    c.JSON("POST", "/act", "ben", "{}", "X-Signed-In-As", ben),
		"a page that is read": c.Get("/act", "ben", "X-Signed-In-As", cleo),
	} {
		if a.StatusCode != http.StatusOK {
			t.Errorf("%s: %d %s", name, a.StatusCode, a.Body)
		}
	}
	if a := c.Submit("/act", "", as(ben)); a.StatusCode != http.StatusSeeOther {
		t.Errorf("who is signed out: %d", a.StatusCode)
	}
}
