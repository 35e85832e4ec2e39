package http_test

import (
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

// TestWorkingCopy_ThroughTheAPIAndTheStudio writes on a published post as a program and as a
// person without scripts, while readers keep the text that is published, on one replica and on two.
func TestWorkingCopy_ThroughTheAPIAndTheStudio(t *testing.T) {
	t.Parallel()
	for name, open := range sites {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			site, signedIn := open(t)
			ben := fixture.Correspondent{T: t, HTTP: signedIn("ben@neoforge.test"), Site: site}
			cleo := fixture.Correspondent{T: t, HTTP: signedIn("cleo@neoforge.test"), Site: site}
			reader := visitor{t, site}
			same := []string{"Sec-Fetch-Site", "same-origin"}
			type change struct {
				Version, Post_version int
				Post_changed          bool
				Body_markdown, Slug   string
			}
			var p struct {
				ID                    string
				Version, Text_version int
				Status                string
			}
			ben.JSON("POST", "/api/v1/posts", `{"title":"On salt","slug":"on-salt","body_markdown":"First words.","visibility":"public"}`, 201, &p, same...)
			api, studio := "/api/v1/posts/"+p.ID, "/studio/posts/"+p.ID
			ben.Send("PATCH", api+"/working-copy", "application/json", `{"title":"T"}`, 409, append(same, "If-Match", `"0"`)...) // of a draft
			ben.JSON("POST", api+"/publish", "", 200, &p, same...)
			if p.Text_version != 1 || p.Version != 2 {
				t.Errorf("published: %+v", p)
			}
			readers := func(want string) {
				t.Helper()
				// The other replica hears of a change a moment later.
				ben.Eventually("readers get "+want, func() bool {
					status, _, body := reader.get("/posts/on-salt")
					return status == 200 && strings.Contains(body, want)
				})
			}

			// As a program.
			ben.Send("GET", api+"/working-copy", "", "", 404)
			cleo.Send("GET", api+"/working-copy", "", "", 403)
			ben.Send("PATCH", api+"/working-copy", "application/json", `{"body_markdown":"Second words."}`, 428, same...)
			ben.Send("PATCH", api+"/working-copy", "application/json", `{"body_markdown":"Second words."}`, 412, append(same, "If-Match", "*")...)
			var c change
			ben.JSON("PATCH", api+"/working-copy", `{"body_markdown":"Second words."}`, 200, &c, append(same, "If-Match", `"0"`)...)
			if c.Post_version != 2 || c.Slug != "on-salt" || c.Version == 0 {
				t.Errorf("begun: %+v", c)
			}
			first := c
			tag := func() string { return strconv.Quote(strconv.Itoa(c.Version)) }
			ben.JSON("PATCH", api+"/working-copy", `{"body_markdown":"Second words."}`, 200, &c, append(same, "If-Match", `"0"`)...) // the answer was lost
			if c != first {
				t.Errorf("sent again: %+v", c)
			}
			ben.Send("PATCH", api+"/working-copy", "application/json", `{"body_markdown":"Others."}`, 412, append(same, "If-Match", `"0"`)...)
			ben.Send("PATCH", api+"/working-copy", "application/json", `{"title":""}`, 422, append(same, "If-Match", tag())...)
			readers("First words.")

			// A link opens it to whoever has it, and to nobody else.
			var link struct{ URL string }
			ben.JSON("POST", api+"/preview-links", `{"days":1}`, 201, &link, same...)
			if status, _, body := reader.get(strings.TrimPrefix(link.URL, site)); status != 200 || !strings.Contains(body, "Second words.") {
				t.Errorf("the preview answers %d", status)
			}
			if page := string(ben.Send("GET", "/studio", "", "", 200)); !strings.Contains(page, "Unpublished changes") {
				t.Error("the list does not mark it")
			}

			// A program changes the published text meanwhile: nobody puts that in the past unseen.
			ben.JSON("PATCH", api, `{"body_markdown":"Words of a program."}`, 200, &p, append(same, "If-Match", `"2"`)...)
			ben.JSON("GET", api+"/working-copy", "", 200, &c)
			if !c.Post_changed {
				t.Errorf("told: %+v", c)
			}
			ben.Send("POST", api+"/working-copy/publish", "", "", 428, same...)
			ben.Send("POST", api+"/working-copy/publish", "", "", 412, append(same, "If-Match", `"7"`)...)
			ben.Send("POST", api+"/working-copy/publish", "", "", 409, append(same, "If-Match", tag())...)
			cleo.Send("POST", api+"/working-copy/publish", "", "", 403, append(same, "If-Match", tag())...)
			readers("Words of a program.")

			// As a person, without scripts.
			edit := func() string { return string(ben.Send("GET", studio, "", "", 200)) }
			value := func(page, name string) string {
				_, rest, _ := strings.Cut(page, `name="`+name+`" value="`)
				v, _, _ := strings.Cut(rest, `"`)
				return v
			}
			submit := func(page, text string, status int, more ...string) string {
				t.Helper()
				form := url.Values{"title": {"On salt"}, "slug": {"on-salt"}, "visibility": {"public"}, "body_markdown": {text}, "version": {value(page, "version")}, "copy": {value(page, "copy")}}
				for i := 0; i < len(more); i += 2 {
					form.Set(more[i], more[i+1])
				}
				return string(ben.Send("POST", studio, "application/x-www-form-urlencoded", form.Encode(), status, same...))
			}
			page := edit()
			if !strings.Contains(page, "Second words.</textarea>") || !strings.Contains(page, "Readers see the earlier text.") || value(page, "copy") != strconv.Itoa(c.Version) {
				t.Errorf("the editor shows %.3000s", page)
			}
			asked := submit(page, "Third words.", 409, "intent", "publish_changes")
			if !strings.Contains(asked, "The published text was changed since you began") || value(asked, "publish_over") != strconv.Itoa(p.Version) {
				t.Fatalf("publishing says %.2000s", asked)
			}
			readers("Words of a program.")
			// Somebody who still shows the page from before is told, with their words at hand.
			if conflict := submit(page, "Late words.", 412, "intent", "save"); !strings.Contains(conflict, "Late words.</textarea>") || value(conflict, "copy") != value(page, "copy") || value(conflict, "overwrite") != value(asked, "copy") {
				t.Error("the conflict loses what was typed, or what it stands against")
			}
			if done := submit(asked, "Third words.", 200, "publish_over", value(asked, "publish_over")); !strings.Contains(done, "readers see the changes now") {
				t.Errorf("published over it: %.2000s", done)
			}
			readers("Third words.")
			ben.Send("GET", api+"/working-copy", "", "", 404)

			page = edit()
			if done := submit(page, "Fourth words.", 200, "intent", "save"); !strings.Contains(done, "Readers see the earlier text until you publish the changes") {
				t.Error("saving does not say whose text readers see")
			}
			readers("Third words.")
			page = edit()
			if again := submit(page, "Fourth words.", 200, "intent", "discard_changes"); !strings.Contains(again, "Third words.</textarea>") {
				t.Error("discarded, the editor shows another text than readers see")
			}
			submit(page, "Fourth words.", 200, "intent", "discard_changes") // sent again
			ben.JSON("PATCH", api+"/working-copy", `{"body_markdown":"Fifth words."}`, 200, &c, append(same, "If-Match", `"0"`)...)
			ben.Send("DELETE", api+"/working-copy", "", "", 412, append(same, "If-Match", `"1"`)...)
			ben.Send("DELETE", api+"/working-copy", "", "", 204, append(same, "If-Match", tag())...)
			ben.Send("DELETE", api+"/working-copy", "", "", 404, append(same, "If-Match", tag())...)
			ben.JSON("PATCH", api+"/working-copy", `{"body_markdown":"Sixth words."}`, 200, &c, append(same, "If-Match", `"0"`)...)
			ben.JSON("POST", api+"/working-copy/publish", "", 200, &p, append(same, "If-Match", tag())...)
			readers("Sixth words.")
			ben.JSON("PATCH", api+"/working-copy", `{"body_markdown":"Seventh words."}`, 200, &c, append(same, "If-Match", `"0"`)...)
			ben.JSON("POST", api+"/unpublish", "", 200, &p, same...)
			if page := edit(); !strings.Contains(page, "Seventh words.</textarea>") {
				t.Error("unpublished, the draft has not the words of the copy")
			}
		})
	}
}
