package fiberhttp_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/danielgtaylor/huma/v2"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/fiberhttptest"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/cache"
	"github.com/neoforge-dev/neoforge/ports/fault"
)

// counted is a page that says how often it was made, and for whom.
func counted(made *atomic.Int64) fiberhttp.Handler {
	return func(_ context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
		n := made.Add(1)
		return fiberhttp.Bytes("text/html; charset=utf-8", []byte(fmt.Sprintf("<p>%d for %q: %s %s %q %q %q</p>%s", n, r.Actor.Name, r.Param("slug"),
			r.Query("cursor"), r.Header("X-Forwarded-Host"), r.Cookie("theme"), r.Query("utm"), strings.Repeat("<p>text</p>", 200)))), nil
	}
}

func tag(r *fiberhttp.Request) []string { return []string{"post:" + r.Param("slug")} }

func TestPageCache_GivesVisitorsTheSameBytesUntilATagIsInvalidated(t *testing.T) {
	t.Parallel()
	var made atomic.Int64
	c := fiberhttptest.Settings(t)
	s := fiberhttptest.MustNew(t, c)
	s.Page("GET", "/posts/{slug}", fiberhttp.Public(), counted(&made), fiberhttp.Cached(tag, "cursor"))
	cl := fiberhttptest.Serve(t, s)

	first := cl.Do("GET", "/posts/a", "")
	if !strings.HasPrefix(first.Body, `<p>1 for ""`) {
		t.Fatalf("%.80s", first.Body)
	}
	for name, want := range map[string]string{
		"Cache-Control": "public, s-maxage=60, stale-while-revalidate=600", "Vary": "Accept-Encoding, Cookie", "Content-Type": "text/html; charset=utf-8",
	} {
		if got := first.Header.Get(name); got != want {
			t.Errorf("%s is %q", name, got)
		}
	}
	for _, headers := range [][]string{
		nil, {"X-Forwarded-Host", "evil.test"}, {"Host", "evil.test"}, {"Accept-Language", "de"}, {"Cookie", "theme=dark; signed_in=1"},
		{"X-Original-URL", "/studio"}, {"Range", "bytes=0-1"},
	} {
		if a := cl.Do("GET", "/posts/a?utm=mail", "", headers...); a.Body != first.Body || a.StatusCode != 200 {
			t.Errorf("%v changed the answer: %.80s", headers, a.Body)
		}
	}
	if err := c.Cache.Invalidate(t.Context(), "post:b"); err != nil {
		t.Fatal(err)
	}
	if a := cl.Do("GET", "/posts/a", ""); a.Body != first.Body {
		t.Errorf("another post's tag emptied it")
	}
	if err := c.Cache.Invalidate(t.Context(), "post:a"); err != nil {
		t.Fatal(err)
	}
	if a := cl.Do("GET", "/posts/a", ""); !strings.HasPrefix(a.Body, "<p>2 ") {
		t.Errorf("it is still what it was: %.80s", a.Body)
	}
}

// A network in front that purges by tags is told them, of what it may keep.
func TestCacheTags_AreCarriedWhereTheyArePurged(t *testing.T) {
	t.Parallel()
	for purges, want := range map[bool]string{true: "post%3aa", false: ""} {
		var made atomic.Int64
		c := fiberhttptest.Settings(t)
		c.CacheTags = purges
		s := fiberhttptest.MustNew(t, c)
		s.Page("GET", "/posts/{slug}", fiberhttp.Public(), counted(&made), fiberhttp.Cached(tag))
		s.Page("GET", "/terms/{slug}", fiberhttp.Public(), counted(&made), fiberhttp.Cached(tag), fiberhttp.Revalidated())
		s.Page("GET", "/pictures/{slug}", fiberhttp.Public(), func(context.Context, *fiberhttp.Request) (fiberhttp.Reply, error) {
			return fiberhttp.Bytes("image/png", []byte("x")).Header("Cache-Control", "public, max-age=60").CacheTags("post:a"), nil
		})
		cl := fiberhttptest.Serve(t, s)
		first := cl.Do("GET", "/posts/a", "")
		for name, a := range map[string]string{
			"made": first.Header.Get("Cache-Tag"), "kept": cl.Do("GET", "/posts/a", "").Header.Get("Cache-Tag"),
			"known":                cl.Do("GET", "/posts/a", "", "If-None-Match", first.Header.Get("ETag")).Header.Get("Cache-Tag"),
			"kept by others alone": cl.Do("GET", "/pictures/a", "").Header.Get("Cache-Tag"),
		} {
			if a != want {
				t.Errorf("purged %t, %s: the tags are %q, want %q", purges, name, a, want)
			}
		}
		if a := cl.Do("GET", "/terms/a", ""); a.Header.Get("Cache-Tag") != "" {
			t.Errorf("what no shared cache keeps carries %q", a.Header.Get("Cache-Tag"))
		}
	}
}

