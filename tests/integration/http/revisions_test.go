package http_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

// TestRevisions_AreComparedAndBroughtBack lists the saves of a post, compares them and brings one
// back, as a program and as a person without scripts, on one replica and on two.
func TestRevisions_AreComparedAndBroughtBack(t *testing.T) {
	t.Parallel()
	for name, open := range sites {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			site, signedIn := open(t)
			ben := fixture.Correspondent{T: t, HTTP: signedIn("ben@neoforge.test"), Site: site}
			same := []string{"Sec-Fetch-Site", "same-origin"}
			var p struct{ ID string }
			ben.JSON("POST", "/api/v1/posts", `{"title":"On salt","slug":"on-salt","body_markdown":"Far.\n\nFarther.\n\nOne word <b>here</b>.","visibility":"public"}`, 201, &p, same...)
			api, studio := "/api/v1/posts/"+p.ID, "/studio/posts/"+p.ID
			ben.JSON("PATCH", api, `{"body_markdown":"Far.\n\nFarther.\n\nOther word <b>here</b>.","tags":["salt"]}`, 200, nil, append(same, "If-Match", `"1"`)...)

			var one struct {
				Number        int
				Body_markdown string
			}
			ben.JSON("GET", api+"/revisions/1", "", 200, &one)
			if one.Number != 1 || !strings.Contains(one.Body_markdown, "One word") {
				t.Errorf("the first: %+v", one)
			}
			var c struct {
				Earlier, Later int
				Differs        bool
				Tags           []struct{ Op, Text string }
				Body           []struct {
					Changed bool
					Runs    []struct{ Op, Text string }
				}
			}
			ben.JSON("GET", api+"/revisions/2/compare?with=1", "", 200, &c)
			if c.Earlier != 1 || c.Later != 2 || !c.Differs || len(c.Tags) != 1 || c.Tags[0].Op != "inserted" || len(c.Body) != 3 || c.Body[2].Runs[0] != struct{ Op, Text string }{"deleted", "One"} {
				t.Errorf("compared: %+v", c)
			}
			for at, status := range map[string]int{"/revisions/9": 404, "/revisions/0": 422, "/revisions/1/compare?with=9": 404, "/revisions/1/compare?with=x": 422} {
				ben.Send("GET", api+at, "", "", status)
			}

			list := string(ben.Send("GET", studio+"/revisions", "", "", 200))
			if !strings.Contains(list, "Revision 2, the last one") || !strings.Contains(list, "by you") || !strings.Contains(list, `href="`+studio+`/revisions/2?with=1"`) {
				t.Errorf("the list: %.3000s", list)
			}
			ben.Send("GET", studio+"/revisions?before=nonsense", "", "", 200)
			for _, at := range []string{"/revisions/9", "/revisions/x", "/revisions/0"} {
				ben.Send("GET", studio+at, "", "", 404)
			}
			revisionsTakenIn(ben, same)
			page := string(ben.Send("GET", studio+"/revisions/1", "", "", 200))
			for _, want := range []string{"<del", "One<", "<ins", "Other<", "&lt;b&gt;here&lt;/b&gt;", "… one paragraph that is the same …"} {
				if !strings.Contains(page, want) {
					t.Errorf("the comparison is without %s", want)
				}
			}
			if back := string(ben.Send("GET", studio, "", "", 200)); !strings.Contains(back, `href="`+studio+`/revisions"`) {
				t.Error("the editor does not lead to them")
			}
			restore := func(number, version, saved string, status int) string {
				t.Helper()
				form := url.Values{"version": {version}, "copy": {saved}}
				return string(ben.Send("POST", studio+"/revisions/"+number+"/restore", "application/x-www-form-urlencoded", form.Encode(), status, same...))
			}
			if told := restore("1", "1", "0", 412); !strings.Contains(told, "Somebody saved it meanwhile") {
				t.Error("who saw an earlier version is not told")
			}
			restore("9", "2", "0", 404)
			if done := restore("1", "2", "0", 200); !strings.Contains(done, "One word") || !strings.Contains(done, "this is the draft&#39;s text now") {
				t.Errorf("brought back: %.3000s", done)
			}

			// Of a published post readers see nothing of it.
			ben.JSON("POST", api+"/publish", "", 200, nil, same...)
			var at struct {
				Working_copy bool
				Version      int
			}
			ben.Send("POST", api+"/revisions/2/restore", "", "", 428, same...)
			ben.Send("POST", api+"/revisions/2/restore", "", "", 412, append(same, "If-Match", `"7"`)...)
			ben.JSON("POST", api+"/revisions/2/restore", "", 200, &at, append(same, "If-Match", `"0"`)...)
			if !at.Working_copy || at.Version == 0 {
				t.Errorf("brought back as %+v", at)
			}
			if _, _, body := (visitor{t, site}).get("/posts/on-salt"); !strings.Contains(body, "One word") {
				t.Error("readers see what was brought back")
			}
			if page := string(ben.Send("GET", studio, "", "", 200)); !strings.Contains(page, "Other word") {
				t.Error("the editor does not show what was brought back")
			}
		})
	}
}

// revisionsTakenIn follows links to autosaves that later ones have taken in.
func revisionsTakenIn(ben fixture.Correspondent, same []string) {
	ben.T.Helper()
	var p struct{ ID string }
	ben.JSON("POST", "/api/v1/posts", `{"title":"On autosaves","body_markdown":"By hand.","visibility":"public"}`, 201, &p, same...)
	api, studio := "/api/v1/posts/"+p.ID, "/studio/posts/"+p.ID
	for i, seen := range []string{`"1"`, `"2"`, `"3"`} {
		ben.JSON("PATCH", api+"?autosave=true", `{"body_markdown":"By hand.`+strings.Repeat(" More.", i+1)+`"}`, 200, nil, append(same, "If-Match", seen)...)
	}
	var one struct{ Number int }
	ben.JSON("GET", api+"/revisions/2", "", 200, &one)
	if one.Number != 4 {
		ben.T.Errorf("the second is %d", one.Number)
	}
	var c struct{ Earlier, Later int }
	ben.JSON("GET", api+"/revisions/3/compare?with=1", "", 200, &c)
	if c.Earlier != 1 || c.Later != 4 {
		ben.T.Errorf("compared: %+v", c)
	}
	for _, at := range []string{"/revisions/2", "/revisions/3?with=1"} {
		if page := string(ben.Send("GET", studio+at, "", "", 200)); !strings.Contains(page, "Revision 4") {
			ben.T.Errorf("%s leads to %.2000s", at, page)
		}
	}
	form := url.Values{"version": {"2"}, "copy": {"0"}}
	if told := string(ben.Send("POST", studio+"/revisions/2/restore", "application/x-www-form-urlencoded", form.Encode(), 412, same...)); !strings.Contains(told, "Somebody saved it meanwhile") {
		ben.T.Error("who brings back what was taken in is not told")
	}
	ben.Send("GET", studio+"/revisions/5", "", "", 404)
}
