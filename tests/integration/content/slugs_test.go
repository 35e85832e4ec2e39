package content_test

import (
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/tests/harness/program"
)

// TestSlugs_OfAnyScriptLeadToTheirPostFromEverywhere publishes a post with a Japanese title,
// and follows every address of it that the site gives.
func TestSlugs_OfAnyScriptLeadToTheirPostFromEverywhere(t *testing.T) {
	t.Parallel()
	p := program.Start(t, program.Options{
		DatabaseURL: "sqlite://" + filepath.Join(t.TempDir(), "neoforge.db"), Environ: []string{"RATE_LIMIT=off"},
	})
	ben := p.SignedIn(t, "ben@neoforge.test")
	post := publishPost(t, p, ben, "鍛造について: on Forging", "First words.", "public")
	const slug = "鍛造について-on-forging"
	if post.Slug != slug {
		t.Fatalf("slug %q", post.Slug)
	}
	path := "/posts/" + url.PathEscape(slug)
	for _, page := range []string{"/", "/posts", "/feed.xml", "/sitemaps/posts-" + time.Now().UTC().Format("2006-01") + "-1.xml", "/authors/ben", "/api/v1/posts", path} {
		if text := get(t, http.DefaultClient, p.URL+page); !strings.Contains(text, path) || strings.Contains(text, "/posts/"+slug) {
			t.Errorf("%s does not lead to %s: %.2000s", page, path, text)
		}
	}
	other := publishPost(t, p, ben, "読み方", "これは**「重要」**です。Name.", "public")
	if text := get(t, http.DefaultClient, p.URL+"/posts/"+url.PathEscape(other.Slug)); !strings.Contains(text, `<div class="prose article__body article__body--whole" dir="auto" lang="ja">`) {
		t.Errorf("it is not said to be Japanese: %.3000s", text)
	}
	if text := get(t, http.DefaultClient, p.URL+path); !strings.Contains(text, `rel="canonical" href="`+p.URL+path+`"`) {
		t.Errorf("its page has no canonical address: %.3000s", text)
	}
	for _, address := range []string{path, "/posts/" + slug, strings.ToLower(path), "/posts/" + url.PathEscape(slug) + "?x=1"} {
		if text := get(t, http.DefaultClient, p.URL+address); !strings.Contains(text, "First words.") {
			t.Errorf("%s: %.300s", address, text)
		}
	}
	if read := readPost(t, p, http.DefaultClient, url.PathEscape(slug)); read.ID != post.ID || read.Slug != slug {
		t.Errorf("the API answers %+v", read)
	}
	res, err := http.Get(p.URL + "/posts/" + url.PathEscape("鍛造") + "%E3%81")
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusBadRequest && res.StatusCode != http.StatusNotFound {
		t.Errorf("half a character: %d", res.StatusCode)
	}

	// What is cached of it is made anew when it changes.
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPatch, p.URL+"/api/v1/posts/"+post.ID, strings.NewReader(`{"body_markdown":"Other words."}`))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("If-Match", "*")
	if res, err = ben.Do(req); err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusOK {
		t.Fatalf("changing it: %d", res.StatusCode)
	}
	if text := get(t, http.DefaultClient, p.URL+path); !strings.Contains(text, "Other words.") {
		t.Errorf("its page is the old one: %.300s", text)
	}
}