// TestShownTags_EmptyAnAnswerThatShowsThem keeps pages whose tags only their making tells.
func TestShownTags_EmptyAnAnswerThatShowsThem(t *testing.T) {
	t.Parallel()
	var made, asked atomic.Int64
	var of atomic.Value
	of.Store("go")
	c := fiberhttptest.Settings(t)
	c.CacheTags = true
	shown := func(_ context.Context, r *fiberhttp.Request) ([]string, error) {
		asked.Add(1)
		if r.Param("slug") == "none" {
			return nil, fault.New(fault.NotFound, "none", "There is none.")
		}
		return []string{"tagged:" + of.Load().(string)}, nil
	}
	var meanwhile atomic.Value // what the page shows when its tags were asked before it changed
	s := fiberhttptest.MustNew(t, c)
	s.Page("GET", "/posts/{slug}", fiberhttp.Public(), func(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
		reply, err := counted(&made)(ctx, r)
		now, _ := meanwhile.Load().(string)
		if now == "" {
			now = of.Load().(string)
		}
		return reply.CacheTags("tagged:" + now), err
	}, fiberhttp.Cached(tag), fiberhttp.ShownTags(shown))
	cl := fiberhttptest.Serve(t, s)
	invalidate := func(tag string) {
		t.Helper()
		if err := c.Cache.Invalidate(t.Context(), tag); err != nil {
			t.Fatal(err)
		}
	}
	is := func(when string, n int, tags string) {
		t.Helper()
		a := cl.Do("GET", "/posts/a", "")
		if !strings.HasPrefix(a.Body, fmt.Sprintf("<p>%d ", n)) || a.Header.Get("Cache-Tag") != tags {
			t.Errorf("%s: %.20s, tags %q; want page %d, %q", when, a.Body, a.Header.Get("Cache-Tag"), n, tags)
		}
	}
	is("at first", 1, "post%3aa,tagged%3ago")
	is("kept", 1, "post%3aa,tagged%3ago")
	invalidate("tagged:rust")
	is("another tag's change", 1, "post%3aa,tagged%3ago")
	invalidate("tagged:go")
	is("a change of what it shows", 2, "post%3aa,tagged%3ago")
	if n := asked.Load(); n != 1 {
		t.Errorf("its tags were asked %d times, want once as long as they are the same", n)
	}
	of.Store("rust")
	invalidate("post:a")
	is("of another tag", 3, "post%3aa,tagged%3arust")
	invalidate("tagged:go")
	is("its former tag's change", 3, "post%3aa,tagged%3arust")
	invalidate("tagged:rust")
	meanwhile.Store("c")
	is("of a tag that it got since", 4, "post%3aa,tagged%3ac")
	is("which is not kept", 5, "post%3aa,tagged%3ac")

	for range 2 {
		if a := cl.Do("GET", "/posts/none", ""); a.StatusCode != 404 {
			t.Errorf("what is not there answers %d", a.StatusCode)
		}
	}
}

// roomless is a cache that has no room for what pages show.
type roomless struct {
	cache.Cache
	cache.Peeker
}

func (c roomless) Fetch(ctx context.Context, key string, o cache.Options, load cache.Loader) ([]byte, error) {
	if strings.HasPrefix(key, "shown:") {
		return load(ctx)
	}
	return c.Cache.Fetch(ctx, key, o, load)
}

