package contenttest

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/ports/idgen/idgentest"
	"github.com/neoforge-dev/neoforge/ports/storetest"
)

var openEditorCases = map[string]func(t *testing.T, h Harness){
	"who has a post open is told of until they leave, or are heard of no longer": func(t *testing.T, h Harness) {
		ada, ben := Somebody(), Somebody()
		p, other := Draft(ada), Draft(ben)
		h.insert(t, p, other)
		id := p.State().ID
		hear := func(post content.PostID, who identityport.UserID, at time.Time) {
			t.Helper()
			h.do(t, func(ctx context.Context, s content.Stores) error {
				return s.Open.Hear(ctx, content.OpenEditor{Post: post, Editor: who, HeardAt: at}, at.Add(-time.Hour))
			})
		}
		names := func(post content.PostID, since time.Time) (out []identityport.UserID) {
			t.Helper()
			for _, e := range storetest.Must[[]content.OpenEditor](t)(h.Reads.OpenEditors(t.Context(), post, since, 9)) {
				out = append(out, e.Editor)
			}
			return out
		}
		hear(id, ada, Now)
		hear(id, ada, Now.Add(time.Minute)) // again
		hear(other.State().ID, ben, Now)
		storetest.Equal(t, names(id, Now), []identityport.UserID{ada})
		storetest.Equal(t, names(id, Now.Add(time.Minute)), []identityport.UserID{ada})
		storetest.Equal(t, len(names(id, Now.Add(time.Minute+time.Second))), 0)
		hear(id, ben, Now.Add(time.Minute))
		storetest.Equal(t, len(names(id, Now)), 2)
		h.do(t, func(ctx context.Context, s content.Stores) error { return s.Open.Leave(ctx, id, ada) })
		storetest.Equal(t, names(id, Now), []identityport.UserID{ben})

		hear(other.State().ID, ada, Now.Add(time.Hour+30*time.Second)) // which forgets what is an hour old
		storetest.Equal(t, names(other.State().ID, Now.Add(-time.Hour)), []identityport.UserID{ada})
		h.do(t, func(ctx context.Context, s content.Stores) error { return s.Open.LeaveAll(ctx, ada) })
		storetest.Equal(t, len(names(other.State().ID, Now)), 0)
		h.do(t, func(ctx context.Context, s content.Stores) error { return s.Posts.Delete(ctx, id, 1) })
		storetest.Equal(t, len(names(id, Now)), 0)
	},
	"a post that is not there is open to nobody": func(t *testing.T, h Harness) {
		for _, id := range []content.PostID{content.PostID(idgentest.New()), "no id", ""} {
			h.fails(t, content.ErrPostNotFound, func(ctx context.Context, s content.Stores) error {
				return s.Open.Hear(ctx, content.OpenEditor{Post: id, Editor: Somebody(), HeardAt: Now}, Now)
			})
			h.do(t, func(ctx context.Context, s content.Stores) error { return s.Open.Leave(ctx, id, Somebody()) })
		}
	},
	"those who come back at once after long keep one another from nothing": func(t *testing.T, h Harness) {
		p := Draft(Somebody())
		h.insert(t, p)
		id, who := p.State().ID, make([]identityport.UserID, 8)
		for i := range who {
			who[i] = Somebody()
			h.do(t, func(ctx context.Context, s content.Stores) error {
				return s.Open.Hear(ctx, content.OpenEditor{Post: id, Editor: who[i], HeardAt: Now}, Now.Add(-time.Hour))
			})
		}
		var turn atomic.Int32
		for _, err := range h.atOnce(t, len(who), func(ctx context.Context, s content.Stores) error {
			e := content.OpenEditor{Post: id, Editor: who[turn.Add(1)-1], HeardAt: Now.Add(2 * time.Hour)}
			return s.Open.Hear(ctx, e, Now.Add(time.Hour))
		}) {
			storetest.Is(t, err, nil)
		}
		storetest.Equal(t, len(storetest.Must[[]content.OpenEditor](t)(h.Reads.OpenEditors(t.Context(), id, Now, 9))), len(who))
	},
	"of many who open a post at once all are told of": func(t *testing.T, h Harness) {
		p := Draft(Somebody())
		h.insert(t, p)
		same := Somebody()
		for _, err := range h.atOnce(t, 8, func(ctx context.Context, s content.Stores) error {
			return s.Open.Hear(ctx, content.OpenEditor{Post: p.State().ID, Editor: same, HeardAt: Now}, Now.Add(-time.Hour))
		}) {
			storetest.Is(t, err, nil)
		}
		storetest.Equal(t, len(storetest.Must[[]content.OpenEditor](t)(h.Reads.OpenEditors(t.Context(), p.State().ID, Now, 9))), 1)
	},
}
