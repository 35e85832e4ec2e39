package contenttest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/idgen/idgentest"
	"github.com/neoforge-dev/neoforge/ports/storetest"
)

var lifecycleCases = map[string]func(t *testing.T, h Harness){
	"a schedule is kept until the post is published, and found when it is due": func(t *testing.T, h Harness) {
		at := Now.Add(time.Hour)
		later, soon, draft := Draft(Somebody()), Draft(Somebody()), Draft(Somebody())
		h.insert(t, later, soon, draft)
		h.save(t, later, func(p *content.Post) error {
			return p.ScheduleFor(content.Schedule{At: at.Add(time.Hour), Zone: "Asia/Tokyo"}, Now)
		})
		h.save(t, soon, func(p *content.Post) error {
			return p.ScheduleFor(content.Schedule{At: at, Zone: "Europe/Berlin"}, Now)
		})
		storetest.Equal(t, h.article(t, soon).State(), soon.State())
		listed := storetest.Must[[]content.Summary](t)(h.Reads.Written(t.Context(), content.Writing{Author: soon.State().Author, Status: content.Scheduled, Limit: 10}))
		if len(listed) != 1 || listed[0].Schedule != soon.State().Schedule {
			t.Errorf("listed %+v", listed)
		}
		due := func(now time.Time) []content.PostID {
			t.Helper()
			return storetest.Must[[]content.PostID](t)(h.Reads.Due(t.Context(), now, 10))
		}
		storetest.Equal(t, due(at.Add(-time.Second)), []content.PostID{})
		storetest.Equal(t, due(at), []content.PostID{soon.State().ID})
		storetest.Equal(t, due(at.Add(time.Hour)), []content.PostID{soon.State().ID, later.State().ID})
		h.save(t, soon, func(p *content.Post) error { return p.PublishDue(at.Add(time.Minute)) })
		h.save(t, later, func(p *content.Post) error { return p.Unschedule(Now) })
		storetest.Equal(t, due(at.Add(time.Hour)), []content.PostID{})
		storetest.Equal(t, h.article(t, soon).State(), soon.State())
	},
	"a slug that readers know leads to its post, and to no other": func(t *testing.T, h Harness) {
		p, never := Published(Somebody(), Now), Draft(Somebody())
		first, unknown := p.State().Text.Slug, never.State().Text.Slug
		h.insert(t, p, never)
		rename := func(p *content.Post, slug string) {
			t.Helper()
			h.save(t, p, func(p *content.Post) error {
				s := p.State()
				s.Text.Slug = slug
				return p.Revise(s.Version, s.Text, s.Rendered, s.UpdatedAt.Add(time.Second))
			})
		}
		leads := func(slug string, to *content.Post) {
			t.Helper()
			a, err := h.Reads.PublishedAs(t.Context(), slug)
			if to == nil {
				storetest.Is(t, err, content.ErrPostNotFound)
				return
			}
			if err != nil || a.Post.ID != to.State().ID || a.Post.Text.Slug != to.State().Text.Slug {
				t.Errorf("%q leads to %q, %v", slug, a.Post.Text.Slug, err)
			}
		}
		second, third := Text().Slug, Text().Slug
		rename(p, second)
		rename(p, third)
		leads(first, p)
		leads(second, p)
		leads(third, nil) // its own
		rename(never, Text().Slug)
		leads(unknown, nil) // nobody could have known it
		rename(p, first)    // and back: nothing leads in a circle
		leads(first, nil)
		leads(third, p)

		thief := Text()
		thief.Slug = second
		h.fails(t, content.ErrSlugTaken, func(ctx context.Context, s content.Stores) error {
			return s.Posts.Insert(ctx, content.NewPost(content.PostID(idgentest.New()), Somebody(), thief, Rendered(), Now))
		})
		h.save(t, p, func(p *content.Post) error { return p.Unpublish(Now) })
		leads(second, nil)
	},
	"of many slugs that a post had the last are kept": func(t *testing.T, h Harness) {
		p := Published(Somebody(), Now)
		h.insert(t, p)
		for i := range content.MaxFormerSlugs + 3 {
			h.save(t, p, func(p *content.Post) error {
				s := p.State()
				s.Text.Slug = fmt.Sprintf("%s-%d", p.State().ID, i)
				return p.Revise(s.Version, s.Text, s.Rendered, s.UpdatedAt.Add(time.Second))
			})
		}
		for slug, want := range map[string]error{"1": content.ErrPostNotFound, "2": nil, "51": nil} {
			_, err := h.Reads.PublishedAs(t.Context(), string(p.State().ID)+"-"+slug)
			storetest.Is(t, err, want)
		}
	},
	"what is archived or in the trash is listed apart, and deleted only as it was seen": func(t *testing.T, h Harness) {
		author := Somebody()
		draft, archived, trashed := Draft(author), Draft(author), Published(author, Now, "go")
		h.insert(t, draft, archived, trashed)
		h.save(t, archived, func(p *content.Post) error { return p.Archive(Now) })
		h.save(t, trashed, func(p *content.Post) error { return p.Trash(Now) })
		for _, c := range []struct {
			writing content.Writing
			want    int
		}{
			{content.Writing{Author: author, Limit: 10}, 1},
			{content.Writing{Author: author, Status: content.Archived, Limit: 10}, 1},
			{content.Writing{Status: content.Trashed, Limit: 10}, 1},
			{content.Writing{Author: author, Everything: true, Limit: 10}, 3},
		} {
			if have := storetest.Must[[]content.Summary](t)(h.Reads.Written(t.Context(), c.writing)); len(have) != c.want {
				t.Errorf("%+v lists %d", c.writing, len(have))
			}
		}
		if public := storetest.Must[[]content.Summary](t)(h.Reads.List(t.Context(), content.Listing{Tag: "go", Limit: 10})); len(public) != 0 {
			t.Errorf("what is in the trash is listed: %+v", public)
		}
		since := trashed.State().UpdatedAt
		storetest.Equal(t, storetest.Must[[]content.PostID](t)(h.Reads.TrashedBefore(t.Context(), since, 10)), []content.PostID{})
		storetest.Equal(t, storetest.Must[[]content.PostID](t)(h.Reads.TrashedBefore(t.Context(), since.Add(time.Second), 10)), []content.PostID{trashed.State().ID})
		remove := func(seen int) func(ctx context.Context, s content.Stores) error {
			return func(ctx context.Context, s content.Stores) error {
				return s.Posts.Delete(ctx, trashed.State().ID, seen)
			}
		}
		h.fails(t, content.ErrPostChanged, remove(1))
		h.do(t, remove(trashed.State().Version))
		h.fails(t, content.ErrPostNotFound, remove(trashed.State().Version))
		storetest.Equal(t, len(storetest.Must[[]content.Revision](t)(h.Reads.Revisions(t.Context(), trashed.State().ID, 10))), 0)
	},
}

// save changes a post and writes it; the post is what it then is.
func (h Harness) save(t *testing.T, p *content.Post, change func(*content.Post) error) {
	t.Helper()
	*p = *content.RestorePost(p.State()) // as it was written last
	if err := change(p); err != nil {
		t.Fatal(err)
	}
	h.do(t, func(ctx context.Context, s content.Stores) error {
		return s.Posts.Update(ctx, p, p.State().Author)
	})
}

func (h Harness) article(t *testing.T, p *content.Post) *content.Post {
	t.Helper()
	return content.RestorePost(storetest.Must[content.Article](t)(h.Reads.Article(t.Context(), p.State().ID)).Post)
}