// TestShownTags_AreNotAskedForByAPageInItsGrace also where they are kept no longer than the
// page: who waited for them would wait for a database that hangs.
func TestShownTags_AreNotAskedForByAPageInItsGrace(t *testing.T) {
	t.Parallel()
	var made, asked atomic.Int64
	c := fiberhttptest.Settings(t)
	c.PageTTL = 20 * time.Millisecond
	c.Cache = roomless{c.Cache, c.Cache.(cache.Peeker)}
	s := fiberhttptest.MustNew(t, c)
	s.Page("GET", "/posts/{slug}", fiberhttp.Public(), func(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
		reply, err := counted(&made)(ctx, r)
		return reply.CacheTags("tagged:go"), err
	}, fiberhttp.Cached(tag), fiberhttp.ShownTags(func(context.Context, *fiberhttp.Request) ([]string, error) {
		if asked.Add(1) > 1 {
			return nil, fault.New(fault.Unavailable, "test.away", "The database is away.")
		}
		return []string{"tagged:go"}, nil
	}))
	cl := fiberhttptest.Serve(t, s)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	end := time.After(time.Minute)
	for made.Load() < 4 {
		if a := cl.Do("GET", "/posts/a", ""); a.StatusCode != 200 || asked.Load() != 1 {
			t.Fatalf("%d, and what it shows was asked %d times", a.StatusCode, asked.Load())
		}
		select {
		case <-tick.C:
		case <-end:
			t.Fatalf("it was made %d times", made.Load())
		}
	}
	if err := c.Cache.Invalidate(t.Context(), "tagged:go"); err != nil {
		t.Fatal(err)
	}
	if a := cl.Do("GET", "/posts/a", ""); a.StatusCode != 503 {
		t.Errorf("once what it shows has changed: %d", a.StatusCode)
	}
}

func TestRevalidated_IsKeptByNoSharedCache(t *testing.T) {
	t.Parallel()
	var made atomic.Int64
	c := fiberhttptest.Settings(t)
	s := fiberhttptest.MustNew(t, c)
	s.Page("GET", "/posts/{slug}", fiberhttp.Public(), counted(&made), fiberhttp.Cached(tag), fiberhttp.Revalidated())
	cl := fiberhttptest.Serve(t, s)
	first := cl.Do("GET", "/posts/a", "")
	etag := first.Header.Get("ETag")
	if got := first.Header.Get("Cache-Control"); got != "private, no-cache" || etag == "" {
		t.Fatalf("Cache-Control is %q, ETag %q", got, etag)
	}
	if a := cl.Do("GET", "/posts/a", "", "If-None-Match", etag); a.StatusCode != 304 || a.Header.Get("Cache-Control") != "private, no-cache" {
		t.Errorf("asked whether it is the same: %d, %q", a.StatusCode, a.Header.Get("Cache-Control"))
	}
	if err := c.Cache.Invalidate(t.Context(), "post:a"); err != nil {
		t.Fatal(err)
	}
	if a := cl.Do("GET", "/posts/a", "", "If-None-Match", etag); a.StatusCode != 200 || !strings.HasPrefix(a.Body, "<p>2 ") {
		t.Errorf("once it has changed: %d", a.StatusCode)
	}

	alone := fiberhttptest.MustNew(t, fiberhttptest.Settings(t))
	alone.Page("GET", "/", fiberhttp.Public(), counted(&made), fiberhttp.Revalidated())
	if err := alone.Validate(); err == nil || !strings.Contains(err.Error(), "is not cached") {
		t.Errorf("of a route that is not cached: %v", err)
	}
}

