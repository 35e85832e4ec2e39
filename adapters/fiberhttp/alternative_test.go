package fiberhttp_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/fiberhttptest"
)

func TestAlternative_IsNeverTakenForTheOtherForm(t *testing.T) {
	t.Parallel()
	var made atomic.Int64
	s := fiberhttptest.MustNew(t, fiberhttptest.Settings(t))
	s.Page("GET", "/posts/{slug}", fiberhttp.Public(), counted(&made), fiberhttp.Cached(tag),
		fiberhttp.Alternative("text/markdown", ".md", func(_ context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
			return fiberhttp.Bytes("text/markdown; charset=utf-8", []byte("for "+r.Actor.Name+"\n")), nil
		}))
	c := fiberhttptest.Serve(t, s)
	for accept, markdown := range map[string]bool{
		"": false, "*/*": false, "text/*": false, "text/html": false, "text/html, text/markdown;q=0.9": false, "text/markdown;q=0": false, "text/markdown;q=x": false,
		"text/markdown": true, "text/markdown, text/html": true, "text/markdown, text/html;q=0.9, */*;q=0.8": true, "text/markdown;q=0.5, */*;q=0.1": true, "application/json, text/markdown;charset=utf-8;q=1": true,
		"text/markdown;q=0.2, text/*;q=0.3": false, "text/markdownish": false,
	} {
		for _, session := range []string{"", "cleo"} {
			for range 2 { // from the cache, too
				a := c.Get("/posts/a", session, "Accept", accept)
				if got := strings.HasPrefix(a.Header.Get("Content-Type"), "text/markdown"); got != markdown || strings.HasPrefix(a.Body, "for ") != markdown {
					t.Errorf("%q as %q: %s %.40q", accept, session, a.Header.Get("Content-Type"), a.Body)
				}
				if vary := strings.Join(a.Header.Values("Vary"), ", "); !strings.Contains(vary, "Accept,") && vary != "Accept" {
					t.Errorf("%q as %q varies by %q", accept, session, vary)
				}
				if cached := a.Header.Get("Cache-Control") != "private, no-store"; cached != (!markdown && session == "") {
					t.Errorf("%q as %q: %s", accept, session, a.Header.Get("Cache-Control"))
				}
			}
		}
	}
	// At its own address the other form is cached as the page is, whatever is accepted.
	for _, accept := range []string{"", "text/markdown", "text/html"} {
		if a := c.Get("/posts/a.md", "", "Accept", accept); a.Body != "for \n" || !strings.HasPrefix(a.Header.Get("Cache-Control"), "public") {
			t.Errorf("%q: %q %s", accept, a.Body, a.Header.Get("Cache-Control"))
		}
		if a := c.Get("/posts/a.md", "cleo", "Accept", accept); a.Body != "for Cleo\n" || a.Header.Get("Cache-Control") != "private, no-store" {
			t.Errorf("%q: %q %s", accept, a.Body, a.Header.Get("Cache-Control"))
		}
	}
	if a := c.Do("HEAD", "/posts/a", "", "Accept", "text/markdown"); a.StatusCode != 200 || !strings.HasPrefix(a.Header.Get("Content-Type"), "text/markdown") || a.Body != "" {
		t.Errorf("HEAD: %d %s", a.StatusCode, a.Header.Get("Content-Type"))
	}
}
