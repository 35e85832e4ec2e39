package http_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

// TestEmbed_IsOfferedOnThePageOfAPostAlone looks at a film in a post by every way out: the page
// offers it under a policy that names its site, and all else has a link.
func TestEmbed_IsOfferedOnThePageOfAPostAlone(t *testing.T) {
	t.Parallel()
	for name, open := range sites {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			site, signedIn := open(t)
			ben := fixture.Correspondent{T: t, HTTP: signedIn("ben@neoforge.test"), Site: site}
			anybody := &http.Client{}
			write := func(title, markdown, visibility string) string {
				var p struct{ ID, Slug string }
				ben.JSON("POST", "/api/v1/posts", `{"title":"`+title+`","body_markdown":"`+markdown+`","visibility":"`+visibility+`"}`, 201, &p, sameOrigin()...)
				ben.Send("POST", "/api/v1/posts/"+p.ID+"/publish", "application/json", "", 200, sameOrigin()...)
				return "/posts/" + p.Slug
			}
			film := write("A film", `Look.\n\n[How a blade is made](https://vimeo.com/76979871)\n\nAnd think.`, "public")
			gated := write("A gated film", `Look.\n\n[Behind the gate](https://youtu.be/dQw4w9WgXcQ)`, "members")
			const offered = `<nf-content-embed on="visible" provider="vimeo" name="Vimeo" frame="https://player.vimeo.com/video/76979871?dnt=1"><a href="https://vimeo.com/76979871" rel="nofollow noopener">How a blade is made</a></nf-content-embed>`
			for range 2 { // from the cache, the second time
				answer, body := fetch(t, anybody, "GET", site+film, nil)
				if policy := answer.Header.Get("Content-Security-Policy"); !strings.HasSuffix(policy, "; frame-src https://player.vimeo.com") || !strings.Contains(string(body), offered) {
					t.Errorf("%s: %.3000s", policy, body)
				}
			}
			for _, path := range []string{gated, "/", "/posts"} {
				answer, body := fetch(t, anybody, "GET", site+path, nil)
				if policy := answer.Header.Get("Content-Security-Policy"); strings.Contains(policy, "frame-src") || strings.Contains(string(body), "youtube") || strings.Contains(string(body), "<nf-content-embed") {
					t.Errorf("%s: %s", path, policy)
				}
			}
			if answer, body := fetch(t, ben.HTTP, "GET", site+gated, nil); !strings.HasSuffix(answer.Header.Get("Content-Security-Policy"), "; frame-src https://www.youtube-nocookie.com") || !strings.Contains(string(body), "<nf-content-embed") {
				t.Errorf("its author: %v", answer.Header)
			}
			for path, want := range map[string]string{
				"/feed.xml": "&lt;p&gt;&lt;a href=&#34;https://vimeo.com/76979871&#34;", "/rss.xml": "https://vimeo.com/76979871", "/feed.json": "https://vimeo.com/76979871",
				film + ".md": "[How a blade is made](https://vimeo.com/76979871)", "/api/v1" + film: `<p><a href=\"https://vimeo.com/76979871\"`,
			} {
				if answer, body := fetch(t, anybody, "GET", site+path, nil); answer.StatusCode != 200 || !strings.Contains(string(body), want) || strings.Contains(string(body), "nf-content-embed") || strings.Contains(string(body), "player.vimeo.com") {
					t.Errorf("%s: %d: %.1500s", path, answer.StatusCode, body)
				}
			}
			preview := string(ben.Send("POST", "/api/v1/posts/preview", "application/json", `{"body_markdown":"https://vimeo.com/76979871","visibility":"public"}`, 200, sameOrigin()...))
			if !strings.Contains(preview, "https://vimeo.com/76979871") || strings.Contains(preview, "nf-content-embed") {
				t.Errorf("a preview: %s", preview)
			}
			ada := fixture.Correspondent{T: t, HTTP: signedIn("ada@neoforge.test"), Site: site}
			ada.Send("PUT", "/api/v1/admin/site-pages/terms", "application/json", `{"body_markdown":"[Our terms as a film](https://vimeo.com/76979871)"}`, 200, append(sameOrigin(), "If-Match", `"0"`)...)
			ada.Eventually("the terms", func() bool {
				_, body := fetch(t, anybody, "GET", site+"/terms", nil)
				return strings.Contains(string(body), "as a film")
			})
			for path, want := range map[string]string{"/terms": `<p><a href="https://vimeo.com/76979871"`, "/api/v1/site-pages/terms": `<p><a href=\"https://vimeo.com/76979871\"`, "/admin/site-pages/terms/versions/1": `<p><a href="https://vimeo.com/76979871"`} {
				if _, body := fetch(t, ada.HTTP, "GET", site+path, nil); !strings.Contains(string(body), want) || strings.Contains(string(body), `provider=`) {
					t.Errorf("%s: %.3000s", path, body)
				}
			}
			if body := string(ada.Send("POST", "/admin/site-pages/terms", "application/x-www-form-urlencoded", "intent=preview&seen=1&body_markdown=https%3A%2F%2Fvimeo.com%2F76979871", 200, sameOrigin()...)); !strings.Contains(body, "https://vimeo.com/76979871") || strings.Contains(body, "<nf-content-embed") {
				t.Errorf("a preview of the terms: %.3000s", body)
			}
		})
	}
}