func TestPageCache_KeyIsThePathAndTheNamedParameters(t *testing.T) {
	t.Parallel()
	var made atomic.Int64
	s := fiberhttptest.MustNew(t, fiberhttptest.Settings(t))
	s.Page("GET", "/posts/{slug}", fiberhttp.Public(), counted(&made), fiberhttp.Cached(tag, "cursor", "tag"))
	cl := fiberhttptest.Serve(t, s)
	different := []string{
		"/posts/a", "/posts/b", "/posts/a?cursor=1", "/posts/a?cursor=2", "/posts/a?tag=1", "/posts/a?cursor=1&tag=1",
		"/posts/a?cursor=1%26tag%3D1", "/posts/a%3Fcursor=1", "/posts/a%2Fb",
	}
	seen := map[string]string{}
	for _, path := range different {
		a := cl.Do("GET", path, "")
		if other, ok := seen[a.Body]; ok {
			t.Errorf("%s got the answer of %s", path, other)
		}
		seen[a.Body] = path
	}
	for _, path := range []string{"/posts/a?tag=1&cursor=1", "/posts/a?cursor=1&utm=2&tag=1"} {
		if a := cl.Do("GET", path, ""); seen[a.Body] != "/posts/a?cursor=1&tag=1" {
			t.Errorf("%s was made anew", path)
		}
	}
	before := made.Load()
	for range 2 { // what is too long or said twice is answered, and not kept
		cl.Do("GET", "/posts/a?cursor="+strings.Repeat("x", 300), "")
		cl.Do("GET", "/posts/a?cursor=1&cursor=2", "")
	}
	if n := made.Load() - before; n != 4 {
		t.Errorf("%d made, want 4", n)
	}
}

func TestPageCache_GivesWhoeverSendsASessionAnAnswerOfTheirOwn(t *testing.T) {
	t.Parallel()
	var made atomic.Int64
	s := fiberhttptest.MustNew(t, fiberhttptest.Settings(t))
	s.Page("GET", "/posts/{slug}", fiberhttp.Public(), counted(&made), fiberhttp.Cached(tag))
	cl := fiberhttptest.Serve(t, s)
	visitor := cl.Do("GET", "/posts/a", "")
	cleo := cl.Do("GET", "/posts/a", "", "Cookie", "session=cleo")
	if !strings.Contains(cleo.Body, `for "Cleo"`) || cleo.Header.Get("Cache-Control") != "private, no-store" || cleo.Header.Get("ETag") != "" {
		t.Errorf("%.60s %v", cleo.Body, cleo.Header)
	}
	if again := cl.Do("GET", "/posts/a", ""); again.Body != visitor.Body || strings.Contains(again.Body, "Cleo") {
		t.Errorf("what Cleo read is shown to visitors")
	}
}

