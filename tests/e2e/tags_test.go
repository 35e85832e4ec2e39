package e2e_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/neoforge-dev/neoforge/tests/harness"
	"github.com/neoforge-dev/neoforge/tests/harness/program"
)

// TestBrowser_MergesTags has an administrator describe a tag and merge another one into it,
// after being asked; old links lead to it; with scripts and without.
func TestBrowser_MergesTags(t *testing.T) {
	t.Parallel()
	harness.Chromium(t)
	for name, scripts := range map[string]bool{"with scripts": true, "with scripts off": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := program.Start(t, program.Options{})
			ben := p.SignedIn(t, "ben@neoforge.test")
			for title, tag := range map[string]string{"On B-trees": "db", "On logs": "databases"} {
				id := fmt.Sprint(ask(t, ben, http.MethodPost, p.URL+"/api/v1/posts", map[string]any{"title": title, "body_markdown": "One.", "visibility": "public", "tags": []string{tag}})["id"])
				ask(t, ben, http.MethodPost, p.URL+"/api/v1/posts/"+id+"/publish", nil)
			}
			b := open(t, p.URL)
			signIn(b, "ada@neoforge.test", "/studio")
			if !scripts {
				b.withoutScripts()
			}
			b.press("Tags")
			b.shows("no description yet")
			b.press("databases")
			b.fill("title", "Databases")
			b.fill("description", "Where things are kept, and found again.")
			b.choose(`form[action="/studio/tags/databases"] button`)
			b.shows("Saved.")
			b.visit("/studio/tags/db")
			b.fill("name", "databases")
			b.press("Rename")
			b.shows("Merge “db” into “databases”?")
			b.shows("it cannot be undone")
			b.choose(`section[aria-labelledby=merge] button`)
			b.shows("The old name leads here from now on.")
			b.shows("Names that lead here")
			b.visit("/tags/db")
			if b.path() != "/tags/databases" {
				t.Errorf("the old link leads to %s", b.path())
			}
			page := b.source()
			for _, words := range []string{"On B-trees", "On logs", ">Databases</h1>", `name="description" content="Where things are kept, and found again."`} {
				if !strings.Contains(page, words) {
					t.Errorf("the page of the tag has no %s", words)
				}
			}
		})
	}
}

// TestBrowser_SaysWhatSearchEnginesAreTold has an author fill in the details of a post, one
// of them wrongly, and finds them in its page and the sitemap.
func TestBrowser_SaysWhatSearchEnginesAreTold(t *testing.T) {
	t.Parallel()
	harness.Chromium(t)
	p := program.Start(t, program.Options{})
	ben := p.SignedIn(t, "ben@neoforge.test")
	id := fmt.Sprint(ask(t, ben, http.MethodPost, p.URL+"/api/v1/posts", map[string]any{"title": "On details", "body_markdown": "One.", "visibility": "public"})["id"])
	ask(t, ben, http.MethodPost, p.URL+"/api/v1/posts/"+id+"/publish", nil)
	b := open(t, p.URL)
	b.expects("status of 422") // a form that is shown again
	signIn(b, "ben@neoforge.test", "/studio/posts/"+id)
	b.editorWakes()
	b.press("Details")
	b.sees("What search engines and other sites are told")
	b.fill("seo_title", "All about details")
	b.fill("canonical_url", "example.org/first")
	b.press("Save")
	b.sees("Write a whole address")
	b.until("nothing typed is lost", `document.querySelector("[name=seo_title]").value === "All about details"`)
	b.run(`document.querySelector("[name=canonical_url]").value = ""`)
	b.fill("canonical_url", "https://example.org/first")
	b.press("Save")
	b.sees("search engines and other sites are told this from now on")
	b.visit("/posts/on-details")
	b.sees("On details")
	page := b.source()
	for _, words := range []string{"<title>All about details", `rel="canonical" href="https://example.org/first"`, `property="og:title" content="All about details"`} {
		if !strings.Contains(page, words) {
			t.Errorf("the head of the page has no %s", words)
		}
	}
	res, err := http.Get(p.URL + "/sitemap.xml")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if sitemap, err := io.ReadAll(res.Body); err != nil || strings.Contains(string(sitemap), "on-details") {
		t.Error("a post that is at home elsewhere is in the sitemap")
	}
}
