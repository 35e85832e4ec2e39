package http_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

// TestPostAuthors_AreNamedWhereverThePostIs names a second author by the API and by the form,
// over the version that was seen, and looks for both wherever a visitor meets the post, on one
// replica and on two.
func TestPostAuthors_AreNamedWhereverThePostIs(t *testing.T) {
	t.Parallel()
	for name, open := range sites {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			site, signedIn := open(t)
			ada := fixture.Correspondent{T: t, HTTP: signedIn("ada@neoforge.test"), Site: site}
			ben := fixture.Correspondent{T: t, HTTP: signedIn("ben@neoforge.test"), Site: site}
			cleo := fixture.Correspondent{T: t, HTTP: signedIn("cleo@neoforge.test"), Site: site}
			read := func(path string, headers ...string) string {
				t.Helper()
				answer, body := fetch(t, &http.Client{}, "GET", site+path, nil, headers...)
				if answer.StatusCode != 200 {
					t.Fatalf("%s: %d", path, answer.StatusCode)
				}
				return string(body)
			}
			type named struct{ Handle, Name string }
			var p struct {
				ID, Slug string
				Author   named
				Authors  []named
			}
			var of struct{ Author named }
			ada.JSON("POST", "/api/v1/posts", `{"title":"Of Ada","body_markdown":"One.","visibility":"public"}`, 201, &of, sameOrigin()...)
			ben.JSON("POST", "/api/v1/posts", `{"title":"By two","body_markdown":"One.","tags":["pairs"],"visibility":"public"}`, 201, &p, sameOrigin()...)
			first, second := p.Author, of.Author
			if len(p.Authors) != 1 || p.Authors[0] != first {
				t.Fatalf("%+v", p)
			}
			path := "/api/v1/posts/" + p.ID + "/authors"
			ben.Send("POST", "/api/v1/posts/"+p.ID+"/publish", "", "", 200, sameOrigin()...)
			answer, _ := fetch(t, ben.HTTP, "GET", site+path, nil)
			etag := answer.Header.Get("ETag")
			both := `{"authors":["` + first.Handle + `","` + second.Handle + `"]}`
			ben.JSON("PUT", path, both, 428, nil, sameOrigin()...)
			ben.JSON("PUT", path, both, 412, nil, sameOrigin("If-Match", `"1"`)...)
			for body, status := range map[string]int{
				`{"authors":[]}`: 422, `{}`: 422, `{"authors":["nobody"]}`: 422, `{"authors":["` + first.Handle + `","` + first.Handle + `"]}`: 422,
				`{"authors":["` + second.Handle + `"]}`: 403, `{"authors":["` + strings.Repeat("x", 5000) + `"]}`: 422, `{"authors":["\u0000"]}`: 400,
			} {
				ben.JSON("PUT", path, body, status, nil, sameOrigin("If-Match", etag)...)
			}
			cleo.JSON("PUT", path, both, 403, nil, sameOrigin("If-Match", etag)...)
			var told struct{ Items []named }
			ben.JSON("PUT", path, both, 200, &told, sameOrigin("If-Match", etag)...)
			if len(told.Items) != 2 || told.Items[1] != second {
				t.Fatalf("%+v", told)
			}
			ben.JSON("PUT", path, both, 200, nil, sameOrigin("If-Match", etag)...) // it is as wanted

			for _, where := range []string{"/posts/" + p.Slug, "/", "/posts", "/tags/pairs", "/authors/" + second.Handle, "/feed.xml", "/rss.xml", "/feed.json", "/authors/" + second.Handle + "/feed.xml"} {
				ben.Eventually(where+" names both", func() bool { // on the other replica, too, which hears of it
					text := read(where)
					return strings.Contains(text, first.Name) && strings.Contains(text, second.Name)
				})
			}
			if text := read("/posts/"+p.Slug, "Accept", "text/markdown"); !strings.Contains(text, `authors: ["`+first.Name+`","`+second.Name+`"]`) {
				t.Errorf("%.500s", text)
			}
			if page := read("/posts/" + p.Slug); strings.Count(page, `rel="author"`) != 2 || strings.Count(page, `"@type":"Person"`) != 2 {
				t.Error("the page does not lead to both, or its structured data do not name them")
			}
			var list struct{ Items []struct{ Authors []named } }
			if err := json.Unmarshal([]byte(read("/api/v1/posts?author="+second.Handle)), &list); err != nil || len(list.Items) == 0 || len(list.Items[0].Authors) != 2 {
				t.Errorf("%+v, %v", list, err)
			}

			form := func(fields url.Values, status int) string {
				t.Helper()
				return string(ben.Send("POST", "/studio/posts/"+p.ID+"/authors", "application/x-www-form-urlencoded", fields.Encode(), status, sameOrigin()...))
			}
			shown := []string{first.Handle, second.Handle}
			if page := form(url.Values{"version": {"1"}, "author": shown, "do": {"remove-1"}}, 412); !strings.Contains(page, "changed meanwhile") {
				t.Errorf("%.500s", page)
			}
			for _, do := range []string{"remove-7", "remove--1", "up-0", "down-1", "", "add"} {
				form(url.Values{"version": {"3"}, "author": shown, "do": {do}}, 422)
			}
			ben.Send("POST", "/studio/posts/"+p.ID+"/authors", "application/x-www-form-urlencoded", url.Values{"version": {"3"}, "author": shown, "do": {"remove-1"}}.Encode(), 0, sameOrigin()...)
			ben.Eventually("who is out stands nowhere", func() bool {
				return !strings.Contains(read("/posts/"+p.Slug), second.Name) && !strings.Contains(read("/authors/"+second.Handle), "By two")
			})
		})
	}
}