func TestPageCache_SendsTheEncodingAskedForAndNothingWhenKnown(t *testing.T) {
	t.Parallel()
	var made atomic.Int64
	s := fiberhttptest.MustNew(t, fiberhttptest.Settings(t))
	s.Page("GET", "/posts/{slug}", fiberhttp.Public(), counted(&made), fiberhttp.Cached(tag))
	cl := fiberhttptest.Serve(t, s)
	plain := cl.Do("GET", "/posts/a", "")
	tags := map[string]bool{}
	for accept, encoding := range map[string]string{
		"": "", "identity": "", "gzip": "gzip", "gzip, deflate, br, zstd": "br", "br;q=0, gzip;q=0.5": "gzip", "gzip;q=0": "", "*": "gzip", "deflate": "",
	} {
		a := cl.Do("GET", "/posts/a", "", "Accept-Encoding", accept)
		if a.Header.Get("Content-Encoding") != encoding {
			t.Errorf("%q got %q", accept, a.Header.Get("Content-Encoding"))
		}
		body := a.Body
		switch encoding {
		case "gzip":
			r, err := gzip.NewReader(strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			raw, _ := io.ReadAll(r)
			body = string(raw)
		case "br":
			raw, _ := io.ReadAll(brotli.NewReader(strings.NewReader(body)))
			body = string(raw)
		}
		if body != plain.Body {
			t.Errorf("%q is another text", accept)
		}
		etag := a.Header.Get("ETag")
		tags[etag] = true
		known := cl.Do("GET", "/posts/a", "", "Accept-Encoding", accept, "If-None-Match", `"x", W/`+etag)
		if known.StatusCode != 304 || known.Body != "" || known.Header.Get("ETag") != etag {
			t.Errorf("%q: %d with %d bytes", accept, known.StatusCode, len(known.Body))
		}
	}
	if len(tags) != 3 {
		t.Errorf("%d ETags for three encodings", len(tags))
	}
	if a := cl.Do("HEAD", "/posts/a", ""); a.StatusCode != 200 || a.Body != "" || a.ContentLength != int64(len(plain.Body)) || a.Header.Get("ETag") != plain.Header.Get("ETag") {
		t.Errorf("HEAD: %d, %d bytes announced", a.StatusCode, a.ContentLength)
	}
	if made.Load() != 1 {
		t.Errorf("made %d times", made.Load())
	}
}

func TestPageCache_EncodesAPageWhenItIsAskedForAgain(t *testing.T) {
	t.Parallel()
	var made atomic.Int64
	c := fiberhttptest.Settings(t)
	s := fiberhttptest.MustNew(t, c)
	text := strings.Repeat("<p>text</p>", 200)
	s.Page("GET", "/posts/{slug}", fiberhttp.Public(), func(context.Context, *fiberhttp.Request) (fiberhttp.Reply, error) {
		made.Add(1)
		return fiberhttp.Bytes("text/html; charset=utf-8", []byte(text)), nil
	}, fiberhttp.Cached(tag))
	cl := fiberhttptest.Serve(t, s)
	ask := func(encoding string, headers ...string) fiberhttptest.Answer {
		t.Helper()
		a := cl.Do("GET", "/posts/a", "", append(headers, "Accept-Encoding", "gzip, br")...)
		if a.Header.Get("Content-Encoding") != encoding || a.Header.Get("Vary") != "Accept-Encoding, Cookie" {
			t.Fatalf("encoded as %q, varies by %q", a.Header.Get("Content-Encoding"), a.Header.Get("Vary"))
		}
		return a
	}
	first := ask("")
	if first.Body != text {
		t.Errorf("the first reader got %.40q", first.Body)
	}
	second := ask("br")
	if second.Header.Get("ETag") == first.Header.Get("ETag") {
		t.Error("two encodings share an ETag")
	}
	for _, have := range []fiberhttptest.Answer{first, second} {
		if a := ask("", "If-None-Match", have.Header.Get("ETag")); a.StatusCode != 304 || a.Header.Get("ETag") != have.Header.Get("ETag") {
			t.Errorf("who has %s got %d with %s", have.Header.Get("ETag"), a.StatusCode, a.Header.Get("ETag"))
		}
	}
	if a := cl.Do("GET", "/posts/a", "", "If-None-Match", second.Header.Get("ETag")); a.StatusCode != 200 || a.Body != text {
		t.Errorf("who accepts no encoding got %d for the ETag of one", a.StatusCode)
	}
	if err := c.Cache.Invalidate(t.Context(), "post:a"); err != nil {
		t.Fatal(err)
	}
	if again := ask("br"); again.Body != second.Body || made.Load() != 2 {
		t.Errorf("the same text was encoded anew, or not made anew: %d", made.Load())
	}
}

func TestPageCache_KeepsNoError(t *testing.T) {
	t.Parallel()
	var made atomic.Int64
	s := fiberhttptest.MustNew(t, fiberhttptest.Settings(t))
	s.Page("GET", "/posts/{slug}", fiberhttp.Public(), func(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
		if made.Load() == 0 {
			made.Add(1)
			return fiberhttp.Reply{}, fault.New(fault.NotFound, "x.missing", "Not yet.")
		}
		return counted(&made)(ctx, r)
	}, fiberhttp.Cached(tag))
	cl := fiberhttptest.Serve(t, s)
	if a := cl.Do("GET", "/posts/a", ""); a.StatusCode != 404 || a.Header.Get("Cache-Control") != "private, no-store" {
		t.Errorf("%d %q", a.StatusCode, a.Header.Get("Cache-Control"))
	}
	if a := cl.Do("GET", "/posts/a", ""); a.StatusCode != 200 {
		t.Errorf("%d", a.StatusCode)
	}
}

// What visitors get goes on when the database is slow or away, and ends when there is
// nothing to show any more.
func TestPageCache_SendsWhatItHasWhileAPageCannotBeMade(t *testing.T) {
	t.Parallel()
	away := fault.New(fault.Unavailable, "test.away", "The database is away.")
	gone := fault.New(fault.NotFound, "test.gone", "There is nothing here.")
	for name, c := range map[string]struct {
		err  error
		ends int
	}{"away": {err: away}, "a defect": {err: errors.New("broken")}, "gone": {gone, 404}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var made atomic.Int64
			settings := fiberhttptest.Settings(t)
			settings.PageTTL = 20 * time.Millisecond
			s := fiberhttptest.MustNew(t, settings)
			pages := counted(&made)
			s.Page("GET", "/posts/{slug}", fiberhttp.Public(), func(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
				if made.Load() > 0 {
					made.Add(1)
					return fiberhttp.Reply{}, c.err
				}
				return pages(ctx, r)
			}, fiberhttp.Cached(tag))
			cl := fiberhttptest.Serve(t, s)
			first := cl.Do("GET", "/posts/a", "")
			tick := time.NewTicker(10 * time.Millisecond)
			defer tick.Stop()
			end := time.After(time.Minute)
			for a := first; made.Load() < 3 || c.ends != 0 && a.StatusCode != c.ends; {
				select {
				case <-tick.C:
				case <-end:
					t.Fatalf("it was made %d times, and the last answer is %d", made.Load(), a.StatusCode)
				}
				a = cl.Do("GET", "/posts/a", "")
				if a.StatusCode != 200 && a.StatusCode != c.ends || a.StatusCode == 200 && a.Body != first.Body {
					t.Fatalf("while it cannot be made: %d %.80s", a.StatusCode, a.Body)
				}
			}
			if err := settings.Cache.Invalidate(t.Context(), "post:a"); err != nil {
				t.Fatal(err)
			}
			if a := cl.Do("GET", "/posts/a", ""); a.StatusCode == 200 {
				t.Errorf("after it was invalidated: %.80s", a.Body)
			}
		})
	}
}

