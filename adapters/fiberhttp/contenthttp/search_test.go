package contenthttp_test

import (
	"context"
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/modules/content/contentapp"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// SearchPosts finds the one post by "forge", and knows how "froge" is spelt.
func (f *fakeContent) SearchPosts(_ context.Context, a identityport.Actor, s contentapp.SearchPosts) (contentapp.SearchResult, error) {
	f.sought = append(f.sought, s)
	q, err := content.ParseSearch(s.Query)
	if err != nil {
		return contentapp.SearchResult{}, err
	}
	r := contentapp.SearchResult{Query: q}
	switch {
	case s.Cursor == "bad":
		return r, content.ErrInvalidCursor
	case s.Query == "froge":
		r.DidYouMean, r.Meant = "forge", []string{"forge"}
	case s.Query == "forge" && s.Cursor == "":
		r.Hits = []content.SearchHit{{
			Summary: f.summary(), Title: q.Mark(f.post.Text.Title),
			Snippet: []content.SearchRun{{Text: "<b>in</b> the "}, {Text: "forge", Marked: true}, {Text: "s of " + a.Name}},
		}}
		r.NextCursor = "n+1"
	}
	return r, nil
}

func TestSearch_MarksWhatIsFound(t *testing.T) {
	t.Parallel()
	_, c, _ := site(t)
	a := c.Get("/search?q=forge", "")
	for _, want := range []string{
		`name="robots" content="noindex"`, `value="forge"`, `Inside &lt;the&gt; &#34;<mark>forge</mark>&#34;</a>`, `&lt;b&gt;in&lt;/b&gt; the <mark>forge</mark>s of </p>`,
		`href="/search?q=forge&amp;cursor=n%2B1"`, `href="/posts/inside"`,
	} {
		if !strings.Contains(a.Body, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if strings.Contains(a.Body, "site-search") || !strings.Contains(c.Get("/posts", "").Body, "/posts") {
		t.Error("the page has two fields")
	}
	if a := c.Get("/search?q=forge&cursor=n", ""); !strings.Contains(a.Body, `href="/search?q=forge"`) || !strings.Contains(a.Body, "Nothing more is found") {
		t.Error("no way back to the best matches")
	}
}

// Who reads is part of every answer, so that no cache keeps one.
func TestSearch_IsKeptByNobody(t *testing.T) {
	t.Parallel()
	_, c, _ := site(t)
	for _, session := range []string{"", "cleo"} {
		for _, path := range []string{"/search", "/search?q=forge", "/search?q=nothing", "/api/v1/search?q=forge"} {
			a := c.Get(path, session)
			if a.StatusCode != 200 || a.Header.Get("Cache-Control") != "private, no-store" || a.Header.Get("ETag") != "" {
				t.Errorf("%s for %q: %d, %v", path, session, a.StatusCode, a.Header)
			}
			if strings.Contains(path, "q=forge") && strings.Contains(a.Body, "of Cleo") != (session == "cleo") {
				t.Errorf("%s for %q is another one's", path, session)
			}
		}
	}
}

func TestSearch_SaysWhatToDoWhenNothingIsFound(t *testing.T) {
	t.Parallel()
	_, c, _ := site(t)
	for path, want := range map[string][]string{
		"/search?q=froge":                            {"Did you mean", `href="/search?q=forge">forge</a>`, "/login?return_to=%2Fsearch%3Fq%3Dfroge"},
		"/search?q=nothing":                          {"Nothing is found", "/tags/steel", "All posts"},
		"/search?q=-forge":                           {"Add a word to look for"},
		"/search?q=" + url.QueryEscape(`<script>"'`): {`value="&lt;script&gt;&#34;&#39;"`},
	} {
		a := c.Get(path, "")
		for _, text := range want {
			if a.StatusCode != 200 || !strings.Contains(a.Body, text) {
				t.Errorf("%s: %d, lacks %s", path, a.StatusCode, text)
			}
		}
	}
	if a := c.Get("/search", ""); strings.Contains(a.Body, "Nothing is found") || !strings.Contains(a.Body, "autofocus") {
		t.Error("nothing was asked, and nothing is found")
	}
	if a := c.Get("/search?q=nothing", "cleo"); strings.Contains(a.Body, "/login") {
		t.Error("who has signed in is told to")
	}
}

func TestSearch_RefusesWhatIsTooLongInItsField(t *testing.T) {
	t.Parallel()
	_, c, _ := site(t)
	a := c.Get("/search?q="+strings.Repeat("x", 1500), "")
	if a.StatusCode != 422 || !strings.Contains(a.Body, content.ErrSearchTooLong.Message) || !strings.Contains(a.Body, `value="`+strings.Repeat("x", 200)+`"`) {
		t.Errorf("%d", a.StatusCode)
	}
	for path, status := range map[string]int{
		"/api/v1/search?q=" + strings.Repeat("x", 201): 422, "/api/v1/search?q=x&cursor=bad": 422, "/search?q=x&cursor=bad": 422, "/api/v1/search?limit=0": 422, "/api/v1/search": 200,
	} {
		if a := c.Get(path, ""); a.StatusCode != status {
			t.Errorf("%.60s: %d, want %d", path, a.StatusCode, status)
		}
	}
}

func TestSearchAPI_AnswersHitsInRuns(t *testing.T) {
	t.Parallel()
	f, c, _ := site(t)
	var list struct {
		Items []struct {
			Slug        string
			MarkedTitle []content.SearchRun `json:"marked_title"`
			Snippet     []content.SearchRun
		}
		NextCursor *string `json:"next_cursor"`
		DidYouMean *string `json:"did_you_mean"`
	}
	a := c.Get("/api/v1/search?q=forge&limit=7", "")
	if err := json.Unmarshal([]byte(a.Body), &list); err != nil || len(list.Items) != 1 || list.NextCursor == nil || *list.NextCursor != "n+1" || list.DidYouMean != nil {
		t.Fatalf("%v %s", err, a.Body)
	}
	if hit := list.Items[0]; hit.Slug != "inside" || len(hit.MarkedTitle) != 3 || !hit.Snippet[1].Marked || hit.Snippet[0].Text != "<b>in</b> the " {
		t.Errorf("%+v", hit)
	}
	if s := f.sought[len(f.sought)-1]; s.Limit != 7 || s.Query != "forge" {
		t.Errorf("asked %+v", s)
	}
	a = c.Get("/api/v1/search?q=froge", "")
	if err := json.Unmarshal([]byte(a.Body), &list); err != nil || list.DidYouMean == nil || *list.DidYouMean != "forge" || !strings.Contains(a.Body, `"items":[]`) {
		t.Errorf("%v %s", err, a.Body)
	}
}
