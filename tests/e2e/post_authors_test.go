package e2e_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/neoforge-dev/neoforge/tests/harness"
	"github.com/neoforge-dev/neoforge/tests/harness/program"
)

// TestBrowser_NamesSeveralAuthorsOfAPost has an author name others, with scripts and without;
// readers see all of them; one orders nothing, and takes themselves out; an administrator hands
// the post to another, by its page and in bulk.
func TestBrowser_NamesSeveralAuthorsOfAPost(t *testing.T) {
	t.Parallel()
	harness.Chromium(t)
	for name, scripts := range map[string]bool{"with scripts": true, "with scripts off": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := program.Start(t, program.Options{})
			ada, ben, cleo := p.SignedIn(t, "ada@neoforge.test"), p.SignedIn(t, "ben@neoforge.test"), p.SignedIn(t, "cleo@neoforge.test")
			cleoID := ask(t, cleo, http.MethodGet, p.URL+"/api/v1/me", nil)["id"]
			ask(t, ada, http.MethodPatch, fmt.Sprintf("%s/api/v1/admin/users/%s", p.URL, cleoID), map[string]string{"role": "author"})
			ask(t, cleo, http.MethodPost, p.URL+"/api/v1/posts", map[string]string{"title": "By Cleo alone", "body_markdown": "One.", "visibility": "public"})
			handles := map[string]string{}
			for who, client := range map[string]*http.Client{"ada": ada, "ben": ben, "cleo": cleo} {
				own := ask(t, client, http.MethodPost, p.URL+"/api/v1/posts", map[string]string{"title": "Of " + who, "body_markdown": "One.", "visibility": "public"})
				handles[who] = own["author"].(map[string]any)["handle"].(string)
			}
			post := ask(t, ben, http.MethodPost, p.URL+"/api/v1/posts", map[string]string{"title": "Written by three", "body_markdown": "One.", "visibility": "public"})
			id := fmt.Sprint(post["id"])
			ask(t, ben, http.MethodPost, p.URL+"/api/v1/posts/"+id+"/publish", nil)

			as := func(email, path string) *browser {
				t.Helper()
				b := open(t, p.URL)
				b.expects("status of 422") // a form that is shown again
				signIn(b, email, path)
				if !scripts {
					b.withoutScripts()
					b.visit(path)
				}
				return b
			}
			b := as("ben@neoforge.test", "/studio/posts/"+id)
			b.choose(`a[href$="/authors"]`)
			b.shows("It belongs to them")
			b.fill("handle", "nobody-at-all")
			b.choose(`.panel button[value=add]`)
			b.shows("Nobody writes here under the handle “nobody-at-all”")
			if !strings.Contains(b.source(), `value="nobody-at-all"`) {
				t.Error("what was typed is lost")
			}
			for _, who := range []string{"ada", "cleo"} {
				b.visit("/studio/posts/" + id + "/authors")
				b.fill("handle", handles[who])
				b.choose(`.panel button[value=add]`)
				b.shows("@" + handles[who])
			}
			b.choose(`button[value=up-2]`)
			b.shows("Saved.")
			names := fmt.Sprintf("%s,%s,%s", handles["ben"], handles["cleo"], handles["ada"])
			if have := authorsOf(t, ben, p.URL, id); have != names {
				t.Errorf("by %s, not by %s", have, names)
			}
			b.visit("/posts/written-by-three")
			for _, handle := range handles {
				if !strings.Contains(b.source(), `href="/authors/`+handle+`" rel="author"`) {
					t.Errorf("readers do not see %s", handle)
				}
			}
			b.visit("/authors/" + handles["cleo"])
			b.shows("Written by three")

			b = as("cleo@neoforge.test", "/studio")
			b.shows("Written by three")
			b.visit("/studio/posts/" + id + "/authors")
			if page := b.source(); strings.Contains(page, `value="up-`) || strings.Contains(page, "Add an author") {
				t.Error("another than the first author orders and adds others")
			}
			b.choose(`button[value=remove-1]`)
			b.shows("You are no longer one of its authors.")

			b = as("ada@neoforge.test", "/studio/posts/"+id+"/authors")
			b.choose(`button[value=up-1]`)
			b.shows("Saved.")
			if have, want := authorsOf(t, ada, p.URL, id), handles["ada"]+","+handles["ben"]; have != want {
				t.Errorf("by %s, not by %s", have, want)
			}
			b.visit("/studio?title=alone")
			b.do("hand them on", chromedp.SendKeys(chromedp.CSS("#bulk-action"), "Hand to"))
			b.choose(`button[value=all]`)
			b.shows("Hand 1 post to another author")
			b.fill("value", handles["ben"])
			b.choose(`form[action="/studio/bulk"] button[type=submit]`)
			b.shows("Handed 1 post to another author")
		})
	}
}

func authorsOf(t *testing.T, client *http.Client, site, id string) string {
	t.Helper()
	var handles []string
	for _, a := range ask(t, client, http.MethodGet, site+"/api/v1/posts/"+id+"/authors", nil)["items"].([]any) {
		handles = append(handles, a.(map[string]any)["handle"].(string))
	}
	return strings.Join(handles, ",")
}