func TestCachedRead_AnswersVisitorsFromTheBytesThatAreKept(t *testing.T) {
	t.Parallel()
	var loads atomic.Int64
	s := fiberhttptest.MustNew(t, fiberhttptest.Settings(t))
	type in struct {
		Slug string `path:"slug"`
	}
	type body struct {
		Slug string `json:"slug"`
		For  string `json:"for"`
	}
	type out struct{ Body body }
	fiberhttp.Operation(s, fiberhttp.Public(), huma.Operation{OperationID: "get", Method: "GET", Path: "/posts/{slug}"},
		func(ctx context.Context, i *in) (*out, error) {
			return &out{Body: body{Slug: i.Slug, For: string(fiberhttp.ActorFrom(ctx).UserID)}}, nil
		},
		fiberhttp.CachedRead(tag, func(_ context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
			loads.Add(1)
			return fiberhttp.Bytes("application/json", []byte(`{"slug":"`+r.Param("slug")+`"}`)), nil
		}))
	cl := fiberhttptest.Serve(t, s)
	for range 3 {
		a := cl.Do("GET", "/api/v1/posts/a", "")
		if a.StatusCode != 200 || a.Body != `{"slug":"a"}` || a.Header.Get("Content-Type") != "application/json" || a.Header.Get("ETag") == "" {
			t.Fatalf("%d %s %v", a.StatusCode, a.Body, a.Header)
		}
	}
	if loads.Load() != 1 {
		t.Errorf("loaded %d times", loads.Load())
	}
	a := cl.Do("GET", "/api/v1/posts/a", "", "Authorization", "Bearer good")
	if !strings.Contains(a.Body, `"for":"u-cleo"`) || a.Header.Get("Cache-Control") != "private, no-store" {
		t.Errorf("%s %v", a.Body, a.Header)
	}
	if a := cl.Do("GET", "/api/v1/posts/a", "", "Authorization", "Bearer bad"); a.StatusCode != 401 {
		t.Errorf("a bad token got %d", a.StatusCode)
	}
}

