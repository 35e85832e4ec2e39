package http_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

// TestCover_StandsWhereverTheTitleDoes chooses the cover of a members' post by the form and by
// the API, looks for it everywhere a visitor sees the title, replaces its file, and takes it
// away, on one replica and on two.
func TestCover_StandsWhereverTheTitleDoes(t *testing.T) {
	t.Parallel()
	for name, open := range sites {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			site, signedIn := open(t)
			ben := fixture.Correspondent{T: t, HTTP: signedIn("ben@neoforge.test"), Site: site}
			cleo := fixture.Correspondent{T: t, HTTP: signedIn("cleo@neoforge.test"), Site: site}
			anybody := &http.Client{}
			const form = "application/x-www-form-urlencoded"
			read := func(path string) string {
				t.Helper()
				answer, body := fetch(t, anybody, "GET", site+path, nil)
				if answer.StatusCode != 200 {
					t.Fatalf("%s: %d", path, answer.StatusCode)
				}
				return string(body)
			}
			var m, other mediaAnswer
			for seed, into := range map[uint64]*mediaAnswer{5: &m, 6: &other} {
				if err := json.Unmarshal(ben.Send("POST", fmt.Sprintf("/api/v1/media?name=wood%d.jpg&alt=A%%20wood", seed), "application/octet-stream", string(photograph(t, 1200, 900, seed)), 201, sameOrigin()...), into); err != nil {
					t.Fatal(err)
				}
			}
			var p struct{ ID, Slug string }
			ben.JSON("POST", "/api/v1/posts", `{"title":"Under oaks","body_markdown":"First.\n\nThe rest.","tags":["oaks"],"visibility":"members"}`, 201, &p, sameOrigin()...)
			cover := "/studio/posts/" + p.ID + "/cover"
			choose := func(version int, fields url.Values, status int) string {
				t.Helper()
				fields.Set("version", fmt.Sprint(version))
				return string(ben.Send("POST", cover, form, fields.Encode(), status, sameOrigin()...))
			}
			if page := string(ben.Send("GET", cover+"?q=WOOD5", "", "", 200)); !strings.Contains(page, `value="`+m.ID+`"`) || strings.Contains(page, other.ID) {
				t.Errorf("the library is not searched: %.3000s", page)
			}
			cleo.Send("GET", cover, "", "", 403)
			cleo.Send("POST", cover, form, "media="+m.ID, 403, sameOrigin()...)
			if page := choose(0, url.Values{"cover_alt": {"kept"}}, 422); !strings.Contains(page, "Choose a picture first") || !strings.Contains(page, `value="kept"`) {
				t.Errorf("no choice at all: %.3000s", page)
			}
			for _, no := range []string{p.ID, "x", "../" + m.ID, strings.Repeat("a", 3000)} {
				if page := choose(0, url.Values{"media": {no}}, 422); !strings.Contains(page, "not in the library") {
					t.Errorf("%.40q is taken", no)
				}
			}
			choose(0, url.Values{"media": {m.ID}, "cover_alt": {strings.Repeat("é", 501)}}, 422)
			choose(0, url.Values{"media": {m.ID}, "cover_alt": {" Oaks & \"more\" "}, "cover_caption": {"By <Zoë>"}}, 0)
			if page := choose(0, url.Values{"media": {other.ID}}, 412); !strings.Contains(page, "Somebody saved other details meanwhile") {
				t.Errorf("an outdated form: %.3000s", page)
			}
			if page := string(ben.Send("GET", "/studio/posts/"+p.ID+"/details", "", "", 200)); !strings.Contains(page, "Change the cover") {
				t.Error("the details do not show it")
			}
			ben.Send("POST", "/studio/posts/"+p.ID+"/details", form, url.Values{"version": {"1"}, "seo_title": {"Oaks"}}.Encode(), 0, sameOrigin()...)
			var told struct{ Cover_media_id, Cover_alt, Cover_caption, Seo_title string }
			ben.JSON("GET", "/api/v1/posts/"+p.ID+"/details", "", 200, &told)
			if told.Cover_media_id != m.ID || told.Cover_alt != `Oaks & "more"` || told.Cover_caption != "By <Zoë>" || told.Seo_title != "Oaks" {
				t.Errorf("kept is %+v", told)
			}
			if answer, _ := fetch(t, anybody, "GET", site+"/posts/"+p.Slug, nil); answer.StatusCode != 404 {
				t.Errorf("a draft: %d", answer.StatusCode)
			}

			ben.Send("POST", "/api/v1/posts/"+p.ID+"/publish", "application/json", "", 200, sameOrigin()...)
			ben.Eventually("the smaller sizes are there", func() bool {
				return strings.Contains(read("/posts/"+p.Slug), "/media/"+m.ID+"/1/480x360.jpg 480w, ")
			})
			page := read("/posts/" + p.Slug)
			for _, want := range []string{
				`class="cover__picture tone-`, ` srcset="/media/` + m.ID + `/1/480x360.jpg 480w, /media/` + m.ID + `/1/960x720.jpg 960w, /media/` + m.ID + `/1/original.jpg 1200w"`,
				` sizes="(min-width: 46rem) 42rem, 100vw"`, ` width="1200" height="900"`, ` alt="Oaks &amp; &#34;more&#34;"`, ` fetchpriority="high"`, "By &lt;Zoë&gt;</figcaption>",
				`<meta property="og:image" content="` + site + "/media/" + m.ID + `/1/960x720.jpg"`, `<meta property="og:image:width" content="960"`, `content="summary_large_image"`,
				`"image":"` + site + "/media/" + m.ID + `/1/960x720.jpg"`,
			} {
				if !strings.Contains(page, want) {
					t.Errorf("the page of the post has no %s", want)
				}
			}
			if strings.Contains(page, "card.png") {
				t.Error("a card is named beside the cover")
			}
			if strings.Contains(page, "The rest.") {
				t.Error("a visitor reads on")
			}
			for path, want := range map[string]string{
				"/":                        `-post__cover tone-`,
				"/posts":                   `src="/media/` + m.ID + `/1/480x360.jpg" width="1200" height="900" alt="" loading="lazy"`,
				"/tags/oaks":               "/media/" + m.ID + "/1/480x360.jpg",
				"/feed.xml":                `<link rel="enclosure" type="image/jpeg" href="` + site + "/media/" + m.ID + `/1/960x720.jpg">`,
				"/rss.xml":                 `<media:content url="` + site + "/media/" + m.ID + `/1/960x720.jpg" medium="image" type="image/jpeg" width="960" height="720">`,
				"/feed.json":               `"image": "` + site + "/media/" + m.ID + `/1/960x720.jpg"`,
				"/posts/" + p.Slug + ".md": `image: "` + site + "/media/" + m.ID + `/1/960x720.jpg"`,
				"/api/v1/posts/" + p.Slug:  `"alt":"Oaks & \"more\""`,
				"/api/v1/posts?tag=oaks":   `"cover":{"url":"` + site + "/media/" + m.ID + `/1/960x720.jpg","type":"image/jpeg","width":960,"height":720`,
			} {
				if body := read(path); !strings.Contains(body, want) {
					t.Errorf("%s has no %s: %.1500s", path, want, body)
				}
			}

			ben.Send("DELETE", "/api/v1/media/"+m.ID, "", "", 409, sameOrigin("If-Match", "*")...)
			if library := string(ben.Send("GET", "/studio/media?q=wood5", "", "", 200)); !strings.Contains(library, "In one post") {
				t.Errorf("the library does not count it: %.2000s", library)
			}
			file, contentType := mediaForm(t, photograph(t, 800, 900, 7), m.Version)
			ben.Send("POST", "/studio/media/"+m.ID+"/replace", contentType, file, 0, sameOrigin()...)
			ben.Eventually("the new file stands above the post and in the list", func() bool {
				return strings.Contains(read("/posts/"+p.Slug), "/480x540.jpg 480w") && strings.Contains(read("/posts"), "/480x540.jpg") &&
					!strings.Contains(read("/posts/"+p.Slug)+read("/posts")+read("/feed.xml"), "/"+m.ID+"/1/")
			})

			var etag string
			answer, _ := fetch(t, ben.HTTP, "GET", site+"/api/v1/posts/"+p.ID+"/details", nil)
			etag = answer.Header.Get("ETag")
			ben.JSON("PUT", "/api/v1/posts/"+p.ID+"/details", `{"cover_media_id":"`+p.ID+`"}`, 422, nil, sameOrigin("If-Match", etag)...)
			ben.JSON("PUT", "/api/v1/posts/"+p.ID+"/details", `{"cover_media_id":"`+other.ID+`"}`, 200, &told, sameOrigin("If-Match", etag)...)
			ben.Eventually("another cover by the API", func() bool { // also on the other replica, which hears of it
				page := read("/posts/" + p.Slug)
				return strings.Contains(page, "/media/"+other.ID) && strings.Contains(page, ` alt="A wood"`) && !strings.Contains(page, m.ID)
			})
			ben.Send("DELETE", "/api/v1/media/"+m.ID, "", "", 204, sameOrigin("If-Match", "*")...)
			choose(3, url.Values{"media": {"none"}, "cover_alt": {"of nothing"}}, 0)
			ben.Eventually("a cover that was taken away is shown nowhere", func() bool {
				return !strings.Contains(read("/posts/"+p.Slug)+read("/posts")+read("/feed.json"), other.ID)
			})
			if page := read("/posts/" + p.Slug); !strings.Contains(page, `<meta property="og:image" content="`+site+"/posts/"+p.Slug+"/card.png?v=") {
				t.Errorf("without a cover it has no card: %.3000s", page)
			}
			ben.Send("DELETE", "/api/v1/media/"+other.ID, "", "", 204, sameOrigin("If-Match", "*")...)
		})
	}
}
