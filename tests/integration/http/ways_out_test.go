package http_test

import (
	"bytes"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/neoforge-dev/neoforge/tests/harness"
	"github.com/neoforge-dev/neoforge/tests/harness/program"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

// way is how a route of content is asked for what it tells of a post that is not for
// everybody. A path may have {slug}, {id}, {seek} (a word behind the gate) and {preview} (the
// secret of a link) of the post, and {feed} (the secret of the reader's feed).
type way struct {
	path   string
	accept string
	whole  bool // who may read the post finds all of it there; else nobody does
}

// waysOut are the routes of content that read, each with the ways to ask it. A route that is
// not here fails the test.
var waysOut = map[string][]way{
	"/":                                     {{path: "/"}},
	"/posts":                                {{path: "/posts"}, {path: "/posts?tag=gated"}},
	"/posts/{slug}":                         {{path: "/posts/{slug}", whole: true}, {path: "/posts/{slug}.md", whole: true}, {path: "/posts/{slug}", accept: "text/markdown", whole: true}},
	"/posts/{slug}/card.png":                {{path: "/posts/{slug}/card.png"}},
	"/pages/{slug}":                         {{path: "/pages/{slug}", whole: true}, {path: "/pages/{slug}.md", whole: true}, {path: "/pages/{slug}", accept: "text/markdown", whole: true}},
	"/tags/{tag}":                           {{path: "/tags/gated"}},
	"/tags/{tag}/feed.xml":                  {{path: "/tags/gated/feed.xml"}},
	"/tags/{tag}/rss.xml":                   {{path: "/tags/gated/rss.xml"}},
	"/tags/{tag}/feed.json":                 {{path: "/tags/gated/feed.json"}},
	"/authors/{handle}":                     {{path: "/authors/ben"}},
	"/authors/{handle}/feed.xml":            {{path: "/authors/ben/feed.xml"}},
	"/authors/{handle}/rss.xml":             {{path: "/authors/ben/rss.xml"}},
	"/authors/{handle}/feed.json":           {{path: "/authors/ben/feed.json"}},
	"/feed.xml":                             {{path: "/feed.xml"}},
	"/rss.xml":                              {{path: "/rss.xml"}},
	"/feed.json":                            {{path: "/feed.json"}},
	"/feeds/{secret}/feed.xml":              {{path: "/feeds/{feed}/feed.xml", whole: true}},
	"/feeds/{secret}/rss.xml":               {{path: "/feeds/{feed}/rss.xml", whole: true}},
	"/feeds/{secret}/feed.json":             {{path: "/feeds/{feed}/feed.json", whole: true}},
	"/llms.txt":                             {{path: "/llms.txt"}},
	"/archive":                              {{path: "/archive"}, {path: "/archive?year=2000"}},
	"/archive/{month}":                      {{path: "/archive/{month}"}},
	"/sitemap.xml":                          {{path: "/sitemap.xml"}},
	"/sitemaps/{part}":                      {{path: "/sitemaps/pages.xml"}, {path: "/sitemaps/pages-1.xml"}, {path: "/sitemaps/posts-{month}-1.xml"}, {path: "/sitemaps/tags-1.xml"}, {path: "/sitemaps/authors-1.xml"}},
	"/search":                               {{path: "/search?q={seek}", whole: true}, {path: "/search?q=gated", whole: true}},
	"/preview/{secret}":                     {{path: "/preview/{preview}", whole: true}},
	"/account/feed":                         {{path: "/account/feed"}},
	"/terms":                                {{path: "/terms"}},
	"/privacy":                              {{path: "/privacy"}},
	"/api/v1/posts":                         {{path: "/api/v1/posts"}, {path: "/api/v1/posts?kind=page"}, {path: "/api/v1/posts?tag=gated"}},
	"/api/v1/posts/{slug}":                  {{path: "/api/v1/posts/{slug}", whole: true}, {path: "/api/v1/posts/{id}"}},
	"/api/v1/posts/{id}/revisions":          {{path: "/api/v1/posts/{id}/revisions"}},
	"/api/v1/posts/{id}/revisions/{number}": {{path: "/api/v1/posts/{id}/revisions/1"}},
	"/api/v1/posts/{id}/revisions/{number}/compare":          {{path: "/api/v1/posts/{id}/revisions/1/compare"}},
	"/api/v1/posts/{id}/working-copy":                        {{path: "/api/v1/posts/{id}/working-copy"}},
	"/studio/posts/{id}/revisions":                           {{path: "/studio/posts/{id}/revisions"}},
	"/studio/posts/{id}/revisions/{number}":                  {{path: "/studio/posts/{id}/revisions/1"}},
	"/api/v1/search":                                         {{path: "/api/v1/search?q={seek}", whole: true}, {path: "/api/v1/search?q=gated", whole: true}},
	"/api/v1/me/feed":                                        {{path: "/api/v1/me/feed"}},
	"/studio/posts/{id}":                                     {{path: "/studio/posts/{id}"}},
	"/media/{id}":                                            {{path: "/media/{id}"}},
	"/media/{id}/{version}/{file}":                           {{path: "/media/{id}/1/original.jpg"}},
	"/studio/media":                                          {{path: "/studio/media"}, {path: "/studio/media?q=gated"}},
	"/studio/media/{id}":                                     {{path: "/studio/media/{id}"}},
	"/api/v1/media":                                          {{path: "/api/v1/media"}, {path: "/api/v1/media?q=gated"}},
	"/api/v1/media/{id}":                                     {{path: "/api/v1/media/{id}"}},
	"/api/v1/media/{id}/uses":                                {{path: "/api/v1/media/{id}/uses"}},
	"/studio/share":                                          {{path: "/studio/share"}},
	"/studio":                                                {{path: "/studio"}},
	"/studio/posts/new":                                      {{path: "/studio/posts/new"}},
	"/studio/posts/{id}/sharing":                             {{path: "/studio/posts/{id}/sharing"}},
	"/studio/posts/{id}/previews":                            {{path: "/studio/posts/{id}/previews"}},
	"/api/v1/posts/{id}/shares":                              {{path: "/api/v1/posts/{id}/shares"}},
	"/api/v1/posts/{id}/preview-links":                       {{path: "/api/v1/posts/{id}/preview-links"}},
	"/admin/site-pages":                                      {{path: "/admin/site-pages"}},
	"/admin/site-pages/{site_page}":                          {{path: "/admin/site-pages/terms"}},
	"/api/v1/posts/{id}/details":                             {{path: "/api/v1/posts/{id}/details"}},
	"/api/v1/posts/{id}/authors":                             {{path: "/api/v1/posts/{id}/authors"}},
	"/studio/posts/{id}/authors":                             {{path: "/studio/posts/{id}/authors"}},
	"/studio/posts/{id}/details":                             {{path: "/studio/posts/{id}/details"}},
	"/studio/posts/{id}/cover":                               {{path: "/studio/posts/{id}/cover"}, {path: "/studio/posts/{id}/cover?q=gated"}},
	"/api/v1/posts/{id}/review":                              {{path: "/api/v1/posts/{id}/review"}},
	"/api/v1/tags/{tag}":                                     {{path: "/api/v1/tags/gated"}},
	"/api/v1/studio/tags":                                    {{path: "/api/v1/studio/tags"}},
	"/api/v1/studio/tags/{tag}":                              {{path: "/api/v1/studio/tags/gated"}},
	"/api/v1/studio/posts":                                   {{path: "/api/v1/studio/posts"}, {path: "/api/v1/studio/posts?tag=gated"}},
	"/studio/tags":                                           {{path: "/studio/tags"}},
	"/studio/tags/{tag}":                                     {{path: "/studio/tags/gated"}},
	"/admin/site-pages/{site_page}/versions/{number}":        {{path: "/admin/site-pages/terms/versions/1"}},
	"/api/v1/admin/site-pages/{site_page}/versions":          {{path: "/api/v1/admin/site-pages/terms/versions"}},
	"/api/v1/admin/site-pages/{site_page}/versions/{number}": {{path: "/api/v1/admin/site-pages/terms/versions/1"}},
	"/api/v1/site-pages/{site_page}":                         {{path: "/api/v1/site-pages/terms"}},
}

// gatedPost is a post, or a page, whose words behind the gate are its own.
type gatedPost struct {
	visibility, id, slug, preview string
	page                          bool
	month                         string // of its publication, as addresses have it
	seek, hidden                  string
}

func (p gatedPost) fill(path string, r *outletReader) string {
	return strings.NewReplacer("{slug}", p.slug, "{id}", p.id, "{seek}", p.seek, "{preview}", p.preview, "{feed}", r.feed, "{month}", p.month).Replace(path)
}

// outletReader is somebody who reads, and what of the posts they may read whole.
type outletReader struct {
	name  string
	email string // empty: a visitor
	may   []string
	feed  string
	at    map[string]*http.Client // by the replica's address
}

// get asks as the reader.
func (r *outletReader) get(t *testing.T, site string, w way, path string) (status int, body string) {
	t.Helper()
	q, err := http.NewRequestWithContext(t.Context(), http.MethodGet, site+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	q.Header.Set("Accept", w.accept)
	if w.accept == "" {
		q.Header.Set("Accept", "text/html, application/json, */*;q=0.5")
	}
	client := r.at[site]
	if strings.HasPrefix(path, "/feeds/") {
		client = http.DefaultClient // which knows the address alone
	}
	answer, err := client.Do(q)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	raw, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(raw)
}

// TestWaysOut_LeadToWhoMayReadAlone asks every route of content that reads for posts that are
// not for everybody, on two replicas, from cold caches and from warm ones, whoever came first.
func TestWaysOut_LeadToWhoMayReadAlone(t *testing.T) {
	t.Parallel()
	here := program.Options{DatabaseURL: harness.Database(t, program.MigrateUp), RedisURL: harness.Redis(t), Environ: []string{"RATE_LIMIT=off"}}
	first := program.Start(t, here)
	here.BaseURL = first.URL
	second := program.Start(t, here)
	replicas := []string{first.URL, second.URL}

	canvases, err := first.App.Canvases(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	routes := map[string]bool{}
	for _, c := range canvases {
		if c.Name != "content" {
			continue
		}
		for _, r := range c.Routes {
			if path, ok := strings.CutPrefix(r, "GET "); ok {
				path, _, _ = strings.Cut(path, " (")
				routes[path] = true
			}
		}
	}
	for path := range routes {
		if len(waysOut[path]) == 0 {
			t.Errorf("GET %s is in no way declared: say in waysOut how it is asked for a post, and who finds it whole there", path)
		}
	}
	for path := range waysOut {
		if !routes[path] {
			t.Errorf("%s is declared, and content has no such route", path)
		}
	}

	ben := fixture.Correspondent{T: t, HTTP: first.SignedIn(t, "ben@neoforge.test"), Site: first.URL}
	write := func(kind, visibility string) gatedPost {
		t.Helper()
		p := gatedPost{visibility: visibility, page: kind == "page", seek: "seek" + kind + visibility + "zqx", hidden: "hidden" + kind + visibility + "zqx"}
		var made struct{ ID, Slug string }
		ben.JSON("POST", "/api/v1/posts", `{"kind":"`+kind+`","title":"A `+visibility+` way","tags":["gated"],"visibility":"`+visibility+`","body_markdown":"Open words, gated or not.\n\n<!--more-->\n\nBehind it `+p.seek+` leads to `+p.hidden+` alone."}`, 201, &made)
		p.id, p.slug = made.ID, made.Slug
		var published struct {
			At string `json:"published_at"`
		}
		ben.JSON("POST", "/api/v1/posts/"+p.id+"/publish", "", 200, &published)
		p.month = published.At[:len("2026-01")]
		var link struct{ URL string }
		ben.JSON("POST", "/api/v1/posts/"+p.id+"/preview-links", `{"days":1}`, 201, &link)
		_, p.preview, _ = strings.Cut(link.URL, "/preview/")
		return p
	}
	posts := []gatedPost{write("post", "members"), write("post", "paid"), write("page", "members"), write("page", "paid")}
	readers := []*outletReader{
		{name: "a visitor", feed: "AAAAAAAAAAAAAAAAAAAAAAAAAA"}, {name: "a member", email: "cleo@neoforge.test", may: []string{"members"}},
		{name: "a subscriber", email: "dan@neoforge.test", may: []string{"members", "paid"}},
	}
	for _, r := range readers {
		r.at = map[string]*http.Client{}
		for _, site := range replicas {
			r.at[site] = &http.Client{}
			if r.email != "" {
				r.at[site] = program.SignedInAt(t, site, r.email)
			}
		}
		if r.email == "" {
			continue
		}
		var feed struct {
			Atom string `json:"atom_url"`
		}
		fixture.Correspondent{T: t, HTTP: r.at[first.URL], Site: first.URL}.JSON("POST", "/api/v1/me/feed", "", 201, &feed)
		r.feed = strings.Split(feed.Atom, "/")[4]
	}

	slices.Reverse(readers) // whoever may read comes first, and fills the caches
	for range 2 {
		for _, site := range replicas {
			for range 2 { // from cold caches, and from warm ones
				for _, ways := range waysOut {
					for _, w := range ways {
						askWay(t, site, w, posts, readers)
					}
				}
			}
		}
		slices.Reverse(readers)
		for _, p := range posts { // the caches are cold again
			ben.JSON("POST", "/api/v1/posts/"+p.id+"/unpublish", "", 200, nil)
			ben.JSON("POST", "/api/v1/posts/"+p.id+"/publish", "", 200, nil)
		}
	}
	askEverythingElse(t, first, routes, posts, readers)
	searchTellsNothing(t, replicas, posts, readers)
}

// askWay asks one way of each reader in turn.
func askWay(t *testing.T, site string, w way, posts []gatedPost, readers []*outletReader) {
	t.Helper()
	feed := strings.Contains(w.path, "{feed}") // which is one for all posts, without pages, and may not be asked often
	for _, of := range posts {
		if feed && of.page {
			continue
		}
		for _, r := range readers {
			path := of.fill(w.path, r)
			status, body := r.get(t, site, w, path)
			for _, p := range posts {
				entitled := w.whole && slices.Contains(r.may, p.visibility) && !(feed && p.page)
				if found := strings.Contains(body, p.hidden); found && !entitled {
					t.Errorf("%s reads the %s post at %s%s (%q)", r.name, p.visibility, site, path, w.accept)
				} else if !found && entitled && (p.id == of.id || feed) {
					t.Errorf("%s does not find the %s post at %s (%q): %d", r.name, p.visibility, path, w.accept, status)
				}
			}
			if status >= http.StatusInternalServerError {
				t.Errorf("%s at %s: %d", r.name, path, status)
			}
		}
	}
}

var pathParameter = regexp.MustCompile(`\{[a-z_]+\}`)

// askEverythingElse asks all other routes that read, as who may not.
func askEverythingElse(t *testing.T, p *program.Program, content map[string]bool, posts []gatedPost, readers []*outletReader) {
	t.Helper()
	routes, err := p.App.Routes()
	if err != nil {
		t.Fatal(err)
	}
	asked := 0
	for _, route := range routes {
		if route.Method != http.MethodGet || content[route.Path] || strings.Contains(route.Path, "...") {
			continue
		}
		asked++
		for _, of := range posts {
			path := pathParameter.ReplaceAllString(strings.ReplaceAll(route.Path, "{id}", of.id), of.slug)
			for _, r := range readers {
				if slices.Contains(r.may, of.visibility) {
					continue
				}
				if _, body := r.get(t, p.URL, way{}, path); strings.Contains(body, of.hidden) {
					t.Errorf("%s reads the %s post at %s, which is none of content's", r.name, of.visibility, path)
				}
			}
		}
	}
	if asked < 80 {
		t.Errorf("%d other routes were asked", asked)
	}
}

// searchTellsNothing compares what somebody is answered to a word behind a gate that is
// theirs not to pass with what they are answered to a word that stands nowhere.
func searchTellsNothing(t *testing.T, replicas []string, posts []gatedPost, readers []*outletReader) {
	t.Helper()
	for _, site := range replicas {
		for _, r := range readers {
			for _, p := range posts {
				if slices.Contains(r.may, p.visibility) {
					continue
				}
				for _, query := range []string{"{word}", "gated+{word}", "gated+-{word}", "%22Open+words%22+-{word}", "{word}*"} {
					ask := func(word string) []byte {
						_, body := r.get(t, site, way{}, "/api/v1/search?q="+strings.ReplaceAll(query, "{word}", word))
						return []byte(body)
					}
					for _, word := range []string{p.hidden, p.hidden[:len(p.hidden)-1], p.hidden[:len("hiddenpostpaidz")]} {
						nowhere := strings.Repeat("q", len(word))
						if there, not := ask(word), ask(nowhere); !bytes.Equal(there, not) {
							t.Errorf("%s is told by %q that %s is there:\n%s\n%s", r.name, query, word, there, not)
						}
					}
				}
			}
		}
	}
}
