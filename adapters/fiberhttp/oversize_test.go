package fiberhttp_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/fiberhttptest"
)

// TestOversize_AnswersPeopleWhereTheFormStands: the route's handler answers who the
// route lets in, also when the server refused the body before it looked for a route;
// everybody else gets the common answer, people with their menu.
func TestOversize_AnswersPeopleWhereTheFormStands(t *testing.T) {
	t.Parallel()
	c := fiberhttptest.Settings(t)
	c.BodyLimit = 50_000
	s := fiberhttptest.MustNew(t, c)
	said := func(_ context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
		_, file := r.File("picture")
		if r.Form("name") != "" || file {
			t.Error("the body of a refused request was read")
		}
		return fiberhttp.Bytes("text/plain", []byte("too much, "+r.Actor.Name)).Status(413), nil
	}
	s.Page("POST", "/own", fiberhttp.SignedIn(), text("done"), fiberhttp.MaxBody(100), fiberhttp.Oversize(said))
	s.Page("POST", "/writers", fiberhttp.Permitted("content.post.write"), text("done"), fiberhttp.MaxBody(100), fiberhttp.Oversize(said))
	s.Page("POST", "/plain", fiberhttp.SignedIn(), text("done"), fiberhttp.MaxBody(100))
	client := fiberhttptest.Serve(t, s)
	for _, size := range []int{200, 60_000, 3_000_000} {
		form := "name=" + strings.Repeat("x", size)
		post := func(path, session string, headers ...string) fiberhttptest.Answer {
			headers = append(headers, "Content-Type", "application/x-www-form-urlencoded", "Sec-Fetch-Site", "same-origin")
			if session != "" {
				headers = append(headers, "Cookie", "session="+session)
			}
			return client.Do("POST", path, form, headers...)
		}
		if a := post("/own", "cleo"); a.StatusCode != 413 || a.Body != "too much, Cleo" {
			t.Errorf("%d bytes: %d %.80q", size, a.StatusCode, a.Body)
		}
		if a := post("/writers", "ben"); a.StatusCode != 413 || a.Body != "too much, Ben" {
			t.Errorf("%d bytes, who may: %d %.80q", size, a.StatusCode, a.Body)
		}
		if a := post("/writers", "cleo"); a.StatusCode != 413 || strings.HasPrefix(a.Body, "too much") || !strings.Contains(a.Body, "Cleo") {
			t.Errorf("%d bytes, who may not: %d %.80q", size, a.StatusCode, a.Body)
		}
		if a := post("/plain", "cleo"); a.StatusCode != 413 || !strings.Contains(a.Body, "Cleo") {
			t.Errorf("%d bytes, a route without an answer of its own: %d", size, a.StatusCode)
		}
		if a := post("/own", ""); a.StatusCode != 413 || strings.HasPrefix(a.Body, "too much") {
			t.Errorf("%d bytes, a visitor: %d %.80q", size, a.StatusCode, a.Body)
		}
		if a := post("/own", "cleo", "Accept", "application/json"); a.StatusCode != 413 || !strings.Contains(a.Body, "http.body_too_large") {
			t.Errorf("%d bytes, a program: %d %.80q", size, a.StatusCode, a.Body)
		}
	}
	if a := client.Do("POST", "/own", "name="+strings.Repeat("x", 200), "Sec-Fetch-Site", "cross-site", "Cookie", "session=cleo"); a.StatusCode != 403 {
		t.Errorf("from another site: %d", a.StatusCode)
	}
}

// A page for people says what they can do, a problem for programs what was wrong.
func TestOversize_TellsPeopleToGoBack(t *testing.T) {
	t.Parallel()
	s := fiberhttptest.MustNew(t, fiberhttptest.Settings(t))
	s.Page("POST", "/plain", fiberhttp.SignedIn(), text("done"), fiberhttp.MaxBody(100))
	client := fiberhttptest.Serve(t, s)
	for accept, said := range map[string]string{"text/html": "Go back: most browsers still have what you typed", "application/json": "larger than this address accepts"} {
		a := client.Do("POST", "/plain", "name="+strings.Repeat("x", 200), "Content-Type", "application/x-www-form-urlencoded", "Sec-Fetch-Site", "same-origin", "Cookie", "session=cleo", "Accept", accept)
		if a.StatusCode != 413 || !strings.Contains(a.Body, said) {
			t.Errorf("%s: %d %.300q", accept, a.StatusCode, a.Body)
		}
	}
}

// Of a body that the server refused before it looked for a route, the route's answer is made
// outside of everything that turns a panic into an error: it must find the parameters of a
// path missing, and whatever else breaks there must not end the program.
func TestOversize_BeforeARouteIsFoundBreaksNothing(t *testing.T) {
	t.Parallel()
	c := fiberhttptest.Settings(t)
	c.BodyLimit = 50_000
	s := fiberhttptest.MustNew(t, c)
	s.Page("POST", "/named", fiberhttp.SignedIn(), text("done"), fiberhttp.MaxBody(100), fiberhttp.Oversize(func(_ context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
		return fiberhttp.Bytes("text/plain", []byte("too much for "+r.Param("id")+".")).Status(413), nil
	}))
	s.Page("POST", "/broken", fiberhttp.SignedIn(), text("done"), fiberhttp.MaxBody(100), fiberhttp.Oversize(func(context.Context, *fiberhttp.Request) (fiberhttp.Reply, error) {
		panic("swordfish")
	}))
	client := fiberhttptest.Serve(t, s)
	for _, size := range []int{200, 60_000} {
		for path, want := range map[string]struct {
			status int
			said   string
		}{"/named": {413, "too much for ."}, "/broken": {500, ""}} {
			a := client.Do("POST", path, "name="+strings.Repeat("x", size), "Content-Type", "application/x-www-form-urlencoded", "Sec-Fetch-Site", "same-origin", "Cookie", "session=cleo")
			if a.StatusCode != want.status || !strings.Contains(a.Body, want.said) || strings.Contains(a.Body, "swordfish") {
				t.Errorf("%s, %d bytes: %d %.200q", path, size, a.StatusCode, a.Body)
			}
		}
	}
}

// A body as long as the bound is taken, by an operation as by a page: whoever sends parts
// of the size that is announced would get on nowhere.
func TestMaxBody_TakesABodyOfThatManyBytes(t *testing.T) {
	t.Parallel()
	type bytes struct {
		RawBody []byte `contentType:"application/octet-stream"`
	}
	s := fiberhttptest.MustNew(t, fiberhttptest.Settings(t))
	s.Page("POST", "/page", fiberhttp.SignedIn(), text("done"), fiberhttp.MaxBody(100))
	fiberhttp.Operation(s, fiberhttp.SignedIn(), huma.Operation{OperationID: "take", Method: http.MethodPost, Path: "/take"},
		func(context.Context, *bytes) (*struct{}, error) { return nil, nil }, fiberhttp.MaxBody(100))
	client := fiberhttptest.Serve(t, s)
	for path, taken := range map[string]int{"/page": 200, "/api/v1/take": 204} {
		for size, want := range map[int]int{99: taken, 100: taken, 101: 413} {
			a := client.Do("POST", path, strings.Repeat("x", size), "Content-Type", "application/octet-stream", "Sec-Fetch-Site", "same-origin", "Cookie", "session=cleo")
			if a.StatusCode != want {
				t.Errorf("%s, %d bytes: %d, want %d: %.200q", path, size, a.StatusCode, want, a.Body)
			}
		}
	}
}
