package http_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

// TestRelatedPosts_AreCurrentOnEveryReplica looks at the page of one post, in the cache of every
// replica, while others appear beside it, are named differently, and leave.
func TestRelatedPosts_AreCurrentOnEveryReplica(t *testing.T) {
	t.Parallel()
	for name, start := range sites {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			site, signedIn := start(t)
			ben := fixture.Correspondent{T: t, HTTP: signedIn("ben@neoforge.test"), Site: site}
			ada := fixture.Correspondent{T: t, HTTP: signedIn("ada@neoforge.test"), Site: site}
			v := visitor{t, site}
			publish := func(title, slug string, tags string) string {
				t.Helper()
				var post struct{ ID string }
				ben.JSON("POST", "/api/v1/posts", fmt.Sprintf(`{"title":%q,"slug":%q,"body_markdown":"Text.","tags":[%s],"visibility":"public"}`, title, slug, tags), 201, &post)
				ben.JSON("POST", "/api/v1/posts/"+post.ID+"/publish", "", 200, nil)
				return post.ID
			}
			related := func() string {
				t.Helper()
				status, _, body := v.get("/posts/first")
				if status != 200 {
					t.Fatalf("the page answers %d", status)
				}
				_, related, _ := strings.Cut(body, `id="related"`)
				return related
			}
			// Each replica shows it, at its next request and from what it keeps.
			is := func(when string, good func(related string) bool) {
				t.Helper()
				ben.Eventually(when, func() bool {
					for range 4 {
						if !good(related()) {
							return false
						}
					}
					return true
				}, func() { t.Log(related()) })
			}
			names := func(words string) func(string) bool {
				return func(related string) bool { return strings.Contains(related, words) }
			}
			none := func(related string) bool { return related == "" }
			revise := func(id, body string) {
				t.Helper()
				ben.JSON("PATCH", "/api/v1/posts/"+id, body, 200, nil, "If-Match", "*")
			}

			publish("First", "first", `"kiln","clay"`)
			is("nothing is related", none)
			publish("Elsewhere", "elsewhere", `"sea"`)
			is("nor is a post of another tag", none)
			second := publish("Second", "second", `"kiln"`)
			is("one of a tag of it appears", names(">Second<"))
			revise(second, `{"title":"Second to none"}`)
			is("another title", names(">Second to none<"))
			revise(second, `{"slug":"renamed"}`)
			is("another address", names(`href="/posts/renamed"`))
			revise(second, `{"visibility":"paid"}`)
			is("for those who pay", names("Subscribers"))
			revise(second, `{"tags":["sea"]}`)
			is("it is about something else", none)
			revise(second, `{"tags":["clay"]}`)
			is("it is about this again", names("Second to none"))
			ada.JSON("POST", "/api/v1/studio/tags/clay/rename", `{"name":"earth"}`, 200, nil, "If-Match", "*")
			is("its tag has another name", names("Second to none"))
			ada.JSON("POST", "/api/v1/studio/tags/earth/rename", `{"name":"kiln","merge":true}`, 200, nil, "If-Match", "*")
			is("its tag is one with another", names("Second to none"))
			revise(second, `{"tags":["kiln"],"title":"Second of one tag"}`)
			is("of the tag that both are now", names("Second of one tag"))
			ben.JSON("PATCH", "/api/v1/me", `{"name":"Quill Feather"}`, 200, nil)
			is("its author has another name", names("Quill Feather"))
			ben.JSON("POST", "/api/v1/posts/"+second+"/unpublish", "", 200, nil)
			is("it leaves", none)
		})
	}
}
