package contentapp

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// searches is a store that answers a search with as many matches as there are.
type searches struct {
	content.Reads
	matches int
	asked   []content.Search
	similar map[string]string
	found   map[string]bool // by the text of the query; nil: all
}

func (s *searches) Search(_ context.Context, q content.Search) (out []content.SearchMatch, err error) {
	s.asked = append(s.asked, q)
	if s.found != nil && !s.found[q.Query.Text] {
		return nil, nil
	}
	for i := range min(s.matches, q.Limit) {
		out = append(out, content.SearchMatch{
			Summary: content.Summary{ID: content.PostID(fmt.Sprintf("00000000-0000-7000-8000-%012d", i)), Title: "Steel", Excerpt: "of steel"},
			HTML:    "<p>nothing</p>", Score: int64(100 - i),
		})
	}
	return out, nil
}

func (s *searches) SimilarWords(_ context.Context, word string, _ int) ([]string, error) {
	if s.similar[word] == "" {
		return nil, nil
	}
	return []string{s.similar[word]}, nil
}

func TestSearchPosts_SearchesWhatTheReaderMayRead(t *testing.T) {
	t.Parallel()
	store := &searches{matches: 1}
	app := &App{reads: store, entitlements: payers{"o-dan"}}
	for name, c := range map[string]struct {
		who  identityport.Actor
		want []content.Visibility
	}{
		"visitor": {identityport.Actor{}, nil},
		"member":  {identityport.Actor{UserID: "cleo", Organizations: []identityport.OrganizationID{"o-cleo"}}, []content.Visibility{content.Members}},
		"paying":  {identityport.Actor{UserID: "dan", Organizations: []identityport.OrganizationID{"o-dan"}}, []content.Visibility{content.Members, content.Paid}},
		"editor":  {identityport.Actor{UserID: "ada", Permissions: []identityport.Permission{content.PermissionEditAny}}, []content.Visibility{content.Members, content.Paid}},
		"author":  {identityport.Actor{UserID: "ben", Permissions: []identityport.Permission{content.PermissionWrite}}, []content.Visibility{content.Members}},
	} {
		store.asked = nil
		r, err := app.SearchPosts(t.Context(), c.who, SearchPosts{Query: "steel"})
		if err != nil || len(r.Hits) != 1 || !slices.Equal(store.asked[0].Whole, c.want) {
			t.Errorf("%s: %+v, %v, asked %+v", name, r, err, store.asked)
		}
	}
	app.entitlements = payers(nil)
	if r, err := app.SearchPosts(t.Context(), identityport.Actor{UserID: "dan", Organizations: []identityport.OrganizationID{"o-dan"}}, SearchPosts{Query: "steel"}); err == nil || len(r.Hits) > 0 {
		t.Errorf("while nobody knows who pays: %+v, %v", r, err)
	}
}

func TestSearchPosts_LeadsToTheNextPage(t *testing.T) {
	t.Parallel()
	store := &searches{matches: 3}
	app := &App{reads: store}
	first, err := app.SearchPosts(t.Context(), identityport.Actor{}, SearchPosts{Query: "steel", Limit: 2})
	if err != nil || len(first.Hits) != 2 || first.NextCursor == "" {
		t.Fatalf("%+v, %v", first, err)
	}
	if _, err := app.SearchPosts(t.Context(), identityport.Actor{}, SearchPosts{Query: "steel", Limit: 3, Cursor: first.NextCursor}); err != nil {
		t.Fatal(err)
	}
	if after := store.asked[1].After; after == nil || after.Score != 99 || after.ID != first.Hits[1].ID {
		t.Errorf("the next page is after %+v", after)
	}
	for _, made := range []string{"x", first.NextCursor + "A", "MTAwLng"} {
		if _, err := app.SearchPosts(t.Context(), identityport.Actor{}, SearchPosts{Query: "steel", Cursor: made}); !errors.Is(err, content.ErrInvalidCursor) {
			t.Errorf("%q: %v", made, err)
		}
	}
}

func TestSearchPosts_AsksNothingForNothing(t *testing.T) {
	t.Parallel()
	store := &searches{matches: 3}
	app := &App{reads: store}
	for _, text := range []string{"", "-x", "*"} {
		if r, err := app.SearchPosts(t.Context(), identityport.Actor{}, SearchPosts{Query: text}); err != nil || len(r.Hits) > 0 || len(store.asked) > 0 {
			t.Errorf("%q: %+v, %v", text, r, err)
		}
	}
}

func TestSearchPosts_OffersWordsThatFindSomething(t *testing.T) {
	t.Parallel()
	store := &searches{matches: 1, similar: map[string]string{"steeel": "steel", "irno": "iron"}, found: map[string]bool{"steel -ash iron": true, "steel": true}}
	app := &App{reads: store}
	for text, want := range map[string]string{"steeel -ash irno": "steel -ash iron", "irno": "", "steel": "", `"steeel"`: "", "coal": ""} {
		if text == `"steeel"` {
			want = "steel" // one word in quotes is a word
		}
		r, err := app.SearchPosts(t.Context(), identityport.Actor{}, SearchPosts{Query: text})
		if err != nil || r.DidYouMean != want || (len(r.Meant) > 0) != (want != "") || slices.Contains(r.Meant, "ash") {
			t.Errorf("%q: have %q (%q), want %q, %v", text, r.DidYouMean, r.Meant, want, err)
		}
	}
}

func TestSearchPosts_ShowsTheExcerptWhereTheTextHasNoneOfTheWords(t *testing.T) {
	t.Parallel()
	app := &App{reads: &searches{matches: 1}}
	r, err := app.SearchPosts(t.Context(), identityport.Actor{}, SearchPosts{Query: "steel"})
	if err != nil || len(r.Hits) != 1 {
		t.Fatalf("%+v, %v", r, err)
	}
	if want := []content.SearchRun{{Text: "of "}, {Text: "steel", Marked: true}}; !slices.Equal(r.Hits[0].Snippet, want) {
		t.Errorf("have %v", r.Hits[0].Snippet)
	}
	if want := []content.SearchRun{{Text: "Steel", Marked: true}}; !slices.Equal(r.Hits[0].Title, want) {
		t.Errorf("have %v", r.Hits[0].Title)
	}
}
