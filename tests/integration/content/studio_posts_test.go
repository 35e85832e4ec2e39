package content_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/modules/content/contentapp"
	"github.com/neoforge-dev/neoforge/modules/content/privacy"
	"github.com/neoforge-dev/neoforge/modules/content/studio"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/ports/storetest"
)

// studioTitles walks through what a filter finds, a page at a time.
func (p *testApp) studioTitles(t *testing.T, by identityport.Actor, f studio.Filter, limit int) []string {
	t.Helper()
	var titles []string
	q := studio.Query{Filter: f, Limit: limit}
	for {
		list, err := p.app.StudioPosts(t.Context(), by, q)
		if err != nil {
			t.Fatal(err)
		}
		if len(list.Items) > limit {
			t.Fatalf("%d on a page of %d", len(list.Items), limit)
		}
		for _, post := range list.Items {
			titles = append(titles, post.Title)
		}
		if q.Cursor = list.NextCursor; q.Cursor == "" {
			return titles
		}
	}
}

// TestStudioPosts_FindWhatAFilterNames, on pages of any size, each post once and last changed
// first.
func TestStudioPosts_FindWhatAFilterNames(t *testing.T) {
	t.Parallel()
	onEachDatabase(t, func(t *testing.T, p *testApp) {
		ada, ben := newEditor("Ada"), newAuthor("Ben")
		for i := range 7 {
			p.write(t, ben, contentapp.WritePost{Title: fmt.Sprint("Ben’s Größe ", i), Tags: []string{"go", fmt.Sprint("n", i%2)}, Visibility: []content.Visibility{content.Public, content.Paid}[i%2]})
		}
		p.publish(t, ada, contentapp.WritePost{Title: "Ada’s", Tags: []string{"go"}})
		archived := p.write(t, ben, contentapp.WritePost{Title: "Archived", Tags: []string{"go"}})
		if _, err := p.app.ArchivePost(t.Context(), ben, archived.ID); err != nil {
			t.Fatal(err)
		}
		bens := []string{"Ben’s Größe 6", "Ben’s Größe 5", "Ben’s Größe 4", "Ben’s Größe 3", "Ben’s Größe 2", "Ben’s Größe 1", "Ben’s Größe 0"}
		odd := []string{"Ben’s Größe 5", "Ben’s Größe 3", "Ben’s Größe 1"}
		for _, c := range []struct {
			name string
			by   identityport.Actor
			f    studio.Filter
			want []string
		}{
			{"nothing", ben, studio.Filter{}, bens},
			{"a tag", ben, studio.Filter{Tag: "GO"}, bens},
			{"a tag, of everybody", ada, studio.Filter{Tag: "go"}, append([]string{"Ada’s"}, bens...)},
			{"another tag", ben, studio.Filter{Tag: "n1"}, odd},
			{"a visibility", ben, studio.Filter{Visibility: content.Paid}, odd},
			{"an author", ada, studio.Filter{Author: "ben"}, bens},
			{"another's, by who edits their own", ben, studio.Filter{Author: "ada"}, nil},
			{"beginnings of words", ben, studio.Filter{Title: "grö BEN 3"}, []string{"Ben’s Größe 3"}},
			{"all of it", ada, studio.Filter{Title: "größe 5", Tag: "n1", Visibility: content.Paid, Author: "ben", Status: content.Draft}, []string{"Ben’s Größe 5"}},
			{"a status and a tag", ada, studio.Filter{Tag: "go", Status: content.Archived}, []string{"Archived"}},
			{"a tag of nobody", ada, studio.Filter{Tag: "nothing"}, nil},
			{"what cannot be a tag", ada, studio.Filter{Tag: "no/tag"}, nil},
			{"an author of nobody", ada, studio.Filter{Author: "nobody"}, nil},
		} {
			for _, limit := range []int{1, 3, 100} {
				if have := p.studioTitles(t, c.by, c.f, limit); !slices.Equal(have, c.want) {
					t.Errorf("%s, by %d: %q", c.name, limit, have)
				}
			}
		}
		for f, want := range map[studio.Filter]error{
			{Status: "lost"}: content.ErrUnknownStatus, {Visibility: "secret"}: content.ErrUnknownVisibility,
		} {
			_, err := p.app.StudioPosts(t.Context(), ben, studio.Query{Filter: f})
			storetest.Is(t, err, want)
		}
	})
}

