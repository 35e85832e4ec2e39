package contenttest

import (
	"cmp"
	"context"
	"slices"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/cursor"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/ports/idgen/idgentest"
	"github.com/neoforge-dev/neoforge/ports/storetest"
)

// SummaryOf is what lists show of a post.
func SummaryOf(p content.PostState, a content.Author) content.Summary {
	return content.Summary{
		ID: p.ID, Kind: p.Kind, Slug: p.Text.Slug, Title: p.Text.Title, Excerpt: p.Text.Excerpt, Teaser: p.Rendered.Teaser,
		Tags: p.Text.Tags, Visibility: p.Text.Visibility, Status: p.Status, AuthorHandle: a.Handle, AuthorName: a.Name,
		ReadingMinutes: p.Rendered.ReadingMinutes, PublishedAt: p.PublishedAt, UpdatedAt: p.UpdatedAt, Version: p.Version,
	}
}

// pages reads a list two at a time to its end.
func pages(t *testing.T, at func(content.Summary) time.Time, read func(after cursor.Position) ([]content.Summary, error)) []content.PostID {
	t.Helper()
	var (
		ids   []content.PostID
		after cursor.Position
	)
	for {
		page := storetest.Must[[]content.Summary](t)(read(after))
		for _, v := range page {
			ids = append(ids, v.ID)
			after = cursor.Position{At: at(v), ID: string(v.ID)}
		}
		if len(page) == 0 {
			return ids
		}
	}
}

// newestFirst orders posts as lists do: by time, then by id.
func newestFirst(all []*content.Post, at func(content.PostState) time.Time) []content.PostID {
	sorted := slices.Clone(all)
	slices.SortFunc(sorted, func(a, b *content.Post) int {
		if c := at(b.State()).Compare(at(a.State())); c != 0 {
			return c
		}
		if b.State().ID < a.State().ID {
			return -1
		}
		return 1
	})
	ids := make([]content.PostID, len(sorted))
	for i, p := range sorted {
		ids[i] = p.State().ID
	}
	return ids
}

func publishedAt(p content.PostState) time.Time { return p.PublishedAt }
func updatedAt(p content.PostState) time.Time   { return p.UpdatedAt }

