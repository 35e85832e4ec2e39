package http_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

// TestPages_StandByThemselves writes a page beside a post of the same words, and looks at every
// place that lists or leads to either, on one replica and on two.
func TestPages_StandByThemselves(t *testing.T) {
	t.Parallel()
	for name, open := range sites {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			site, signedIn := open(t)
			ben := fixture.Correspondent{T: t, HTTP: signedIn("ben@neoforge.test"), Site: site}
			reader := visitor{t, site}
			type post struct{ ID, Kind, Slug, URL, Title string }
			write := func(body string) post {
				t.Helper()
				var p post
				ben.JSON("POST", "/api/v1/posts", body, 201, &p)
				ben.JSON("POST", "/api/v1/posts/"+p.ID+"/publish", "", 200, &p)
				return p
			}
			note := write(`{"title":"A quokka in the news","slug":"quokka-news","body_markdown":"Words.","tags":["quokka"],"visibility":"public"}`)
			page := write(`{"kind":"page","title":"About the quokka","slug":"about-quokka","excerpt":"Who we are.","body_markdown":"We are three.","tags":["quokka"],"visibility":"public"}`)
			if note.Kind != "post" || note.URL != site+"/posts/quokka-news" || page.Kind != "page" || page.URL != site+"/pages/about-quokka" {
				t.Errorf("they are %+v and %+v", note, page)
			}

			// Each is at its own address alone, in each form.
			for path, want := range map[string]string{
				"/posts/about-quokka": "/pages/about-quokka", "/pages/quokka-news": "/posts/quokka-news",
				"/posts/about-quokka.md": "/pages/about-quokka.md", "/pages/quokka-news.md": "/posts/quokka-news.md",
			} {
				if status, to, _ := reader.get(path); status != http.StatusMovedPermanently || to != want {
					t.Errorf("%s leads to %q, %d", path, to, status)
				}
			}
			_, _, shown := reader.get("/pages/about-quokka")
			for _, must := range []string{"<h1", "About the quokka", "We are three.", `"@type":"WebPage"`, `"name":"About the quokka"`, `<link rel="canonical" href="` + site + `/pages/about-quokka">`} {
				if !strings.Contains(shown, must) {
					t.Errorf("the page does not have %s", must)
				}
			}
			for _, never := range []string{`rel="author"`, "min read", "Filed under", `"@type":"Article"`, "datePublished", "Not published"} {
				if strings.Contains(shown, never) {
					t.Errorf("the page has %s", never)
				}
			}
			_, _, text := reader.get("/pages/about-quokka.md")
			if !strings.Contains(text, `title: "About the quokka"`) || !strings.Contains(text, "We are three.") || strings.Contains(text, "author:") || strings.Contains(text, "tags:") {
				t.Errorf("as Markdown it is\n%s", text)
			}

			// Lists that go by dates, tags or authors have the post alone; others have both.
			var me struct{ Handle string }
			var list struct{ Items []post }
			ben.JSON("GET", "/api/v1/posts/quokka-news", "", 200, &struct{ Author *struct{ Handle string } }{&me})
			month := time.Now().UTC().Format("2006-01")
			for path, both := range map[string]bool{
				"/": false, "/posts": false, "/tags/quokka": false, "/authors/" + me.Handle: false, "/archive": false, "/archive/" + month: false,
				"/feed.xml": false, "/rss.xml": false, "/feed.json": false, "/tags/quokka/feed.xml": false, "/authors/" + me.Handle + "/feed.xml": false,
				"/api/v1/posts": false, "/api/v1/posts?tag=quokka": false, "/api/v1/posts?author=" + me.Handle: false, "/sitemaps/posts-" + month + "-1.xml": false,
				"/posts/quokka-news": false,
				"/search?q=quokka":   true, "/api/v1/search?q=quokka": true, "/llms.txt": true,
			} {
				status, _, body := reader.get(path)
				if status != 200 || strings.Contains(body, "about-quokka") != both || path != "/archive" && !strings.Contains(body, "quokka-news") {
					t.Errorf("%s: %d, the page %t, the post %t", path, status, strings.Contains(body, "about-quokka"), strings.Contains(body, "quokka-news"))
				}
				if both && !strings.Contains(body, "/pages/about-quokka") {
					t.Errorf("%s leads to the page elsewhere", path)
				}
			}
			_, _, index := reader.get("/sitemap.xml")
			_, _, part := reader.get("/sitemaps/pages-1.xml")
			if !strings.Contains(index, site+"/sitemaps/pages-1.xml") || !strings.Contains(part, "<loc>"+site+"/pages/about-quokka</loc>") || strings.Contains(part, "quokka-news") {
				t.Errorf("the map of the site is %s and %s", index, part)
			}
			for _, absent := range []string{"/pages/nowhere", "/pages/nowhere.md"} {
				if status, _, body := reader.get(absent); status != 404 || !strings.Contains(body, "There is no such page.") {
					t.Errorf("%s answers %d", absent, status)
				}
			}
			if status, _, _ := reader.get("/sitemaps/pages-2.xml"); status != 404 {
				t.Errorf("a part without pages answers %d", status)
			}
			for query, want := range map[string]int{"kind=page": 1, "kind=page&author=" + me.Handle: 1, "kind=page&tag=quokka": 0, "kind=post&tag=quokka": 1} {
				ben.JSON("GET", "/api/v1/posts?"+query, "", 200, &list)
				if len(list.Items) != want {
					t.Errorf("?%s lists %+v", query, list.Items)
				}
			}
			ben.JSON("GET", "/api/v1/posts?kind=leaflet", "", 422, nil)

			// Those who write find pages among posts, and apart.
			for query, want := range map[string]int{"title=quokka": 2, "title=quokka&kind=post": 1, "title=quokka&kind=page": 1, "kind=page": 1, "kind=page&status=draft": 0} {
				ben.JSON("GET", "/api/v1/studio/posts?"+query, "", 200, &list)
				if len(list.Items) != want {
					t.Errorf("the studio lists %+v for %s", list.Items, query)
				}
			}
			studio := string(ben.Send("GET", "/studio?kind=page", "", "", 200))
			if !strings.Contains(studio, "About the quokka") || strings.Contains(studio, "A quokka in the news") || !strings.Contains(studio, "/studio/posts/new?kind=page") {
				t.Error("the list of pages is another one")
			}

			// A slug belongs to one of both, and leads to where it is now.
			ben.JSON("POST", "/api/v1/posts", `{"kind":"page","title":"Taken","slug":"quokka-news","body_markdown":"","visibility":"public"}`, 409, nil)
			ben.JSON("PATCH", "/api/v1/posts/"+page.ID, `{"slug":"who-we-are"}`, 200, nil, "If-Match", "*")
			settled := func(what, path string, want int) {
				t.Helper()
				ben.Eventually(what, func() bool { // of the other replica, which hears of it by a message
					for range 4 {
						if status, _, _ := reader.get(path); status != want {
							return false
						}
					}
					return true
				})
			}
			settled("the page is at its new address alone", "/pages/about-quokka", http.StatusMovedPermanently)
			for _, path := range []string{"/pages/about-quokka", "/posts/about-quokka", "/posts/who-we-are"} {
				if status, to, _ := reader.get(path); status != http.StatusMovedPermanently || to != "/pages/who-we-are" {
					t.Errorf("%s leads to %q, %d", path, to, status)
				}
			}
			if _, _, body := reader.get("/sitemaps/pages-1.xml"); strings.Contains(body, "about-quokka") || !strings.Contains(body, "/pages/who-we-are") {
				t.Errorf("the map is %s", body)
			}
			ben.JSON("POST", "/api/v1/posts/"+page.ID+"/unpublish", "", 200, nil)
			settled("a page that is a draft again is not found", "/pages/who-we-are", http.StatusNotFound)
			ben.JSON("PATCH", "/api/v1/posts/"+page.ID, `{"kind":"post"}`, 409, nil, "If-Match", "*")
		})
	}
}

