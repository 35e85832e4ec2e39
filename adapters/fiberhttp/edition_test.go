package fiberhttp_test

import (
	"context"
	"testing"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/fiberhttptest"
)

// deployed is a program of a build whose template says text, on a cache.
func deployed(t *testing.T, settings fiberhttp.Config, build, text string) fiberhttptest.Client {
	t.Helper()
	settings.Version = build
	s := fiberhttptest.MustNew(t, settings)
	s.Page("GET", "/posts/{slug}", fiberhttp.Public(), func(context.Context, *fiberhttp.Request) (fiberhttp.Reply, error) {
		return fiberhttp.Bytes("text/html; charset=utf-8", []byte(text)), nil
	}, fiberhttp.Cached(tag))
	return fiberhttptest.Serve(t, s)
}

func TestPageCache_IsNotSharedByTwoBuilds(t *testing.T) {
	t.Parallel()
	settings := fiberhttptest.Settings(t)
	before := deployed(t, settings, "devel+0a1b2c", "<p>old template</p>")
	if a := before.Do("GET", "/posts/a", ""); a.Body != "<p>old template</p>" {
		t.Fatal(a.Body)
	}
	after := deployed(t, settings, "devel+3d4e5f", "<p>new template</p>")
	if a := after.Do("GET", "/posts/a", ""); a.Body != "<p>new template</p>" {
		t.Errorf("beside a full cache the new build serves %q", a.Body)
	}
	if a := before.Do("GET", "/posts/a", ""); a.Body != "<p>old template</p>" {
		t.Errorf("the old build serves %q", a.Body)
	}
	same := deployed(t, settings, "devel+3d4e5f", "<p>made anew</p>")
	if a := same.Do("GET", "/posts/a", ""); a.Body != "<p>new template</p>" {
		t.Errorf("a replica of the same build does not share the cache: %q", a.Body)
	}
}
