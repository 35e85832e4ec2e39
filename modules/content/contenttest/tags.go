package contenttest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/ports/idgen/idgentest"
	"github.com/neoforge-dev/neoforge/ports/storetest"
)

func (h Harness) renameTag(t *testing.T, name string, seen int, to string, merge bool) (kept content.Tag, merged bool) {
	t.Helper()
	h.do(t, func(ctx context.Context, s content.Stores) (err error) {
		kept, merged, err = s.Tags.Rename(ctx, name, seen, to, merge, Now)
		return err
	})
	return kept, merged
}

func renaming(name string, seen int, to string, merge bool) func(context.Context, content.Stores) error {
	return func(ctx context.Context, s content.Stores) error {
		_, _, err := s.Tags.Rename(ctx, name, seen, to, merge, Now)
		return err
	}
}

func (h Harness) tag(t *testing.T, name string) content.Tag {
	t.Helper()
	return storetest.Must[content.Tag](t)(h.Reads.Tag(t.Context(), name))
}

// moveAll moves every post that is filed under a former name, and returns their ids.
func (h Harness) moveAll(t *testing.T) []content.PostID {
	t.Helper()
	var all []content.PostID
	for {
		ids := storetest.Must[[]content.PostID](t)(h.Reads.FormerlyTagged(t.Context(), nil, 2))
		if len(ids) == 0 {
			return all
		}
		for _, id := range ids {
			h.do(t, func(ctx context.Context, s content.Stores) error {
				_, _, err := s.Posts.MoveTags(ctx, id)
				return err
			})
			all = append(all, id)
		}
	}
}

func (h Harness) kept(t *testing.T, id content.PostID) content.PostState {
	t.Helper()
	return storetest.Must[content.Article](t)(h.Reads.Article(t.Context(), id)).Post
}

func (h Harness) listed(t *testing.T, tag string) []content.PostID {
	t.Helper()
	var ids []content.PostID
	for _, s := range storetest.Must[[]content.Summary](t)(h.Reads.List(t.Context(), content.Listing{Tag: tag, Limit: 100})) {
		ids = append(ids, s.ID)
	}
	return ids
}

