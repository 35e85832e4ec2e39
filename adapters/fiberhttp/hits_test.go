package fiberhttp_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/fiberhttptest"
	"github.com/neoforge-dev/neoforge/ports/fault"
)

// What is logged of a hit must not be bytes of a request that the next one overwrites.
func TestHit_IsLoggedInWordsOfItsOwn(t *testing.T) {
	t.Parallel()
	core, logs := observer.New(zap.InfoLevel)
	settings := fiberhttptest.Settings(t)
	settings.Logger = zap.New(core)
	settings.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0")}
	s := fiberhttptest.MustNew(t, settings)
	var made atomic.Int64
	s.Page("GET", "/posts/{slug}", fiberhttp.Public(), counted(&made), fiberhttp.Cached(tag))
	cl := fiberhttptest.Serve(t, s)
	type line struct{ method, path, id, address string }
	var want []line
	for range 2 {
		for i := range 20 {
			v := strings.Repeat(string(rune('a'+i)), 20)
			w := line{"GET", "/posts/" + v, v, "203.0.113." + strconv.Itoa(i)}
			if i%2 == 1 {
				w.method = "HEAD"
			}
			if a := cl.Do(w.method, w.path, "", "X-Request-Id", w.id, "X-Forwarded-For", w.address); a.StatusCode != 200 || a.Header.Get("X-Request-Id") != w.id {
				t.Fatalf("%s: %d %v", w.path, a.StatusCode, a.Header)
			}
			want = append(want, w)
		}
	}
	var got []line
	for _, l := range logs.FilterMessage("request").All() {
		m := l.ContextMap()
		got = append(got, line{m["method"].(string), m["path"].(string), m["request_id"].(string), m["address"].(string)})
	}
	if !slices.Equal(got, want) {
		t.Errorf("logged %v, want %v", got, want)
	}
	if made.Load() != 20 {
		t.Errorf("%d made: the second round was no hit", made.Load())
	}
}

// A hit is answered before the routes are gone through: it must be the route's that the
// path leads to.
func TestHit_IsTheRoutesThatComesFirst(t *testing.T) {
	t.Parallel()
	settings := fiberhttptest.Settings(t)
	s := fiberhttptest.MustNew(t, settings)
	s.Page("GET", "/things/new", fiberhttp.SignedIn(), text("a form"))
	s.Page("GET", "/things/all", fiberhttp.Public(), text("all"), fiberhttp.Cached(tag))
	s.Page("GET", "/things/{slug}", fiberhttp.Public(), text("one"), fiberhttp.Cached(tag))
	s.Page("POST", "/things/{slug}", fiberhttp.SignedIn(), text("changed"))
	cl := fiberhttptest.Serve(t, s)
	for range 3 {
		for path, want := range map[string]string{"/things/all": "all", "/things/one": "one"} {
			if a := cl.Do("GET", path, ""); a.StatusCode != 200 || a.Body != want {
				t.Errorf("%s: %d %q", path, a.StatusCode, a.Body)
			}
		}
		if a := cl.Do("GET", "/things/new", ""); a.StatusCode == 200 {
			t.Errorf("what needs an account: %d %q", a.StatusCode, a.Body)
		}
		if a := cl.Get("/things/new", "cleo"); a.StatusCode != 200 || a.Body != "a form" {
			t.Errorf("somebody signed in: %d %q", a.StatusCode, a.Body)
		}
		if a := cl.Do("POST", "/things/one", "", "Cookie", "session=cleo", "Sec-Fetch-Site", "same-origin"); a.Body != "changed" {
			t.Errorf("POST: %d %q", a.StatusCode, a.Body)
		}
		if a := cl.Do("GET", "/things/one", "", "Content-Encoding", "gzip"); a.StatusCode != 415 {
			t.Errorf("an encoded body: %d", a.StatusCode)
		}
		if a := cl.Do("GET", "/things/one?q=%ff", ""); a.StatusCode != 400 {
			t.Errorf("a query that is no text: %d", a.StatusCode)
		}
	}
}

// What is read is counted wherever the answer comes from; what nobody reads is not.
func TestCounted_CountsWhatIsReadFromTheCacheOrNot(t *testing.T) {
	t.Parallel()
	s := fiberhttptest.MustNew(t, fiberhttptest.Settings(t))
	var made, kept, own atomic.Int64
	s.Page("GET", "/kept/{slug}", fiberhttp.Public(), counted(&made), fiberhttp.Cached(tag), fiberhttp.Counted(func() { kept.Add(1) }))
	s.Page("GET", "/own/{slug}", fiberhttp.Public(), func(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
		switch r.Param("slug") {
		case "missing":
			return fiberhttp.Reply{}, fault.New(fault.NotFound, "test.missing", "There is none.")
		case "draft":
			fiberhttp.LeaveUncounted(ctx)
		}
		return text("one")(ctx, r)
	}, fiberhttp.Counted(func() { own.Add(1) }))
	cl := fiberhttptest.Serve(t, s)
	tag := cl.Do("GET", "/kept/one", "").Header.Get("ETag")                            // 1, a miss
	cl.Do("GET", "/kept/one", "")                                                      // 2, a hit
	if a := cl.Do("GET", "/kept/one", "", "If-None-Match", tag); a.StatusCode != 304 { // 3, which the reader has
		t.Fatalf("%d", a.StatusCode)
	}
	cl.Get("/kept/one", "cleo") // 4, signed in
	cl.Do("HEAD", "/kept/one", "")
	cl.Do("GET", "/kept/one", "", "Sec-Purpose", "prefetch")
	cl.Do("GET", "/kept/one", "", "Purpose", "prefetch")
	if n := kept.Load(); n != 4 {
		t.Errorf("%d reads of what is kept, want 4", n)
	}
	for _, slug := range []string{"one", "missing", "draft"} {
		cl.Do("GET", "/own/"+slug, "")
	}
	if n := own.Load(); n != 1 {
		t.Errorf("%d reads of what is not kept, want 1", n)
	}
}

// TestSecretPath_StaysOutOfTheLog: whoever reads the log does not get to open what a link's
// secret opens, however the request ended.
func TestSecretPath_StaysOutOfTheLog(t *testing.T) {
	t.Parallel()
	seen, logs := observer.New(zap.DebugLevel)
	settings := fiberhttptest.Settings(t)
	settings.Logger = zap.New(seen)
	s := fiberhttptest.MustNew(t, settings)
	s.Page("GET", "/preview/{secret}", fiberhttp.Public(), func(_ context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
		if r.Param("secret") == "hush-hush" {
			return fiberhttp.Reply{}, fault.New(fault.NotFound, "test.absent", "There is no such thing.")
		}
		return fiberhttp.Reply{}, errors.New("broken")
	}, fiberhttp.SecretPath())
	c := fiberhttptest.Serve(t, s)
	c.Get("/preview/hush-hush", "")
	c.Get("/preview/hush-broken", "")
	if n := logs.FilterMessage("request").Len(); n != 2 {
		t.Errorf("%d requests are logged", n)
	}
	for _, e := range logs.All() {
		if line := fmt.Sprint(e.Message, e.ContextMap()); strings.Contains(line, "hush") {
			t.Errorf("the log has the secret: %s", line)
		}
	}
}
