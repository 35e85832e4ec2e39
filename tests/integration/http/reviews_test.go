package http_test

import (
	"strings"
	"testing"

	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

// TestReview_ThroughTheAPIAndTheStudio asks and decides as a program, and as a person without
// scripts, on one replica and on two.
func TestReview_ThroughTheAPIAndTheStudio(t *testing.T) {
	t.Parallel()
	for name, open := range sites {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			site, signedIn := open(t)
			ben := fixture.Correspondent{T: t, HTTP: signedIn("ben@neoforge.test"), Site: site}
			cleo := fixture.Correspondent{T: t, HTTP: signedIn("cleo@neoforge.test"), Site: site}
			same := []string{"Sec-Fetch-Site", "same-origin"}
			var p struct{ ID string }
			ben.JSON("POST", "/api/v1/posts", `{"title":"To review","body_markdown":"First words.","visibility":"public"}`, 201, &p, same...)
			api, studio := "/api/v1/posts/"+p.ID, "/studio/posts/"+p.ID
			var review struct {
				State   string
				Changed bool
				Steps   []struct{ State, Note string }
			}
			standsAt := func(state string, steps int) {
				t.Helper()
				ben.JSON("GET", api+"/review", "", 200, &review)
				if review.State != state || len(review.Steps) != steps {
					t.Fatalf("%+v, not %s after %d steps", review, state, steps)
				}
			}
			with := func(version string) []string { return append(same[:2:2], "If-Match", version) }

			// As a program.
			standsAt("none", 0)
			cleo.Send("GET", api+"/review", "", "", 403)
			ben.Send("POST", api+"/approve", "application/json", `{}`, 428, same...)
			ben.Send("POST", api+"/approve", "application/json", `{}`, 409, with("*")...) // nobody asked
			ben.Send("POST", api+"/review", "application/json", `{"note":"Is it right?"}`, 200, same...)
			ben.Send("POST", api+"/review", "application/json", `{"note":"Is it right?"}`, 200, same...)
			standsAt("asked", 1)
			ben.Send("POST", api+"/send-back", "application/json", `{}`, 422, with("*")...)
			ben.Send("POST", api+"/send-back", "application/json", `{"note":"No."}`, 412, with(`"1"`)...)
			ben.Send("POST", api+"/send-back", "application/json", `{"note":"No."}`, 412, with(`"9223372036854775807"`)...)
			ben.Send("POST", api+"/send-back", "application/json", `{"note":"No."}`, 200, with("*")...)
			standsAt("sent_back", 2)
			if review.Steps[1].Note != "No." {
				t.Errorf("%+v", review)
			}
			if found := string(ben.Send("GET", "/api/v1/studio/posts?in_review=true", "", "", 200)); strings.Contains(found, p.ID) {
				t.Error("it waits still")
			}

			// As a person.
			form := "application/x-www-form-urlencoded"
			ben.Send("POST", studio+"/approve", form, "seen=1", 412, same...)
			ben.Send("POST", studio+"/review", form, "note="+strings.Repeat("a", 2001), 422, same...)
			ben.Send("POST", studio+"/review", form, "note=Look+at+%3Cb%3E", 200, same...)
			page := string(ben.Send("GET", studio, "", "", 200))
			if !strings.Contains(page, "Look at &lt;b&gt;") || !strings.Contains(page, "Waiting for review") {
				t.Error("the page does not tell of it")
			}
			if list := string(ben.Send("GET", "/studio?review=waiting", "", "", 200)); !strings.Contains(list, p.ID) || !strings.Contains(list, "Waiting for review: 1") {
				t.Error("the list does not find it")
			}
			_, after, _ := strings.Cut(page, `name="seen" value="`)
			seen, _, _ := strings.Cut(after, `"`)
			ben.Send("POST", studio+"/send-back", form, "note=&seen="+seen, 422, same...)
			ben.Send("POST", studio+"/approve", form, "note=&seen="+seen, 200, same...)
			standsAt("approved", 4)
			ben.Send("PATCH", api, "application/json", `{"body_markdown":"Others."}`, 200, with("*")...)
			if standsAt("approved", 4); !review.Changed {
				t.Error("what was changed is approved still")
			}
			ben.Send("POST", api+"/publish", "", "", 200, same...)
			standsAt("none", 5)
			ben.Send("POST", api+"/review", "application/json", `{}`, 409, same...) // nothing waits
		})
	}
}
