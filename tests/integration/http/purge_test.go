package http_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/neoforge-dev/neoforge/tests/harness"
	"github.com/neoforge-dev/neoforge/tests/harness/program"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

// edge is what Cloudflare's API is asked.
type edge struct {
	*httptest.Server
	mu     sync.Mutex
	purged [][]string
}

func newEdge(t *testing.T) *edge {
	t.Helper()
	e := &edge{}
	e.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var given struct{ Tags []string }
		if err := json.NewDecoder(r.Body).Decode(&given); err != nil || !strings.HasSuffix(r.URL.Path, "/purge_cache") {
			t.Errorf("%s %s: %v", r.Method, r.URL, err)
		}
		e.mu.Lock()
		e.purged = append(e.purged, given.Tags)
		first := len(e.purged) == 1
		e.mu.Unlock()
		if first { // what fails is tried again
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		_, _ = w.Write([]byte(`{"success":true,"errors":[]}`)) // the program may be gone
	}))
	t.Cleanup(e.Close)
	return e
}

// calls are the ones that named a tag.
func (e *edge) calls(tag string) (n int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, tags := range e.purged {
		if slices.Contains(tags, tag) {
			n++
		}
	}
	return n
}

// Two replicas behind a network that keeps pages: what a page carries is what a change
// purges, once for all replicas, again where it failed; and sign-ins purge nothing.
func TestPurge_NamesTheTagsThatPagesCarry(t *testing.T) {
	t.Parallel()
	e := newEdge(t)
	r := program.StartReplicas(t, 2, program.Options{DatabaseURL: harness.Database(t, nil), RedisURL: harness.Redis(t), Environ: []string{
		"CLOUDFLARE_ZONE_ID=023e105f4ecef8ad9ca31a8372d0c353", "CLOUDFLARE_API_TOKEN=token", "CLOUDFLARE_API_URL=" + e.URL,
	}})
	ben := fixture.Correspondent{T: t, HTTP: r.SignedIn(t, "ben@neoforge.test"), Site: r.URL}
	tags := func(path string) []string {
		t.Helper()
		resp, err := http.Get(r.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			t.Fatalf("%s: %s", path, resp.Status)
		}
		if resp.Header.Get("Cache-Tag") == "" {
			return nil
		}
		return strings.Split(resp.Header.Get("Cache-Tag"), ",")
	}
	var written struct {
		ID      string
		Version int
	}
	ben.JSON("POST", "/api/v1/posts", `{"title":"At the edge","slug":"at-the-edge","body_markdown":"Text.","tags":["edge"],"visibility":"public"}`, 201, &written)
	ben.JSON("POST", "/api/v1/posts/"+written.ID+"/publish", "", 200, &written)
	const post = "content.post%3aat-the-edge"
	ben.Eventually("the change is purged", func() bool { return e.calls(post) >= 1 && e.calls("content.posts") >= 1 })
	for range r.All { // each replica says the same
		if have := tags("/posts/at-the-edge"); !slices.Contains(have, post) {
			t.Errorf("the post carries %q", have)
		}
	}
	// A post of other tags leaves the page where it is; one of the same tag may be named there.
	carried := tags("/posts/at-the-edge")
	for _, other := range []struct {
		slug, tag string
		reaches   bool
	}{{"far-away", "middle", false}, {"close-by", "edge", true}} {
		ben.JSON("POST", "/api/v1/posts", fmt.Sprintf(`{"title":"Other","slug":%q,"body_markdown":"Text.","tags":[%q],"visibility":"public"}`, other.slug, other.tag), 201, &written)
		ben.JSON("POST", "/api/v1/posts/"+written.ID+"/publish", "", 200, &written)
		its := "content.post%3a" + other.slug
		ben.Eventually(other.slug+" is purged", func() bool { return e.calls(its) >= 1 })
		e.mu.Lock()
		for _, call := range e.purged {
			both := slices.ContainsFunc(call, func(tag string) bool { return slices.Contains(carried, tag) })
			if slices.Contains(call, its) && both != other.reaches {
				t.Errorf("%s purges %q, and the page carries %q", other.slug, call, carried)
			}
		}
		e.mu.Unlock()
	}
	for _, path := range []string{"/", "/posts", "/tags/edge", "/feed.xml", "/sitemap.xml", "/pricing", "/api/v1/posts", "/api/v1/posts/at-the-edge"} {
		if have := tags(path); len(have) == 0 {
			t.Errorf("%s carries no tag", path)
		}
	}
	if have := tags("/docs"); have != nil {
		t.Errorf("what never changes carries %q", have)
	}
	ben.Eventually("what failed is purged again", func() bool {
		e.mu.Lock()
		defer e.mu.Unlock()
		first := fmt.Sprint(e.purged[0])
		return slices.ContainsFunc(e.purged[1:], func(tags []string) bool { return fmt.Sprint(tags) == first })
	})
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, call := range e.purged {
		for _, tag := range call {
			if strings.HasPrefix(tag, "identity.") || strings.HasPrefix(tag, "billing.organization") {
				t.Errorf("%s is on no page, and was purged", tag)
			}
		}
	}
}
