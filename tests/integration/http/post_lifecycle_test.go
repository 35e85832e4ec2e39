package http_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

// TestPostLife_ThroughTheAPIAndTheStudio schedules, moves, archives and deletes a post as a
// program and as a person without scripts, on one replica and on two.
func TestPostLife_ThroughTheAPIAndTheStudio(t *testing.T) {
	t.Parallel()
	for name, open := range sites {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			site, signedIn := open(t)
			ben := fixture.Correspondent{T: t, HTTP: signedIn("ben@neoforge.test"), Site: site}
			reader := visitor{t, site}
			type post struct {
				ID, Slug, Status string
				Schedule         *struct {
					Publish_at time.Time
					Zone       string
				}
			}
			var p post
			call := func(method, path, body string, status int) post {
				t.Helper()
				var answer post
				if status == http.StatusNoContent || status >= 400 {
					ben.JSON(method, "/api/v1/posts/"+p.ID+path, body, status, nil, "Sec-Fetch-Site", "same-origin")
					return answer
				}
				ben.JSON(method, "/api/v1/posts/"+p.ID+path, body, status, &answer, "Sec-Fetch-Site", "same-origin")
				return answer
			}
			ben.JSON("POST", "/api/v1/posts", `{"title":"On moving","slug":"on-moving","body_markdown":"Text.","visibility":"public"}`, 201, &p)

			tomorrow := time.Now().Add(24 * time.Hour).UTC().Truncate(time.Minute)
			at := call("PUT", "/schedule", `{"publish_at":"`+tomorrow.Format(time.RFC3339)+`","zone":"Asia/Tokyo"}`, 200)
			if at.Status != "scheduled" || at.Schedule == nil || !at.Schedule.Publish_at.Equal(tomorrow) || at.Schedule.Zone != "Asia/Tokyo" {
				t.Errorf("scheduled %+v", at)
			}
			tokyo, err := time.LoadLocation("Asia/Tokyo")
			if err != nil {
				t.Fatal(err)
			}
			if page := string(ben.Send("GET", "/studio?status=scheduled", "", "", 200)); !strings.Contains(page, tomorrow.In(tokyo).Format("2 Jan 2006, 15:04")+" Asia/Tokyo") {
				t.Error("the list does not say when it appears, in its author's zone")
			}
			call("PUT", "/schedule", `{"publish_at":"2001-01-01T00:00:00Z"}`, 422)
			call("PUT", "/schedule", `{"publish_at":"`+tomorrow.Format(time.RFC3339)+`","zone":"Nowhere/City"}`, 422)
			if status, _, _ := reader.get("/posts/on-moving"); status != 404 {
				t.Errorf("before its moment it answers %d", status)
			}
			if s := call("DELETE", "/schedule", "", 200).Status; s != "draft" {
				t.Errorf("not scheduled any more, it is %s", s)
			}

			// The form, whose text is saved whatever is wrong with the moment.
			form := func(values url.Values, status int) string {
				t.Helper()
				edit := string(ben.Send("GET", "/studio/posts/"+p.ID, "", "", 200))
				_, version, _ := strings.Cut(edit, `name="version" value="`)
				version, _, _ = strings.Cut(version, `"`)
				for k, v := range map[string]string{"title": "On moving on", "slug": "on-moving", "body_markdown": "Text.", "visibility": "public", "version": version} {
					values.Set(k, v)
				}
				return string(ben.Send("POST", "/studio/posts/"+p.ID, "application/x-www-form-urlencoded", values.Encode(), status, "Sec-Fetch-Site", "same-origin"))
			}
			for _, wrong := range []url.Values{
				{"intent": {"schedule"}, "publish_at": {""}, "zone": {"UTC"}},
				{"intent": {"schedule"}, "publish_at": {"2001-01-01T07:30"}, "zone": {"UTC"}},
				{"intent": {"schedule"}, "publish_at": {tomorrow.Format("2006-01-02T15:04")}, "zone": {"Mars"}},
			} {
				if body := form(wrong, 422); !strings.Contains(body, "field__error") || !strings.Contains(body, "On moving on") {
					t.Errorf("%v: the page says nothing of it", wrong)
				}
			}
			form(url.Values{"intent": {"schedule"}, "publish_at": {tomorrow.In(tokyo).Format("2006-01-02T15:04")}, "zone": {"Asia/Tokyo"}}, 200)
			ben.JSON("GET", "/api/v1/posts/"+p.ID, "", 200, &p)
			if p.Status != "scheduled" || !p.Schedule.Publish_at.Equal(tomorrow) {
				t.Errorf("by the form it is %+v", p)
			}

			call("POST", "/publish", "", 200)
			ben.JSON("PATCH", "/api/v1/posts/"+p.ID, `{"slug":"on-having-moved"}`, 200, nil, "If-Match", "*", "Sec-Fetch-Site", "same-origin")
			if status, to, _ := reader.get("/posts/on-moving"); status != 301 || to != "/posts/on-having-moved" {
				t.Errorf("the old link answers %d to %q", status, to)
			}
			ben.JSON("GET", "/api/v1/posts/on-moving", "", 200, &p)
			if p.Slug != "on-having-moved" {
				t.Errorf("the API finds %q by the old slug", p.Slug)
			}

			call("POST", "/archive", "", 200)
			for _, slug := range []string{"on-moving", "on-having-moved"} {
				if status, _, _ := reader.get("/posts/" + slug); status != 404 {
					t.Errorf("archived, %s answers %d", slug, status)
				}
			}
			call("POST", "/publish", "", 409)
			call("POST", "/restore", "", 200)
			call("DELETE", "?forever=true", "", 409)
			call("DELETE", "", "", 204)
			call("DELETE", "", "", 409)
			if page := string(ben.Send("GET", "/studio/posts/"+p.ID, "", "", 200)); !strings.Contains(page, "deleted for good on") || strings.Contains(page, `value="publish"`) {
				t.Error("the page of a post in the trash does not say what becomes of it, or offers to publish it")
			}
			ben.Send("POST", "/studio/posts/"+p.ID+"/restore", "application/x-www-form-urlencoded", "", 200, "Sec-Fetch-Site", "same-origin")
			ben.Send("POST", "/studio/posts/"+p.ID+"/trash", "application/x-www-form-urlencoded", "", 200, "Sec-Fetch-Site", "same-origin")
			call("DELETE", "?forever=true", "", 204)
			call("DELETE", "", "", 404)
			if page := string(ben.Send("GET", "/studio?status=nonsense", "", "", 422)); !strings.Contains(page, "scheduled") {
				t.Error("a status that is none is refused without a word")
			}
		})
	}
}
