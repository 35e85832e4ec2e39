package http_test

import (
	"bytes"
	"image/png"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

// TestCard_FollowsItsPost takes a members' post without a cover through its life, and looks at
// its card as a visitor and as its author, on one replica and on two.
func TestCard_FollowsItsPost(t *testing.T) {
	t.Parallel()
	for name, open := range sites {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			site, signedIn := open(t)
			ben := fixture.Correspondent{T: t, HTTP: signedIn("ben@neoforge.test"), Site: site}
			reader := visitor{t, site}
			var p struct{ ID, Slug string }
			ben.JSON("POST", "/api/v1/posts", `{"title":"Under elms","slug":"under-elms","body_markdown":"First.\n\nThe rest.","visibility":"members"}`, 201, &p, sameOrigin()...)
			post := func(method, path, body string, status int) {
				t.Helper()
				ben.JSON(method, "/api/v1/posts/"+p.ID+path, body, status, nil, sameOrigin("If-Match", "*")...)
			}
			named := regexp.MustCompile(`<meta property="og:image" content="` + regexp.QuoteMeta(site) + `(/posts/[^"]*/card\.png\?v=[\w-]+)"`)
			addressAt := func(path string) string {
				t.Helper()
				_, _, page := reader.get(path)
				if m := named.FindStringSubmatch(page); m != nil {
					return m[1]
				}
				return ""
			}
			none := func(when, path string) {
				t.Helper()
				for who, client := range map[string]*http.Client{"a visitor": {}, "its author": ben.HTTP} {
					ben.Eventually(when+" there is no card for "+who, func() bool {
						answer, _ := fetch(t, client, "GET", site+path, nil)
						return answer.StatusCode == 404
					})
				}
			}

			none("as a draft", "/posts/under-elms/card.png")
			var link struct{ URL string }
			ben.JSON("POST", "/api/v1/posts/"+p.ID+"/preview-links", `{"days":1}`, 201, &link, sameOrigin()...)
			if status, _, page := reader.get(strings.TrimPrefix(link.URL, site)); status != 200 || !strings.Contains(page, "Under elms") || strings.Contains(page, "card.png") || strings.Contains(page, "og:image") {
				t.Errorf("the preview answers %d, or names a card", status)
			}
			post("PUT", "/schedule", `{"publish_at":"`+time.Now().Add(24*time.Hour).UTC().Format(time.RFC3339)+`","zone":"UTC"}`, 200)
			none("before its moment", "/posts/under-elms/card.png")
			post("POST", "/publish", "", 200)

			first := addressAt("/posts/under-elms")
			if first == "" {
				t.Fatal("the page names no card")
			}
			answer, picture := fetch(t, &http.Client{}, "GET", site+first, nil)
			drawn, err := png.DecodeConfig(bytes.NewReader(picture))
			if err != nil || drawn.Width != 1200 || drawn.Height != 630 || len(picture) > 40<<10 || answer.StatusCode != 200 || answer.Header.Get("Content-Type") != "image/png" ||
				!strings.Contains(answer.Header.Get("Cache-Control"), "immutable") {
				t.Errorf("%d, %d bytes, %v: %v", answer.StatusCode, len(picture), answer.Header, err)
			}
			if again, same := fetch(t, ben.HTTP, "GET", site+first, nil); !bytes.Equal(same, picture) || again.Header.Get("ETag") != answer.Header.Get("ETag") {
				t.Error("its author gets another card than visitors do, or another replica draws another")
			}
			if again, _ := fetch(t, &http.Client{}, "GET", site+first, nil, "If-None-Match", answer.Header.Get("ETag")); again.StatusCode != 304 {
				t.Errorf("who has it gets %d", again.StatusCode)
			}
			if head, body := fetch(t, &http.Client{}, "HEAD", site+first, nil); head.StatusCode != 200 || head.ContentLength != int64(len(picture)) || len(body) > 0 {
				t.Errorf("HEAD answers %d with a length of %d", head.StatusCode, head.ContentLength)
			}

			post("PATCH", "", `{"body_markdown":"First.\n\nAnother end."}`, 200)
			if now := addressAt("/posts/under-elms"); now != first {
				t.Errorf("another text, which no card shows, has moved it from %s to %s", first, now)
			}
			post("PATCH", "", `{"title":"Under oaks","slug":"under-oaks"}`, 200)
			var second string
			ben.Eventually("the page names the card of the new title", func() bool {
				second = addressAt("/posts/under-oaks")
				return second != "" && second[strings.Index(second, "?"):] != first[strings.Index(first, "?"):]
			})
			ben.Eventually("the address of the old title leads to the new one", func() bool {
				status, to, _ := reader.get(first)
				return status == 302 && to == second
			})
			if _, other := fetch(t, &http.Client{}, "GET", site+first, nil); bytes.Equal(other, picture) {
				t.Error("the card still shows the old title")
			}

			post("POST", "/archive", "", 200)
			none("archived", second)
			none("archived, by its old address", first)
			post("POST", "/restore", "", 200)
			none("a draft again", second)
			post("DELETE", "", "", 204)
			none("in the trash", second)
			post("DELETE", "?forever=true", "", 204)
			none("deleted", second)
		})
	}
}