func TestFlash_IsShownOnceAndOnlyToWhomItWasLeft(t *testing.T) {
	t.Parallel()
	s := fiberhttptest.MustNew(t, fiberhttptest.Settings(t))
	s.Page("GET", "/page", fiberhttp.Public(), html("page"), fiberhttp.Cached(func(*fiberhttp.Request) []string { return nil }))
	s.Page("POST", "/save", fiberhttp.Public(), func(context.Context, *fiberhttp.Request) (fiberhttp.Reply, error) {
		return fiberhttp.Redirect("/page").Flash("saved"), nil
	})
	cl := fiberhttptest.Serve(t, s)
	a := cl.Do("POST", "/save", "", "Sec-Fetch-Site", "same-origin")
	if k := a.Cookies(); a.StatusCode != 303 || len(k) != 1 || k[0].Name != "flash" || k[0].Value != "saved" || !k[0].HttpOnly {
		t.Fatalf("%d %v", a.StatusCode, a.Cookies())
	}
	shown := cl.Do("GET", "/page", "", "Cookie", "flash=saved")
	if k := shown.Cookies(); len(k) != 1 || k[0].Name != "flash" || k[0].Value != "" || shown.Header.Get("Cache-Control") != "private, no-store" {
		t.Errorf("the message stays: %v", shown.Header)
	}
	if next := cl.Do("GET", "/page", ""); len(next.Cookies()) != 0 || next.Header.Get("ETag") == "" {
		t.Errorf("%v", next.Header)
	}
}

func TestRequest_IsNotOverwrittenByLaterOnes(t *testing.T) {
	t.Parallel()
	// fasthttp reuses its buffers: what a handler keeps must be copies.
	var kept []*fiberhttp.Request
	s := fiberhttptest.MustNew(t, fiberhttptest.Settings(t))
	s.Page("GET", "/keep/{id}", fiberhttp.Public(), func(_ context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
		kept = append(kept, &fiberhttp.Request{Path: r.Path, Method: r.Param("id"), ID: r.ID, IP: r.Header("X-Value"), Actor: identity.Actor{Name: r.Query("q")}})
		return fiberhttp.NoContent(), nil
	})
	cl := fiberhttptest.Serve(t, s)
	for i := range 20 {
		v := strings.Repeat(string(rune('a'+i)), 20)
		cl.Do("GET", "/keep/"+v+"?q="+v, "", "X-Value", v, "X-Request-Id", v)
	}
	for i, r := range kept {
		v := strings.Repeat(string(rune('a'+i)), 20)
		if r.Path != "/keep/"+v || r.Method != v || r.IP != v || r.Actor.Name != v || r.ID != v {
			t.Fatalf("request %d became %+v", i, r)
		}
	}
	if bytes.Contains([]byte(kept[0].Path), []byte("b")) {
		t.Fatal("strings are reused")
	}
}

func TestByClass_KeepsAnAnswerForEachClassOfReaders(t *testing.T) {
	t.Parallel()
	settings := fiberhttptest.Settings(t)
	s := fiberhttptest.MustNew(t, settings)
	loads := 0
	fiberhttp.Operation(s, fiberhttp.Public(), huma.Operation{OperationID: "get", Method: "GET", Path: "/thing"},
		func(context.Context, *struct{}) (*struct{ Body string }, error) {
			return &struct{ Body string }{"own"}, nil
		},
		fiberhttp.CachedRead(tag, func(_ context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
			loads++
			if r.Actor.SignedIn() {
				t.Error("the loader sees who asks")
			}
			return fiberhttp.Bytes("application/json", []byte(`"`+r.Class()+`"`)), nil
		}),
		fiberhttp.ByClass(func(_ context.Context, r *fiberhttp.Request) (string, bool, error) {
			return "reader", r.Actor.Name == "Cleo", nil
		}))
	cl := fiberhttptest.Serve(t, s)
	for range 2 {
		for session, want := range map[string]string{"": `""`, "cleo": `"reader"`, "ben": `"own"`} {
			if a := cl.Get("/api/v1/thing", session); strings.TrimSpace(a.Body) != want {
				t.Errorf("%q gets %s, want %s", session, a.Body, want)
			}
		}
	}
	if loads != 2 {
		t.Errorf("loaded %d times for two classes", loads)
	}
	if a := cl.Do("GET", "/api/v1/class:reader:thing", ""); a.StatusCode != 404 {
		t.Errorf("a path like a key: %d", a.StatusCode)
	}
}