var listCases = map[string]func(t *testing.T, h Harness){
	"a list shows published posts with their authors and without bodies": func(t *testing.T, h Harness) {
		a := h.profile(t, "ada")
		p, q := Published(a.User, Now, "go"), Published(Somebody(), Now.Add(time.Second))
		h.insert(t, p, q, Draft(a.User, "go"))
		storetest.Equal(t, storetest.Must[[]content.Summary](t)(h.Reads.List(t.Context(), content.Listing{Limit: 10})), []content.Summary{
			SummaryOf(q.State(), content.Author{}), SummaryOf(p.State(), a),
		})
	},
	"those of posts that are there are listed by their ids": func(t *testing.T, h Harness) {
		a := h.profile(t, "ada")
		p, q, other := Published(a.User, Now, "go"), Draft(Somebody()), Draft(a.User)
		h.insert(t, p, q, other)
		ids := []content.PostID{q.State().ID, p.State().ID, content.PostID(idgentest.New()), "no id"}
		have := storetest.Must[[]content.Summary](t)(h.Reads.Summaries(t.Context(), ids, 10))
		want := []content.Summary{SummaryOf(p.State(), a), SummaryOf(q.State(), content.Author{})}
		slices.SortFunc(want, func(a, b content.Summary) int {
			return cmp.Or(b.UpdatedAt.Compare(a.UpdatedAt), cmp.Compare(b.ID, a.ID))
		})
		storetest.Equal(t, have, want)
		storetest.Equal(t, len(storetest.Must[[]content.Summary](t)(h.Reads.Summaries(t.Context(), ids, 1))), 1)
		storetest.Equal(t, len(storetest.Must[[]content.Summary](t)(h.Reads.Summaries(t.Context(), nil, 10))), 0)
	},
	"lists are paged without gaps or repeats, also among posts of one moment": func(t *testing.T, h Harness) {
		a, b := h.profile(t, "ada"), h.profile(t, "ben")
		var all, tagged, byAda, both []*content.Post
		for i := range 12 {
			author, tags := a, []string{"other"}
			if i%3 == 0 {
				author = b
			}
			if i%2 == 0 {
				tags = []string{"go", "other"}
			}
			// Times in whole, half and no microseconds, some of them equal.
			p := Published(author.User, Now.Truncate(time.Second).Add(time.Duration(i/4)*500*time.Microsecond), tags...)
			all = append(all, p)
			if i%2 == 0 {
				tagged = append(tagged, p)
			}
			if i%3 != 0 {
				byAda = append(byAda, p)
			}
			if i%2 == 0 && i%3 != 0 {
				both = append(both, p)
			}
		}
		h.insert(t, all...)
		h.insert(t, Draft(a.User, "go"))
		for _, c := range []struct {
			listing content.Listing
			want    []*content.Post
		}{
			{content.Listing{}, all},
			{content.Listing{Tag: "go"}, tagged},
			{content.Listing{Author: "ada"}, byAda},
			{content.Listing{Tag: "go", Author: "ada"}, both},
			{content.Listing{Tag: "absent"}, nil},
			{content.Listing{Author: "absent"}, nil},
			{content.Listing{Tag: "other", Author: "absent"}, nil},
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
	},
	"what somebody wrote is listed in any status, the last changed first": func(t *testing.T, h Harness) {
		a, other := h.profile(t, "ada"), Somebody()
		var mine, all []*content.Post
		for i := range 7 {
			p := Draft(a.User)
			if i%2 == 0 {
				p = Published(a.User, Now.Add(time.Duration(i/3)*time.Minute))
			}
			mine, all = append(mine, p), append(all, p)
		}
		all = append(all, Published(other, Now.Add(time.Hour)), Draft(other))
		h.insert(t, all...)
		for author, want := range map[identityport.UserID][]*content.Post{a.User: mine, "": all, Somebody(): nil, "not an id": nil} {
			have := pages(t, func(v content.Summary) time.Time { return v.UpdatedAt }, func(after cursor.Position) ([]content.Summary, error) {
				return h.Reads.Written(t.Context(), content.Writing{Author: author, After: after, Limit: 2})
			})
			if !slices.Equal(have, newestFirst(want, updatedAt)) {
				t.Errorf("%q:\nhave %v\nwant %v", author, have, newestFirst(want, updatedAt))
			}
		}
		first := storetest.Must[[]content.Summary](t)(h.Reads.Written(t.Context(), content.Writing{Author: a.User, After: cursor.Position{}, Limit: 100}))
		i := slices.IndexFunc(mine, func(p *content.Post) bool { return p.State().ID == first[0].ID })
		storetest.Equal(t, first[0], SummaryOf(mine[i].State(), a))
	},
	"a post is listed under tags of any script": func(t *testing.T, h Harness) {
		tags := []string{"हिन्दी", "ภาษาไทย", "مُحَمَّد", "größe", "が", "한국어"}
		p := Draft(Somebody(), tags...)
		if err := p.Publish(Now); err != nil {
			t.Fatal(err)
		}
		h.insert(t, p)
		for _, tag := range tags {
			have := storetest.Must[[]content.Summary](t)(h.Reads.List(t.Context(), content.Listing{Tag: tag, Limit: 10}))
			if len(have) != 1 || !slices.Equal(have[0].Tags, tags) {
				t.Errorf("%s lists %v", tag, have)
			}
		}
	},
	"a post is listed under the tags it has, while it is published": func(t *testing.T, h Harness) {
		p := Draft(Somebody(), "old")
		h.insert(t, p)
		listed := func(tag string) int {
			t.Helper()
			return len(storetest.Must[[]content.Summary](t)(h.Reads.List(t.Context(), content.Listing{Tag: tag, Limit: 10})))
		}
		change := func(do func() error) {
			t.Helper()
			p = content.RestorePost(p.State())
			if err := do(); err != nil {
				t.Fatal(err)
			}
			h.do(t, func(ctx context.Context, s content.Stores) error {
				return s.Posts.Update(ctx, p, p.State().Author)
			})
		}
		storetest.Equal(t, listed("old"), 0)
		change(func() error { return p.Publish(Now) })
		storetest.Equal(t, listed("old"), 1)
		change(func() error { return p.Revise(2, Text("new", "newer"), Rendered(), Now) })
		storetest.Equal(t, []int{listed("old"), listed("new"), listed("newer")}, []int{0, 1, 1})
		change(func() error { return p.Unpublish(Now) })
		storetest.Equal(t, []int{listed("new"), listed("newer")}, []int{0, 0})
	},
	"a page has as many as asked": func(t *testing.T, h Harness) {
		author := Somebody()
		for i := range 5 {
			h.insert(t, Published(author, Now.Add(time.Duration(i)*time.Second)))
		}
		for _, limit := range []int{1, 3, 5, 100} {
			storetest.Equal(t, len(storetest.Must[[]content.Summary](t)(h.Reads.List(t.Context(), content.Listing{Limit: limit}))), min(limit, 5))
		}
	},
}