var tagCases = map[string]func(t *testing.T, h Harness){
	"what is said of a tag is written over the version that was seen": func(t *testing.T, h Harness) {
		storetest.Equal(t, h.tag(t, "größe"), content.Tag{Name: "größe"})
		said := content.Tag{Name: "größe", Title: "Größe", Description: "What is large.", Version: 1, UpdatedAt: Now}
		put := func(v content.Tag, seen int) func(context.Context, content.Stores) error {
			return func(ctx context.Context, s content.Stores) error { return s.Tags.Put(ctx, v, seen) }
		}
		h.do(t, put(said, 0))
		storetest.Equal(t, h.tag(t, "größe"), said)
		h.fails(t, content.ErrTagChanged, put(said, 0))
		h.fails(t, content.ErrTagChanged, put(said, 2))
		said.Title, said.Version = "GRÖSSE", 2
		h.do(t, put(said, 1))
		storetest.Equal(t, h.tag(t, "größe"), said)
		all := h.atOnce(t, 6, put(content.Tag{Name: "new", Version: 1, UpdatedAt: Now}, 0))
		storetest.Equal(t, storetest.Succeeded(t, all, content.ErrTagChanged), 1)
	},
	"a tag is renamed, and every name that it had leads to it": func(t *testing.T, h Harness) {
		h.do(t, func(ctx context.Context, s content.Stores) error {
			return s.Tags.Put(ctx, content.Tag{Name: "a", Title: "The A", Version: 1, UpdatedAt: Now}, 0)
		})
		h.fails(t, content.ErrTagChanged, renaming("a", 0, "b", false))
		h.fails(t, content.ErrTagUnchanged, renaming("a", 1, "a", false))
		kept, merged := h.renameTag(t, "a", 1, "b", false)
		storetest.Equal(t, kept, content.Tag{Name: "b", Title: "The A", Version: 2, UpdatedAt: Now})
		storetest.Equal(t, merged, false)
		h.fails(t, content.ErrTagNotFound, renaming("a", 0, "c", false))
		h.fails(t, content.ErrTagNotFound, func(ctx context.Context, s content.Stores) error {
			return s.Tags.Put(ctx, content.Tag{Name: "a", Version: 1, UpdatedAt: Now}, 0)
		})
		h.renameTag(t, "b", 2, "c", false)
		for _, name := range []string{"a", "b", "c"} {
			storetest.Equal(t, h.tag(t, name).Name, "c")
		}
		storetest.Equal(t, storetest.Must[[]string](t)(h.Reads.CurrentTags(t.Context(), []string{"x", "b", "a", "c"})), []string{"x", "c"})
		storetest.Equal(t, storetest.Must[[]string](t)(h.Reads.TagNames(t.Context(), "c")), []string{"a", "b"})

		// Back to one of its own names is no merge, and makes no loop.
		back, merged := h.renameTag(t, "c", 3, "a", false)
		storetest.Equal(t, back.Name+back.Title, "aThe A")
		storetest.Equal(t, merged, false)
		for _, name := range []string{"a", "b", "c"} {
			storetest.Equal(t, h.tag(t, name).Name, "a")
		}
	},
	"a tag that gets the name of another one is merged, if that is said": func(t *testing.T, h Harness) {
		author := Somebody()
		both, one, draft := Published(author, Now, "old", "x", "new"), Published(author, Now.Add(time.Second), "x", "old"), Draft(author, "old")
		archived := Draft(author, "old", "new")
		if err := archived.Archive(Now); err != nil {
			t.Fatal(err)
		}
		target := Published(author, Now.Add(2*time.Second), "new")
		h.insert(t, both, one, draft, archived, target)
		h.fails(t, content.ErrTagExists, renaming("old", 0, "new", false))
		kept, merged := h.renameTag(t, "old", 0, "new", true)
		storetest.Equal(t, kept, content.Tag{Name: "new", Version: 1, UpdatedAt: Now})
		storetest.Equal(t, merged, true)
		storetest.Equal(t, storetest.Must[int](t)(h.Reads.FormerlyTaggedCount(t.Context(), "new")), 4)
		storetest.Equal(t, storetest.Must[int](t)(h.Reads.FormerlyTaggedCount(t.Context(), "x")), 0)
		some := storetest.Must[[]content.PostID](t)(h.Reads.FormerlyTagged(t.Context(), nil, 3))
		storetest.Equal(t, len(some), 3)
		rest := storetest.Must[[]content.PostID](t)(h.Reads.FormerlyTagged(t.Context(), append(some, "no id"), 3))
		if len(rest) != 1 || slices.Contains(some, rest[0]) {
			t.Errorf("but for %v there are %v", some, rest)
		}
		storetest.Equal(t, len(h.moveAll(t)), 4)
		storetest.Equal(t, storetest.Must[int](t)(h.Reads.FormerlyTaggedCount(t.Context(), "new")), 0)
		for p, want := range map[*content.Post][]string{both: {"new", "x"}, one: {"x", "new"}, draft: {"new"}, archived: {"new"}, target: {"new"}} {
			before, have := p.State(), h.kept(t, p.State().ID)
			storetest.Equal(t, have.Text.Tags, want)
			if have.Version != before.Version || !have.UpdatedAt.Equal(before.UpdatedAt) || have.Status != before.Status {
				t.Errorf("a move is a save: %+v", have)
			}
			revisions := storetest.Must[[]content.Revision](t)(h.Reads.Revisions(t.Context(), before.ID, 10))
			storetest.Equal(t, len(revisions), 1)
			storetest.Equal(t, revisions[0].Text.Tags, before.Text.Tags)
		}
		storetest.Equal(t, h.listed(t, "new"), []content.PostID{target.State().ID, one.State().ID, both.State().ID})
		storetest.Equal(t, len(h.listed(t, "old")), 0)
		storetest.Equal(t, storetest.Must[int](t)(h.Reads.TagCount(t.Context(), "new")), 5)
		storetest.Equal(t, storetest.Must[int](t)(h.Reads.TagCount(t.Context(), "old")), 0)
		found := storetest.Must[[]content.SearchMatch](t)(h.Reads.Search(t.Context(), content.Search{Query: storetest.Must[content.SearchQuery](t)(content.ParseSearch("new")), Limit: 10}))
		storetest.Equal(t, len(found), 3)
		found = storetest.Must[[]content.SearchMatch](t)(h.Reads.Search(t.Context(), content.Search{Query: storetest.Must[content.SearchQuery](t)(content.ParseSearch("old")), Limit: 10}))
		storetest.Equal(t, len(found), 0)
		storetest.Equal(t, len(storetest.Must[[]content.PostID](t)(h.Reads.Unindexed(t.Context(), "", 10))), 0)

		// The name of one leads to the other: what is renamed to it goes there.
		h.fails(t, content.ErrTagExists, renaming("x", 0, "old", false))
		kept, merged = h.renameTag(t, "x", 0, "old", true)
		storetest.Equal(t, kept.Name, "new")
		storetest.Equal(t, merged, true)
		h.moveAll(t)
		storetest.Equal(t, h.kept(t, both.State().ID).Text.Tags, []string{"new"})

		h.fails(t, content.ErrTagNotFound, func(ctx context.Context, s content.Stores) error { return s.Tags.FreeName(ctx, "x", "old") })
		h.do(t, func(ctx context.Context, s content.Stores) error { return s.Tags.FreeName(ctx, "new", "old") })
		storetest.Equal(t, h.tag(t, "old").Name, "old")
		storetest.Equal(t, h.tag(t, "x").Name, "new")
	},
	"of two tags that are merged into each other at once neither leads in a circle": func(t *testing.T, h Harness) {
		h.insert(t, Draft(Somebody(), "a"), Draft(Somebody(), "b"))
		errs := make(chan error, 2)
		for _, pair := range [][2]string{{"a", "b"}, {"b", "a"}} {
			go func() {
				errs <- h.UnitOfWork.Do(t.Context(), renaming(pair[0], 0, pair[1], true))
			}()
		}
		done := 0
		for range 2 {
			switch err := <-errs; {
			case err == nil:
				done++
			case !errors.Is(err, content.ErrTagNotFound) && !errors.Is(err, content.ErrTagChanged):
				t.Error(err)
			}
		}
		storetest.Equal(t, done, 1)
		storetest.Equal(t, h.tag(t, "a").Name, h.tag(t, "b").Name)
	},
	"a save that leaves the tags alone does not take a move back": func(t *testing.T, h Harness) {
		p := Published(Somebody(), Now, "old")
		h.insert(t, p)
		loaded := content.RestorePost(h.kept(t, p.State().ID))
		h.renameTag(t, "old", 0, "new", false)
		h.moveAll(t)
		if err := loaded.Unpublish(Now); err != nil {
			t.Fatal(err)
		}
		h.do(t, func(ctx context.Context, s content.Stores) error {
			return s.Posts.Update(ctx, loaded, p.State().Author)
		})
		storetest.Equal(t, h.kept(t, p.State().ID).Text.Tags, []string{"new"})
		storetest.Equal(t, len(h.listed(t, "old")), 0)
		h.fails(t, content.ErrPostNotFound, func(ctx context.Context, s content.Stores) error {
			_, _, err := s.Posts.MoveTags(ctx, Draft(Somebody()).State().ID)
			return err
		})
	},
	"tags are listed by their names, with how many posts have them": func(t *testing.T, h Harness) {
		author := Somebody()
		h.insert(t, Published(author, Now, "b", "a"), Draft(author, "b"), Draft(author, "z"))
		h.do(t, func(ctx context.Context, s content.Stores) error {
			return s.Tags.Put(ctx, content.Tag{Name: "m", Title: "M", Version: 1, UpdatedAt: Now}, 0)
		})
		h.renameTag(t, "z", 0, "y", false) // whose post is not moved yet
		var have []string
		for after := ""; ; {
			page := storetest.Must[[]content.TagCount](t)(h.Reads.TagCounts(t.Context(), after, 2))
			if len(page) == 0 {
				break
			}
			for _, tag := range page {
				have, after = append(have, fmt.Sprint(tag.Name, tag.Title, tag.Posts)), tag.Name
			}
		}
		storetest.Equal(t, have, []string{"a1", "b2", "mM0", "y0"})
		p := h.kept(t, storetest.Must[[]content.Summary](t)(h.Reads.Written(t.Context(), content.Writing{Author: author, Status: content.Published, Limit: 1}))[0].ID)
		h.do(t, func(ctx context.Context, s content.Stores) error { return s.Posts.Delete(ctx, p.ID, p.Version) })
		if have := storetest.Must[[]content.TagCount](t)(h.Reads.TagCounts(t.Context(), "", 9)); slices.ContainsFunc(have, func(c content.TagCount) bool { return c.Name == "a" }) {
			t.Errorf("the tag of a post that is deleted is listed: %+v", have)
		}
	},
	"the details of a post are written over the version that was seen, and go with it": func(t *testing.T, h Harness) {
		p, plain := Published(Somebody(), Now), Published(Somebody(), Now)
		h.insert(t, p, plain)
		id := p.State().ID
		storetest.Equal(t, storetest.Must[content.PostDetails](t)(h.Reads.PostDetails(t.Context(), id)), content.PostDetails{})
		d := content.PostDetails{SEOTitle: "T", SEODescription: "D", SocialTitle: "S", SocialDescription: "SD", Canonical: "https://a.example/b", Version: 1, UpdatedAt: Now}
		put := func(of *content.Post, d content.PostDetails, seen int) func(context.Context, content.Stores) error {
			return func(ctx context.Context, s content.Stores) error { return s.Details.Put(ctx, of.State(), d, seen) }
		}
		h.do(t, put(p, d, 0))
		storetest.Equal(t, storetest.Must[content.PostDetails](t)(h.Reads.PostDetails(t.Context(), id)), d)
		storetest.Equal(t, storetest.Must[content.Article](t)(h.Reads.Article(t.Context(), id)).Details, d)
		storetest.Equal(t, storetest.Must[content.Article](t)(h.Reads.Published(t.Context(), p.State().Text.Slug)).Details, d)
		storetest.Equal(t, storetest.Must[content.Article](t)(h.Reads.Article(t.Context(), plain.State().ID)).Details, content.PostDetails{})
		h.fails(t, content.ErrDetailsChanged, put(p, d, 0))
		h.fails(t, content.ErrDetailsChanged, put(p, d, 2))
		h.fails(t, content.ErrPostNotFound, put(Draft(Somebody()), d, 0))
		older := Draft(Somebody())
		h.insert(t, older)
		seen := content.RestorePost(older.State())
		h.save(t, older, func(p *content.Post) error { return p.Publish(Now) })
		h.fails(t, content.ErrPostChanged, put(seen, d, 0)) // it was a draft
		mapped := func() (slugs []string) {
			for _, post := range storetest.Must[[]content.SitemapPost](t)(h.Reads.PublishedBetween(t.Context(), Now.Add(-time.Hour), Now.Add(time.Hour), 0, 9)) {
				slugs = append(slugs, post.Slug)
			}
			counts := storetest.Must[[12]int](t)(h.Reads.MappedPerMonth(t.Context(), Now.Year(), 9))
			storetest.Equal(t, counts[Now.Month()-1], len(slugs))
			all := storetest.Must[[12]int](t)(h.Reads.PostsPerMonth(t.Context(), Now.Year(), 9))
			storetest.Equal(t, all[Now.Month()-1], 3)
			return slugs
		}
		slug := p.State().Text.Slug
		storetest.Equal(t, slices.Contains(mapped(), slug), false)
		d.Canonical, d.NoIndex, d.Version = "", true, 2
		h.do(t, put(p, d, 1))
		storetest.Equal(t, slices.Contains(mapped(), slug), false)
		d.NoIndex, d.Version = false, 3
		h.do(t, put(p, d, 2))
		storetest.Equal(t, slices.Contains(mapped(), slug), true)
		d.NoIndex, d.Version = true, 4
		h.do(t, put(p, d, 3))
		for _, listed := range storetest.Must[[]content.Summary](t)(h.Reads.List(t.Context(), content.Listing{Limit: 9})) {
			storetest.Equal(t, listed.NoIndex, listed.ID == id)
		}
		h.do(t, func(ctx context.Context, s content.Stores) error { return s.Posts.Delete(ctx, id, p.State().Version) })
		storetest.Equal(t, storetest.Must[content.PostDetails](t)(h.Reads.PostDetails(t.Context(), id)), content.PostDetails{})
	},
}

