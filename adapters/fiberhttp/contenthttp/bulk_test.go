package contenthttp_test

import (
	"encoding/json"
	"errors"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/modules/content/studio"
)

// TestBulk_TellsWhatWasDoneBeforeAFault: programs and people are told of each post, and nothing
// of what the fault says.
func TestBulk_TellsWhatWasDoneBeforeAFault(t *testing.T) {
	t.Parallel()
	f, c, _ := site(t)
	f.bulk = func(studio.BulkEdit) (studio.BulkResult, error) {
		return studio.BulkResult{Fault: errors.New("swordfish"), NextCursor: "behind-two", Items: []studio.BulkItem{
			{ID: "one", Title: "One", Outcome: studio.BulkDone}, {ID: "two", Title: "Two", Outcome: studio.BulkFailed}, {ID: "three", Title: "Three", Version: 3, Outcome: studio.BulkPending},
		}}, nil
	}
	a := c.JSON("POST", "/api/v1/posts/bulk", "ben", `{"action":"archive","filter":{}}`)
	var told struct {
		Items      []struct{ ID, Outcome, Code, Message string }
		NextCursor string `json:"next_cursor"`
	}
	if err := json.Unmarshal([]byte(a.Body), &told); err != nil || a.StatusCode != 200 || len(told.Items) != 3 || told.NextCursor != "behind-two" {
		t.Fatalf("%d %s, %v", a.StatusCode, a.Body, err)
	}
	if two := told.Items[1]; told.Items[0].Outcome != "done" || two.Outcome != "failed" || two.Code != "http.internal" || !strings.Contains(two.Message, "has been logged") || told.Items[2].Outcome != "pending" {
		t.Errorf("%+v", told.Items)
	}
	page := c.Submit("/studio/bulk", "ben", url.Values{"action": {"archive"}, "scope": {"chosen"}, "confirmed": {"true"}, "post": {"one.1", "two.2", "three.3"}})
	for _, want := range []string{"Archived 1 post", "Something went wrong on the server at 1 post. It has been logged; quote the request id", "Not done yet: 1 post.", `name="post" value="three.3"`, `name="confirmed" value="true"`, "Go on with the other 1 post"} {
		if !strings.Contains(page.Body, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if page.StatusCode != 200 || strings.Contains(page.Body, `value="one.1"`) || strings.Contains(page.Body+a.Body, "swordfish") {
		t.Errorf("%d %s", page.StatusCode, page.Body)
	}
}

var hidden = regexp.MustCompile(`<input [^>]*type="(?:hidden|checkbox)"[^>]* name="([^"]+)" value="([^"]*)"`)

// TestBulk_LeadsOnThroughALongList by plain forms: what is left first, then the next ones, with
// the same action and value; those that were sent are the ones that were shown.
func TestBulk_LeadsOnThroughALongList(t *testing.T) {
	t.Parallel()
	f, c, _ := site(t)
	var did []string
	f.bulk = func(c studio.BulkEdit) (studio.BulkResult, error) {
		if c.Filter != nil {
			did = append(did, "preview "+c.Cursor+" "+c.Filter.Title)
			at := map[string]string{"": "b", "b": "c", "c": ""}
			r := studio.BulkResult{NextCursor: at[c.Cursor]}
			if c.Cursor != "b" { // where nothing is found
				r.Items = []studio.BulkItem{{ID: content.PostID("x" + c.Cursor), Title: "X", Version: 2}, {ID: content.PostID("y" + c.Cursor), Title: "Y", Version: 2}}
			}
			return r, nil
		}
		said := "edit " + string(c.Action) + " " + c.Value
		var r studio.BulkResult
		for i, p := range c.Posts {
			said += " " + string(p.ID)
			outcome := studio.BulkDone
			if i > 0 {
				outcome = studio.BulkPending
			}
			r.Items = append(r.Items, studio.BulkItem{ID: p.ID, Title: "A", Outcome: outcome})
		}
		did = append(did, said)
		return r, nil
	}
	form := url.Values{"action": {"add_tag"}, "scope": {"all"}, "query": {"title=forge"}}
	for range 20 {
		page := c.Submit("/studio/bulk", "ben", form)
		if page.StatusCode != 200 {
			t.Fatal(page.StatusCode, page.Body)
		}
		form = url.Values{}
		for _, field := range hidden.FindAllStringSubmatch(page.Body, -1) {
			form.Add(field[1], field[2])
		}
		if len(form["action"]) == 0 {
			break
		}
		form.Set("value", "smithing")
	}
	want := []string{
		"preview  forge", "edit add_tag smithing x y", "edit add_tag smithing y",
		"preview b forge", "preview c forge", "edit add_tag smithing xc yc", "edit add_tag smithing yc",
	}
	if strings.Join(did, "; ") != strings.Join(want, "; ") {
		t.Errorf("%q", did)
	}
}