func TestBulkEdit_ChangesEachUnderItsOwnRights(t *testing.T) {
	t.Parallel()
	onEachDatabase(t, func(t *testing.T, p *testApp) {
		ada, ben := newEditor("Ada"), newAuthor("Ben")
		mine := p.publish(t, ben, contentapp.WritePost{Title: "Mine", Tags: []string{"go"}})
		has := p.write(t, ben, contentapp.WritePost{Title: "Has it", Tags: []string{"new"}})
		full := p.write(t, ben, contentapp.WritePost{Title: "Full", Tags: []string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"}})
		theirs := p.write(t, ada, contentapp.WritePost{Title: "Theirs"})
		stale := p.write(t, ben, contentapp.WritePost{Title: "Stale"})
		chosen := []studio.BulkPost{{ID: mine.ID, Version: mine.Version}, {ID: has.ID}, {ID: full.ID}, {ID: theirs.ID}, {ID: stale.ID, Version: 7}, {ID: mine.ID}}
		edit := func(by identityport.Actor, c studio.BulkEdit) studio.BulkResult {
			t.Helper()
			r, err := p.app.BulkEdit(t.Context(), by, c)
			if err != nil {
				t.Fatal(err)
			}
			return r
		}
		told := func(r studio.BulkResult) (out []string) {
			for _, item := range r.Items {
				line := item.Title + ": " + string(item.Outcome)
				if item.Why != nil {
					line += " " + item.Why.Code
				}
				out = append(out, line)
			}
			return out
		}
		preview := edit(ben, studio.BulkEdit{Action: studio.BulkAddTag, Value: "New", Posts: chosen, Preview: true})
		storetest.Equal(t, told(preview), []string{"Mine: pending", "Has it: pending", "Full: pending", ": refused content.post_not_found", "Stale: refused content.post_changed"})
		before := len(p.ledger.Did("content.post_revised"))
		done := edit(ben, studio.BulkEdit{Action: studio.BulkAddTag, Value: "New", Posts: chosen})
		storetest.Equal(t, told(done), []string{
			"Mine: done", "Has it: unchanged", "Full: refused content.invalid_post", ": refused content.post_not_found", "Stale: refused content.post_changed",
		})
		storetest.Equal(t, len(p.ledger.Did("content.post_revised"))-before, 1)
		storetest.Equal(t, p.tagsOf(t, mine.ID), []string{"go", "new"})
		storetest.Equal(t, p.tagsOf(t, theirs.ID), []string{})
		again := edit(ben, studio.BulkEdit{Action: studio.BulkAddTag, Value: "new", Posts: []studio.BulkPost{{ID: mine.ID}}})
		storetest.Equal(t, told(again), []string{"Mine: unchanged"})

		all := edit(ada, studio.BulkEdit{Action: studio.BulkRemoveTag, Value: "new", Filter: &studio.Filter{Tag: "new"}})
		storetest.Equal(t, told(all), []string{"Mine: done", "Has it: done"})
		storetest.Equal(t, told(edit(ben, studio.BulkEdit{Action: studio.BulkSetVisibility, Value: "members", Posts: []studio.BulkPost{{ID: has.ID}}})), []string{"Has it: done"})
		storetest.Equal(t, told(edit(ben, studio.BulkEdit{Action: studio.BulkRestore, Posts: []studio.BulkPost{{ID: full.ID}}})), []string{"Full: unchanged"})
		storetest.Equal(t, told(edit(ben, studio.BulkEdit{Action: studio.BulkArchive, Posts: []studio.BulkPost{{ID: full.ID}}})), []string{"Full: done"})
		storetest.Equal(t, told(edit(ben, studio.BulkEdit{Action: studio.BulkAddTag, Value: "x", Posts: []studio.BulkPost{{ID: full.ID}, {ID: has.ID}}})), []string{"Full: refused content.invalid_post", "Has it: done"})
		storetest.Equal(t, told(edit(ben, studio.BulkEdit{Action: studio.BulkTrash, Posts: []studio.BulkPost{{ID: full.ID}}})), []string{"Full: done"})
		storetest.Equal(t, told(edit(ben, studio.BulkEdit{Action: studio.BulkRestore, Posts: []studio.BulkPost{{ID: full.ID}}})), []string{"Full: done"})

		many := make([]studio.BulkPost, studio.MaxBulk+1)
		for _, c := range []studio.BulkEdit{
			{Action: "burn", Posts: chosen}, {Action: studio.BulkAddTag, Value: "no/tag", Posts: chosen}, {Action: studio.BulkAddTag, Posts: chosen},
			{Action: studio.BulkSetVisibility, Value: "secret", Posts: chosen}, {Action: studio.BulkTrash}, {Action: studio.BulkTrash, Posts: many},
			{Action: studio.BulkTrash, Posts: chosen, Filter: &studio.Filter{}},
		} {
			_, err := p.app.BulkEdit(t.Context(), ben, c)
			storetest.Is(t, err, content.ErrInvalidBulk)
		}
		_, err := p.app.BulkEdit(t.Context(), identityport.Actor{}, studio.BulkEdit{Action: studio.BulkTrash, Posts: chosen})
		storetest.Is(t, err, content.ErrMayNotWrite)
	})
}

func TestSaveView_KeepsAFilterUnderAName(t *testing.T) {
	t.Parallel()
	onEachDatabase(t, func(t *testing.T, p *testApp) {
		ben := newAuthor("Ben")
		if err := p.app.SaveView(t.Context(), ben, " Drafts  ", "status=draft"); err != nil {
			t.Fatal(err)
		}
		for name, query := range map[string]string{"": "status=draft", "x": "", "y": "%zz"} {
			storetest.Is(t, p.app.SaveView(t.Context(), ben, name, query), content.ErrInvalidView)
		}
		views := storetest.Must[[]content.SavedView](t)(p.app.SavedViews(t.Context(), ben))
		if len(views) != 1 || views[0].Name != "Drafts" || views[0].Query != "status=draft" {
			t.Fatalf("%+v", views)
		}
		export, err := p.app.ExportUser(t.Context(), identityport.Subject{User: ben.UserID})
		if e := export.(privacy.Export); err != nil || len(e.SavedViews) != 1 {
			t.Errorf("%+v, %v", export, err)
		}
		storetest.Is(t, p.app.DeleteView(t.Context(), newAuthor("Eve"), views[0].ID), content.ErrViewNotFound)
		if err := p.app.DeleteView(t.Context(), ben, views[0].ID); err != nil {
			t.Fatal(err)
		}
	})
}