var viewCases = map[string]func(t *testing.T, h Harness){
	"a person keeps views under names of their own, so many of them": func(t *testing.T, h Harness) {
		ada, ben := Somebody(), Somebody()
		view := func(owner identityport.UserID, name, query string) content.SavedView {
			return content.SavedView{ID: idgentest.New(), Owner: owner, Name: name, Query: query, CreatedAt: Now}
		}
		put := func(v content.SavedView) func(context.Context, content.Stores) error {
			return func(ctx context.Context, s content.Stores) error { return s.Views.Put(ctx, v) }
		}
		views := func(of identityport.UserID) []content.SavedView {
			return storetest.Must[[]content.SavedView](t)(h.Reads.SavedViews(t.Context(), of))
		}
		one, two, bens := view(ada, "One", "tag=go"), view(ada, "A two", "status=draft"), view(ben, "One", "tag=c")
		for _, v := range []content.SavedView{one, two, bens} {
			h.do(t, put(v))
		}
		storetest.Equal(t, views(ada), []content.SavedView{two, one})
		again := view(ada, "One", "tag=web")
		h.do(t, put(again))
		one.Query = again.Query
		storetest.Equal(t, views(ada), []content.SavedView{two, one})
		remove := func(of identityport.UserID, id string) func(context.Context, content.Stores) error {
			return func(ctx context.Context, s content.Stores) error { return s.Views.Delete(ctx, of, id) }
		}
		h.fails(t, content.ErrViewNotFound, remove(ben, one.ID))
		h.fails(t, content.ErrViewNotFound, remove(ada, "not an id"))
		h.do(t, remove(ada, two.ID))
		for i := range content.MaxViews - 1 {
			h.do(t, put(view(ada, fmt.Sprint(i), "tag=x")))
		}
		h.fails(t, content.ErrTooManyViews, put(view(ada, "too many", "tag=x")))
		h.do(t, put(again))
		h.do(t, func(ctx context.Context, s content.Stores) error { return s.Views.DeleteOf(ctx, ada) })
		storetest.Equal(t, views(ada), []content.SavedView{})
		storetest.Equal(t, views(ben), []content.SavedView{bens})
	},
	"a view that is kept several times at once is one": func(t *testing.T, h Harness) {
		ada := Somebody()
		for _, err := range h.atOnce(t, 8, func(ctx context.Context, s content.Stores) error {
			return s.Views.Put(ctx, content.SavedView{ID: idgentest.New(), Owner: ada, Name: "One", Query: "tag=go", CreatedAt: Now})
		}) {
			storetest.Is(t, err, nil)
		}
		storetest.Equal(t, len(storetest.Must[[]content.SavedView](t)(h.Reads.SavedViews(t.Context(), ada))), 1)
	},
	"the posts of a tag are found in any status, and by their author": func(t *testing.T, h Harness) {
		ada, ben := Somebody(), Somebody()
		draft, published, other := Draft(ada, "go"), Published(ben, Now, "go", "web"), Draft(ada, "web")
		h.insert(t, draft, published, other)
		of := func(tag string, author identityport.UserID, limit int) []content.PostID {
			ids := storetest.Must[[]content.PostID](t)(h.Reads.TaggedPosts(t.Context(), tag, author, limit))
			slices.Sort(ids)
			return ids
		}
		both := []content.PostID{draft.State().ID, published.State().ID}
		slices.Sort(both)
		storetest.Equal(t, of("go", "", 9), both)
		storetest.Equal(t, of("go", ada, 9), []content.PostID{draft.State().ID})
		storetest.Equal(t, len(of("go", "", 1)), 1)
		storetest.Equal(t, len(of("go", "nobody", 9)), 0)
	},
}
