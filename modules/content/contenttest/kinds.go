package contenttest

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/cursor"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/ports/storetest"
)

func idsOf(all []content.Summary) []content.PostID {
	out := make([]content.PostID, len(all))
	for i, v := range all {
		out[i] = v.ID
	}
	return out
}

func idOf(all ...*content.Post) []content.PostID {
	out := make([]content.PostID, len(all))
	for i, p := range all {
		out[i] = p.State().ID
	}
	return out
}

var kindCases = map[string]func(t *testing.T, h Harness){
	"a page reads back as written, by its id, its slug and one that it had": func(t *testing.T, h Harness) {
		a := h.profile(t, "ada")
		p := PublishedPage(a.User, Now)
		h.insert(t, p)
		was := p.State().Text.Slug
		storetest.Equal(t, storetest.Must[content.Article](t)(h.Reads.Article(t.Context(), p.State().ID)), content.Article{Post: p.State(), Author: a})
		storetest.Equal(t, storetest.Must[content.Article](t)(h.Reads.Published(t.Context(), was)).Post.Kind, content.KindPage)
		p = content.RestorePost(p.State())
		if err := p.Revise(p.State().Version, Text(), Rendered(), Now); err != nil {
			t.Fatal(err)
		}
		h.do(t, func(ctx context.Context, s content.Stores) error { return s.Posts.Update(ctx, p, a.User) })
		former := storetest.Must[content.Article](t)(h.Reads.PublishedAs(t.Context(), was)).Post
		storetest.Equal(t, []string{former.Path(), string(former.Kind)}, []string{"/pages/" + p.State().Text.Slug, "page"})
	},
	"posts and pages share their slugs": func(t *testing.T, h Harness) {
		p := Draft(Somebody())
		h.insert(t, p)
		page := content.NewDraft(content.KindPage, Page(Somebody()).State().ID, Somebody(), p.State().Text, Rendered(), Now)
		h.fails(t, content.ErrSlugTaken, func(ctx context.Context, s content.Stores) error { return s.Posts.Insert(ctx, page) })
	},
	"a draft becomes a page, and a post again": func(t *testing.T, h Harness) {
		p := Draft(Somebody(), "go")
		h.insert(t, p)
		for _, kind := range []content.Kind{content.KindPage, content.KindPost} {
			s := p.State()
			p = content.RestorePost(s)
			if err := p.ChangeKind(kind); err != nil {
				t.Fatal(err)
			}
			if err := p.Revise(s.Version, s.Text, s.Rendered, Now); err != nil {
				t.Fatal(err)
			}
			h.do(t, func(ctx context.Context, st content.Stores) error { return st.Posts.Update(ctx, p, s.Author) })
			storetest.Equal(t, storetest.Must[content.Article](t)(h.Reads.Article(t.Context(), s.ID)).Post, p.State())
			storetest.Equal(t, storetest.Must[[]content.Summary](t)(h.Reads.Summaries(t.Context(), []content.PostID{s.ID}, 1))[0].Kind, kind)
		}
	},
	"lists of readers are of posts, or of pages": func(t *testing.T, h Harness) {
		a, b := h.profile(t, "ada"), h.profile(t, "ben")
		at := func(n int) time.Time { return Now.Add(time.Duration(n/2) * time.Second) } // two of each moment
		var posts, pagesOfAda, allPages []*content.Post
		for i := range 6 {
			post, page := Published(a.User, at(i), "go"), PublishedPage(a.User, at(i), "go")
			posts, pagesOfAda, allPages = append(posts, post), append(pagesOfAda, page), append(allPages, page)
			h.insert(t, post, page)
		}
		other := PublishedPage(b.User, at(3), "go")
		allPages = append(allPages, other)
		h.insert(t, other, Page(a.User), Draft(a.User))
		for _, c := range []struct {
			listing content.Listing
			want    []*content.Post
		}{
			{content.Listing{}, posts},
			{content.Listing{Tag: "go"}, posts},
			{content.Listing{Author: "ada"}, posts},
			{content.Listing{Author: "ben"}, nil},
			{content.Listing{Tag: "go", Author: "ada"}, posts},
			{content.Listing{Pages: true}, allPages},
			{content.Listing{Pages: true, Author: "ada"}, pagesOfAda},
			{content.Listing{Pages: true, Tag: "go"}, nil},
		} {
			have := pages(t, func(v content.Summary) time.Time { return v.PublishedAt }, func(after cursor.Position) ([]content.Summary, error) {
				l := c.listing
				l.After, l.Limit = after, 2
				return h.Reads.List(t.Context(), l)
			})
			if !slices.Equal(have, newestFirst(c.want, publishedAt)) {
				t.Errorf("%+v:\nhave %v\nwant %v", c.listing, have, newestFirst(c.want, publishedAt))
			}
		}
		storetest.Equal(t, storetest.Must[[]content.Summary](t)(h.Reads.List(t.Context(), content.Listing{Pages: true, Author: "ben", Limit: 1})), []content.Summary{SummaryOf(other.State(), b)})
	},
	"a page is in no list that goes by dates, tags or authors": func(t *testing.T, h Harness) {
		a, b := h.profile(t, "ada"), h.profile(t, "ben")
		post := Published(a.User, Now, "go")
		h.insert(t, post, PublishedPage(b.User, Now.AddDate(0, 0, -1), "go", "only-of-pages"), PublishedPage(a.User, Now.AddDate(0, 0, 1), "go"))
		first, last, err := h.Reads.PublicationSpan(t.Context())
		if err != nil || !first.Equal(Now) || !last.Equal(Now) {
			t.Errorf("%v to %v, %v", first, last, err)
		}
		n := 0
		for _, posts := range storetest.Must[[12]int](t)(h.Reads.PostsPerMonth(t.Context(), Now.Year(), 10)) {
			n += posts
		}
		storetest.Equal(t, n, 1)
		from, until := Now.AddDate(-1, 0, 0), Now.AddDate(1, 0, 0)
		storetest.Equal(t, len(storetest.Must[[]content.SitemapPost](t)(h.Reads.PublishedBetween(t.Context(), from, until, 0, 10))), 1)
		storetest.Equal(t, len(storetest.Must[[]content.ArchivedPost](t)(h.Reads.Archived(t.Context(), from, until, 0, 10))), 1)
		storetest.Equal(t, storetest.Must[[]string](t)(h.Reads.PublishedTags(t.Context(), 0, 10)), []string{"go"})
		storetest.Equal(t, storetest.Must[[]string](t)(h.Reads.PublishedAuthors(t.Context(), 0, 10)), []string{"ada"})
		storetest.Equal(t, len(storetest.Must[[]content.Summary](t)(h.Reads.Related(t.Context(), post.State().ID, []string{"go"}, 10))), 0)
		newest := storetest.Must[[]content.Article](t)(h.Reads.NewestArticles(t.Context(), 10))
		storetest.Equal(t, len(newest), 1)
		storetest.Equal(t, newest[0].Post.ID, post.State().ID)
	},
	"a page stays out of the lists of its tags when they are renamed": func(t *testing.T, h Harness) {
		page := PublishedPage(Somebody(), Now, "go")
		h.insert(t, page)
		h.do(t, func(ctx context.Context, s content.Stores) error {
			if _, _, err := s.Tags.Rename(ctx, "go", 0, "golang", false, Now); err != nil {
				return err
			}
			_, after, err := s.Posts.MoveTags(ctx, page.State().ID)
			storetest.Equal(t, after.Kind, content.KindPage)
			return err
		})
		storetest.Equal(t, len(storetest.Must[[]content.Summary](t)(h.Reads.List(t.Context(), content.Listing{Tag: "golang", Limit: 10}))), 0)
		storetest.Equal(t, len(storetest.Must[[]string](t)(h.Reads.PublishedTags(t.Context(), 0, 10))), 0)
	},
	"published pages are listed for a map of the site, the oldest first": func(t *testing.T, h Harness) {
		var want []content.SitemapPost
		for i := range 4 {
			p := PublishedPage(Somebody(), Now.Add(time.Duration(i)*time.Hour))
			h.insert(t, p)
			want = append(want, content.SitemapPost{Slug: p.State().Text.Slug, UpdatedAt: p.State().UpdatedAt})
		}
		elsewhere := want[2]
		hidden := storetest.Must[content.Article](t)(h.Reads.Published(t.Context(), elsewhere.Slug)).Post
		h.do(t, func(ctx context.Context, s content.Stores) error {
			return s.Details.Put(ctx, hidden, content.PostDetails{NoIndex: true, Version: 1, UpdatedAt: Now}, 0)
		})
		want = slices.Delete(want, 2, 3)
		h.insert(t, Page(Somebody()), Published(Somebody(), Now))
		list := func(skip, limit int) []content.SitemapPost {
			return storetest.Must[[]content.SitemapPost](t)(h.Reads.PublishedPages(t.Context(), skip, limit))
		}
		storetest.Equal(t, list(0, 10), want)
		storetest.Equal(t, list(1, 1), want[1:2])
		storetest.Equal(t, list(2, 2), want[2:])
		storetest.Equal(t, len(list(3, 10)), 0)
	},
	"those who write find pages among posts, and apart": func(t *testing.T, h Harness) {
		a := h.profile(t, "ada")
		page, published, other, post := Page(a.User), PublishedPage(a.User, Now.Add(time.Second)), Page(Somebody()), Draft(a.User)
		h.insert(t, page, published, other, post)
		kinds := map[content.PostID]content.Kind{}
		for _, v := range storetest.Must[[]content.Summary](t)(h.Reads.Written(t.Context(), content.Writing{Author: a.User, Limit: 10})) {
			kinds[v.ID] = v.Kind
		}
		storetest.Equal(t, kinds, map[content.PostID]content.Kind{
			page.State().ID: content.KindPage, published.State().ID: content.KindPage, post.State().ID: content.KindPost,
		})
		written := func(author identityport.UserID, limit int) []content.PostID {
			ids := storetest.Must[[]content.PostID](t)(h.Reads.WrittenPages(t.Context(), author, limit))
			slices.Sort(ids)
			return ids
		}
		sorted := func(all ...*content.Post) []content.PostID {
			ids := idOf(all...)
			slices.Sort(ids)
			return ids
		}
		storetest.Equal(t, written("", 10), sorted(page, published, other))
		storetest.Equal(t, written(a.User, 10), sorted(page, published))
		storetest.Equal(t, len(written("", 2)), 2)
		storetest.Equal(t, len(written("not an id", 2)), 0)
		storetest.Equal(t, idsOf(storetest.Must[[]content.Summary](t)(h.Reads.Summaries(t.Context(), idOf(other), 2))), idOf(other))
	},
	"a search finds pages, and says that they are": func(t *testing.T, h Harness) {
		s := PublishedPage(Somebody(), Now).State()
		s.Text.Visibility, s.Text.Title = content.Public, "Zephyr"
		h.insert(t, content.RestorePost(s), Published(Somebody(), Now))
		q, err := content.ParseSearch("zephyr")
		if err != nil {
			t.Fatal(err)
		}
		found := storetest.Must[[]content.SearchMatch](t)(h.Reads.Search(t.Context(), content.Search{Query: q, Limit: 5}))
		if len(found) != 1 || found[0].Path() != "/pages/"+s.Text.Slug {
			t.Errorf("%+v", found)
		}
	},
}