// TestPages_AreBegunAndChangedByAPlainForm begins a page without script, and makes a post of it
// before it is published, and not after.
func TestPages_AreBegunAndChangedByAPlainForm(t *testing.T) {
	t.Parallel()
	site, signedIn := sites["sqlite"](t)
	client := signedIn("ben@neoforge.test")
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	ben := fixture.Correspondent{T: t, HTTP: client, Site: site}
	begun := string(ben.Send("GET", "/studio/posts/new?kind=page", "", "", 200))
	if !strings.Contains(words(t, begun), "New page") || !strings.Contains(words(t, begun), "About the page") || !strings.Contains(begun, `value="page" checked`) {
		t.Error("the form does not begin a page")
	}
	form := func(path string, values map[string]string, status int) string {
		t.Helper()
		typed := url.Values{"title": {"Contact"}, "body_markdown": {"Write to us."}, "visibility": {"public"}, "slug": {"contact-us"}}
		for k, v := range values {
			typed.Set(k, v)
		}
		return string(ben.Send("POST", path, "application/x-www-form-urlencoded", typed.Encode(), status, "Sec-Fetch-Site", "same-origin"))
	}
	if refused := form("/studio/posts", map[string]string{"kind": "page", "title": "", "idempotency_key": "page-form"}, 422); !strings.Contains(refused, "New page") || !strings.Contains(refused, `value="page" checked`) {
		t.Error("what was chosen is lost with a fault")
	}
	form("/studio/posts", map[string]string{"kind": "page", "idempotency_key": "page-form"}, 303)
	var list struct {
		Items []struct {
			ID, Kind string
			Version  int
		}
	}
	kind := func() string {
		t.Helper()
		ben.JSON("GET", "/api/v1/studio/posts?title=Contact", "", 200, &list)
		if len(list.Items) != 1 {
			t.Fatalf("there are %+v", list.Items)
		}
		return list.Items[0].Kind
	}
	if k := kind(); k != "page" {
		t.Fatalf("it was begun as a %s", k)
	}
	path := "/studio/posts/" + list.Items[0].ID
	if edit := string(ben.Send("GET", path, "", "", 200)); !strings.Contains(words(t, edit), "Edit page") || !strings.Contains(edit, `value="page" checked`) {
		t.Error("the editor does not say that it is a page")
	}
	for _, to := range []string{"post", "page"} {
		form(path, map[string]string{"kind": to, "version": fmt.Sprint(list.Items[0].Version)}, 303)
		if k := kind(); k != to {
			t.Errorf("it became a %s, not a %s", k, to)
		}
	}
	if refused := form(path, map[string]string{"kind": "leaflet", "version": fmt.Sprint(list.Items[0].Version)}, 422); !strings.Contains(refused, "Choose a post or a page.") {
		t.Error("what it cannot be is not said")
	}
	form(path, map[string]string{"intent": "publish", "version": fmt.Sprint(list.Items[0].Version)}, 303)
	if edit := string(ben.Send("GET", path, "", "", 200)); strings.Contains(edit, `name="kind"`) || !strings.Contains(edit, `href="/pages/contact-us"`) {
		t.Error("the editor of what is published offers to make something else of it, or leads elsewhere")
	}
	kind()
	if refused := form(path, map[string]string{"kind": "post", "version": fmt.Sprint(list.Items[0].Version)}, 422); !strings.Contains(refused, "a page stays a page") {
		t.Error("a form from before says nothing of what became of the choice")
	}
	if k := kind(); k != "page" {
		t.Errorf("once published, it became a %s", k)
	}
}
