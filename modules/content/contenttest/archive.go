package contenttest

import (
	"context"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/storetest"
)

var archiveCases = map[string]func(t *testing.T, h Harness){
	"the archive lists what was published in a time, newest first": func(t *testing.T, h Harness) {
		author := Somebody()
		var newestFirst []content.ArchivedPost
		for i := range 4 {
			p := Published(author, Now.Add(time.Duration(i)*time.Hour))
			h.insert(t, p)
			s := p.State()
			newestFirst = append([]content.ArchivedPost{{Slug: s.Text.Slug, Title: s.Text.Title, Visibility: s.Text.Visibility, PublishedAt: s.PublishedAt}}, newestFirst...)
		}
		h.insert(t, Draft(author))
		list := func(from, until time.Time, skip, limit int) []content.ArchivedPost {
			return storetest.Must[[]content.ArchivedPost](t)(h.Reads.Archived(t.Context(), from, until, skip, limit))
		}
		storetest.Equal(t, list(Now, Now.Add(4*time.Hour), 0, 10), newestFirst)
		storetest.Equal(t, list(Now, Now.Add(3*time.Hour), 0, 10), newestFirst[1:])
		storetest.Equal(t, list(Now, Now.Add(4*time.Hour), 1, 2), newestFirst[1:3])
		storetest.Equal(t, len(list(Now, Now.Add(4*time.Hour), 4, 10)), 0)
	},
	"related posts are those that share the most tags, then the newest": func(t *testing.T, h Harness) {
		a := h.profile(t, "ada")
		at := func(hours int) time.Time { return Now.Add(time.Duration(hours) * time.Hour) }
		post := Published(a.User, Now, "go", "steel", "fire")
		two, one, older, other := Published(a.User, Now, "go", "steel"), Published(a.User, at(2), "fire"), Published(Somebody(), at(1), "go", "water"), Published(a.User, at(9), "water")
		hidden := Draft(a.User, "go", "steel", "fire")
		h.insert(t, post, two, one, older, other, hidden)
		related := func(p *content.Post, limit int) (ids []content.PostID) {
			s := p.State()
			for _, r := range storetest.Must[[]content.Summary](t)(h.Reads.Related(t.Context(), s.ID, s.Text.Tags, limit)) {
				ids = append(ids, r.ID)
			}
			return ids
		}
		storetest.Equal(t, related(post, 10), []content.PostID{two.State().ID, one.State().ID, older.State().ID})
		storetest.Equal(t, related(post, 1), []content.PostID{two.State().ID})
		storetest.Equal(t, related(other, 10), []content.PostID{older.State().ID})
		have := storetest.Must[[]content.Summary](t)(h.Reads.Related(t.Context(), post.State().ID, []string{"steel"}, 1))
		storetest.Equal(t, have, []content.Summary{SummaryOf(two.State(), a)})
		storetest.Equal(t, len(storetest.Must[[]content.Summary](t)(h.Reads.Related(t.Context(), post.State().ID, nil, 3))), 0)

		gone := two.State()
		h.do(t, func(ctx context.Context, s content.Stores) error { return s.Posts.Delete(ctx, gone.ID, gone.Version) })
		storetest.Equal(t, related(post, 10), []content.PostID{one.State().ID, older.State().ID})
	},
}
