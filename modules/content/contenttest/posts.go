package contenttest

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/events"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/ports/idgen/idgentest"
	"github.com/neoforge-dev/neoforge/ports/storetest"
)

// renderer is the version of the renderer that rendered Rendered.
const renderer = 5

// anew is what a renderer makes of a text that an older one rendered.
var anew = content.Rendered{Body: "<p>Anew, and whole</p>", Teaser: "<p>Anew</p>", ReadingMinutes: 7, Renderer: renderer}

var postCases = map[string]func(t *testing.T, h Harness){
	"a post reads back as written": func(t *testing.T, h Harness) {
		a := h.profile(t, "ada")
		for _, p := range []*content.Post{Draft(a.User), Draft(a.User, "go", "größe"), Published(a.User, Now.Add(time.Hour), "go", "web")} {
			h.insert(t, p)
			id := p.State().ID
			storetest.Equal(t, storetest.Must[content.Article](t)(h.Reads.Article(t.Context(), id)), content.Article{Post: p.State(), Author: a})
		}
	},
	"a published post is found by its slug, with its author": func(t *testing.T, h Harness) {
		a := h.profile(t, "ada")
		p := Published(a.User, Now, "go")
		h.insert(t, p)
		want := content.Article{Post: p.State(), Author: a}
		want.Post.Text.Markdown, want.Post.TextVersion = "", 0 // which readers are shown nothing of
		storetest.Equal(t, storetest.Must[content.Article](t)(h.Reads.Published(t.Context(), p.State().Text.Slug)), want)
	},
	"a post whose author has no profile yet is found": func(t *testing.T, h Harness) {
		p := Published(Somebody(), Now)
		h.insert(t, p)
		want := content.Article{Post: p.State(), Author: content.Author{User: p.State().Author}}
		want.Post.Text.Markdown, want.Post.TextVersion = "", 0
		storetest.Equal(t, storetest.Must[content.Article](t)(h.Reads.Published(t.Context(), p.State().Text.Slug)), want)
	},
	"a draft is not found by its slug": func(t *testing.T, h Harness) {
		p := Draft(Somebody())
		h.insert(t, p)
		for _, slug := range []string{p.State().Text.Slug, "absent", "", "' OR 1=1 --"} {
			_, err := h.Reads.Published(t.Context(), slug)
			storetest.Is(t, err, content.ErrPostNotFound)
		}
	},
	"posts are counted by status": func(t *testing.T, h Harness) {
		storetest.Equal(t, storetest.Must[map[content.Status]int](t)(h.Reads.PostCounts(t.Context())), map[content.Status]int{})
		h.insert(t, Draft(Somebody()), Draft(Somebody()), Published(Somebody(), Now))
		storetest.Equal(t, storetest.Must[map[content.Status]int](t)(h.Reads.PostCounts(t.Context())), map[content.Status]int{content.Draft: 2, content.Published: 1})
	},
	"an absent post is absent, whatever the id looks like": func(t *testing.T, h Harness) {
		for _, id := range append(storetest.NotIDs, idgentest.New()) {
			_, err := h.Reads.Article(t.Context(), content.PostID(id))
			storetest.Is(t, err, content.ErrPostNotFound)
			absent := Draft(Somebody()).State()
			absent.ID = content.PostID(id)
			h.fails(t, content.ErrPostNotFound, func(ctx context.Context, s content.Stores) error {
				return s.Posts.Update(ctx, content.RestorePost(absent), Somebody())
			})
			storetest.Equal(t, len(storetest.Must[[]content.Revision](t)(h.Reads.Revisions(t.Context(), content.PostID(id), 10))), 0)
		}
	},
	"a slug belongs to one post, published or not": func(t *testing.T, h Harness) {
		first, second := Draft(Somebody()), Draft(Somebody())
		h.insert(t, first, second)
		text := Text()
		text.Slug = first.State().Text.Slug
		taken := content.NewPost(content.PostID(idgentest.New()), Somebody(), text, Rendered(), Now)
		h.fails(t, content.ErrSlugTaken, func(ctx context.Context, s content.Stores) error { return s.Posts.Insert(ctx, taken) })
		if err := second.Revise(1, text, Rendered(), Now); err != nil {
			t.Fatal(err)
		}
		h.fails(t, content.ErrSlugTaken, func(ctx context.Context, s content.Stores) error {
			return s.Posts.Update(ctx, second, second.State().Author)
		})
	},
	"of many posts with one id at once one is kept": func(t *testing.T, h Harness) {
		id := content.PostID(idgentest.New())
		all := h.atOnce(t, 16, func(ctx context.Context, s content.Stores) error {
			return s.Posts.Insert(ctx, content.NewPost(id, Somebody(), Draft(Somebody()).State().Text, Rendered(), Now))
		})
		storetest.Equal(t, storetest.Succeeded(t, all, content.ErrPostExists), 1)
	},
	"of many posts with one slug at once one is kept": func(t *testing.T, h Harness) {
		text := Text("go")
		all := h.atOnce(t, 16, func(ctx context.Context, s content.Stores) error {
			return s.Posts.Insert(ctx, content.NewPost(content.PostID(idgentest.New()), Somebody(), text, Rendered(), Now))
		})
		storetest.Equal(t, storetest.Succeeded(t, all, content.ErrSlugTaken), 1)
	},
	"a save replaces the text and is kept as a revision by its editor": func(t *testing.T, h Harness) {
		p, editor := Draft(Somebody(), "go"), Somebody()
		before := p.State()
		h.insert(t, p)
		text := Text("rust", "web")
		text.Visibility = content.Members
		rendered := content.Rendered{Body: "<p>New</p>", Teaser: "<p>N</p>", ReadingMinutes: 9}
		if err := p.Revise(1, text, rendered, Now.Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		h.do(t, func(ctx context.Context, s content.Stores) error { return s.Posts.Update(ctx, p, editor) })
		storetest.Equal(t, storetest.Must[content.Article](t)(h.Reads.Article(t.Context(), before.ID)).Post, p.State())
		storetest.Equal(t, storetest.Must[[]content.Revision](t)(h.Reads.Revisions(t.Context(), before.ID, 10)), []content.Revision{
			{Post: before.ID, Number: 2, Editor: editor, Text: text, SavedAt: Now.Add(time.Minute)},
			{Post: before.ID, Number: 1, Editor: before.Author, Text: before.Text, SavedAt: Now},
		})
		storetest.Equal(t, len(storetest.Must[[]content.Revision](t)(h.Reads.Revisions(t.Context(), before.ID, 1))), 1)
	},
	"publishing is no revision": func(t *testing.T, h Harness) {
		p := Draft(Somebody(), "go")
		h.insert(t, p)
		if err := p.Publish(Now.Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		h.do(t, func(ctx context.Context, s content.Stores) error { return s.Posts.Update(ctx, p, p.State().Author) })
		storetest.Equal(t, storetest.Must[content.Article](t)(h.Reads.Article(t.Context(), p.State().ID)).Post, p.State())
		storetest.Equal(t, len(storetest.Must[[]content.Revision](t)(h.Reads.Revisions(t.Context(), p.State().ID, 10))), 1)
	},
	"a save over an old version is refused": func(t *testing.T, h Harness) {
		p := Draft(Somebody())
		h.insert(t, p)
		stale := content.RestorePost(p.State())
		for _, post := range []*content.Post{p, stale} {
			if err := post.Revise(1, Text(), Rendered(), Now); err != nil {
				t.Fatal(err)
			}
		}
		h.do(t, func(ctx context.Context, s content.Stores) error { return s.Posts.Update(ctx, p, p.State().Author) })
		h.fails(t, content.ErrPostChanged, func(ctx context.Context, s content.Stores) error {
			return s.Posts.Update(ctx, stale, p.State().Author)
		})
		storetest.Equal(t, storetest.Must[content.Article](t)(h.Reads.Article(t.Context(), p.State().ID)).Post, p.State())
		storetest.Equal(t, len(storetest.Must[[]content.Revision](t)(h.Reads.Revisions(t.Context(), p.State().ID, 10))), 2)
	},
	"a rendering is replaced alone, over the version it was made of": func(t *testing.T, h Harness) {
		a := h.profile(t, "ada")
		p := Published(a.User, Now, "go")
		h.insert(t, p)
		put := func(seen int) func(ctx context.Context, s content.Stores) error {
			return func(ctx context.Context, s content.Stores) error {
				return s.Posts.PutRendering(ctx, p.State().ID, seen, anew)
			}
		}
		h.do(t, put(p.State().Version))
		want := p.State()
		want.Rendered = anew
		storetest.Equal(t, storetest.Must[content.Article](t)(h.Reads.Article(t.Context(), want.ID)), content.Article{Post: want, Author: a})
		storetest.Equal(t, len(storetest.Must[[]content.Revision](t)(h.Reads.Revisions(t.Context(), want.ID, 10))), 1)
		for _, seen := range []int{0, want.Version - 1, want.Version + 1} {
			h.fails(t, content.ErrPostChanged, put(seen))
		}
		h.fails(t, content.ErrPostChanged, func(ctx context.Context, s content.Stores) error {
			return s.Posts.PutRendering(ctx, content.PostID(idgentest.New()), 1, anew)
		})
	},
	"a save and a rendering that is made anew do not overwrite each other": func(t *testing.T, h Harness) {
		outdated := func() (content.PostID, *content.Post) {
			t.Helper()
			old := Draft(Somebody()).State()
			old.Rendered.Teaser, old.RenderedVersion = "", 0
			h.insert(t, content.RestorePost(old))
			return old.ID, content.RestorePost(storetest.Must[content.Article](t)(h.Reads.Article(t.Context(), old.ID)).Post)
		}
		put := func(id content.PostID) func(ctx context.Context, s content.Stores) error {
			return func(ctx context.Context, s content.Stores) error { return s.Posts.PutRendering(ctx, id, 1, anew) }
		}
		save := func(p *content.Post) func(ctx context.Context, s content.Stores) error {
			return func(ctx context.Context, s content.Stores) error { return s.Posts.Update(ctx, p, p.State().Author) }
		}
		have := func(id content.PostID) (teaser string, current bool) {
			t.Helper()
			p := storetest.Must[content.Article](t)(h.Reads.Article(t.Context(), id)).Post
			listed := storetest.Must[[]content.PostState](t)(h.Reads.OutdatedRenderings(t.Context(), renderer, content.RenderingPosition{}, 100))
			current = !slices.ContainsFunc(listed, func(o content.PostState) bool { return o.ID == id })
			if current != (p.RenderedVersion == p.Version) {
				t.Errorf("version %d has the rendering of %d, listed: %t", p.Version, p.RenderedVersion, !current)
			}
			if p.RenderedVersion == 1 && p.Version == 1 && p.Rendered != anew {
				t.Errorf("%+v is marked as made anew", p.Rendered)
			}
			return p.Rendered.Teaser, current
		}
		act := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}

		id, loaded := outdated() // loaded, cut anew, saved without another text
		h.do(t, put(id))
		act(loaded.Publish(Now))
		h.do(t, save(loaded))
		if teaser, current := have(id); teaser != anew.Teaser || current {
			t.Errorf("published meanwhile: %q, current: %t", teaser, current)
		}
		id, loaded = outdated() // likewise, with another text
		h.do(t, put(id))
		act(loaded.Revise(1, Text(), Rendered(), Now))
		h.do(t, save(loaded))
		if teaser, current := have(id); teaser != Rendered().Teaser || !current {
			t.Errorf("revised meanwhile: %q, current: %t", teaser, current)
		}
		id, loaded = outdated() // saved first
		act(loaded.Publish(Now))
		h.do(t, save(loaded))
		h.fails(t, content.ErrPostChanged, put(id))
		if teaser, current := have(id); teaser != "" || current {
			t.Errorf("published before: %q, current: %t", teaser, current)
		}
		for range 5 { // at the same moment
			id, loaded = outdated()
			act(loaded.Publish(Now))
			var turn atomic.Int32
			storetest.Succeeded(t, h.atOnce(t, 2, func(ctx context.Context, s content.Stores) error {
				if turn.Add(1) == 1 {
					return put(id)(ctx, s)
				}
				return save(loaded)(ctx, s)
			}), content.ErrPostChanged)
			if teaser, current := have(id); current {
				t.Errorf("at once: %q is marked as current", teaser)
			}
		}
	},
	"no rendering of this release is outdated": func(t *testing.T, h Harness) {
		draft, published := Draft(Somebody()), Published(Somebody(), Now, "go")
		h.insert(t, draft, published)
		if err := draft.Revise(1, Text(), Rendered(), Now); err != nil {
			t.Fatal(err)
		}
		h.do(t, func(ctx context.Context, s content.Stores) error { return s.Posts.Update(ctx, draft, Somebody()) })
		draft = content.RestorePost(draft.State())
		if err := draft.Publish(Now); err != nil {
			t.Fatal(err)
		}
		h.do(t, func(ctx context.Context, s content.Stores) error { return s.Posts.Update(ctx, draft, Somebody()) })
		storetest.Equal(t, len(storetest.Must[[]content.PostState](t)(h.Reads.OutdatedRenderings(t.Context(), renderer, content.RenderingPosition{}, 10))), 0)
	},
	"publishing keeps a rendering that was made anew since the post was loaded": func(t *testing.T, h Harness) {
		old := Draft(Somebody()).State()
		old.Rendered.Renderer = renderer - 1
		h.insert(t, content.RestorePost(old))
		loaded := content.RestorePost(storetest.Must[content.Article](t)(h.Reads.Article(t.Context(), old.ID)).Post)
		h.do(t, func(ctx context.Context, s content.Stores) error { return s.Posts.PutRendering(ctx, old.ID, 1, anew) })
		if err := loaded.Publish(Now); err != nil {
			t.Fatal(err)
		}
		h.do(t, func(ctx context.Context, s content.Stores) error { return s.Posts.Update(ctx, loaded, old.Author) })
		want := loaded.State()
		want.Rendered = anew
		storetest.Equal(t, storetest.Must[content.Article](t)(h.Reads.Article(t.Context(), old.ID)).Post, want)
	},
	"what older renderers rendered is listed once, by pages, and counted": func(t *testing.T, h Harness) {
		var want []content.RenderingPosition
		for i := range 12 {
			p := Draft(Somebody()).State()
			p.Rendered.Renderer = renderer - i%4 // every fourth is of today's
			if i%5 == 0 {
				p.RenderedVersion = 0
			}
			h.insert(t, content.RestorePost(p))
			if i%4 > 0 || i%5 == 0 {
				want = append(want, p.RenderingPosition())
			}
		}
		slices.SortFunc(want, func(a, b content.RenderingPosition) int {
			switch {
			case a.Rendered != b.Rendered:
				return map[bool]int{false: -1, true: 1}[a.Rendered]
			case a.Renderer != b.Renderer:
				return a.Renderer - b.Renderer
			}
			return strings.Compare(string(a.ID), string(b.ID))
		})
		for _, limit := range []int{1, 2, 5, 100} {
			var got []content.RenderingPosition
			for after := (content.RenderingPosition{}); ; {
				page := storetest.Must[[]content.PostState](t)(h.Reads.OutdatedRenderings(t.Context(), renderer, after, limit))
				if len(page) == 0 {
					break
				}
				for _, p := range page {
					after = p.RenderingPosition()
					got = append(got, after)
				}
			}
			storetest.Equal(t, got, want)
		}
		storetest.Equal(t, storetest.Must[int](t)(h.Reads.OutdatedCount(t.Context(), renderer)), len(want))
	},
	"a save of an absent post says so": func(t *testing.T, h Harness) {
		p := Draft(Somebody())
		h.fails(t, content.ErrPostNotFound, func(ctx context.Context, s content.Stores) error {
			return s.Posts.Update(ctx, p, p.State().Author)
		})
	},
	"of many saves at once one succeeds": func(t *testing.T, h Harness) {
		p := Draft(Somebody(), "go")
		h.insert(t, p)
		state := p.State()
		all := h.atOnce(t, 16, func(ctx context.Context, s content.Stores) error {
			mine := content.RestorePost(state)
			if err := mine.Revise(1, Text("go"), Rendered(), Now); err != nil {
				return err
			}
			return s.Posts.Update(ctx, mine, state.Author)
		})
		storetest.Equal(t, storetest.Succeeded(t, all, content.ErrPostChanged), 1)
		storetest.Equal(t, len(storetest.Must[[]content.Revision](t)(h.Reads.Revisions(t.Context(), state.ID, 100))), 2)
	},
	"what fails leaves nothing behind": func(t *testing.T, h Harness) {
		p, failed := Published(Somebody(), Now, "go"), errors.New("the rule said no")
		h.fails(t, failed, func(ctx context.Context, s content.Stores) error {
			if err := s.Posts.Insert(ctx, p); err != nil {
				return err
			}
			event, err := events.New(idgentest.New(), Now, content.PostPublished{PostID: p.State().ID})
			if err != nil {
				return err
			}
			if err := s.Events.Write(ctx, event); err != nil {
				return err
			}
			return failed
		})
		_, err := h.Reads.Article(t.Context(), p.State().ID)
		storetest.Is(t, err, content.ErrPostNotFound)
		storetest.Equal(t, len(storetest.Must[[]content.Summary](t)(h.Reads.List(t.Context(), content.Listing{Tag: "go", Limit: 10}))), 0)
	},
	"a cancelled context changes nothing": func(t *testing.T, h Harness) {
		ctx, cancel := context.WithCancel(t.Context())
		p := Published(Somebody(), Now)
		err := h.UnitOfWork.Do(ctx, func(ctx context.Context, s content.Stores) error {
			if err := s.Posts.Insert(ctx, p); err != nil {
				return err
			}
			cancel()
			_, _, err := s.Posts.DeleteByAuthor(ctx, p.State().Author)
			return err
		})
		storetest.Is(t, err, context.Canceled)
		_, err = h.Reads.Published(t.Context(), p.State().Text.Slug)
		storetest.Is(t, err, content.ErrPostNotFound)
		_, err = h.Reads.Published(ctx, p.State().Text.Slug)
		storetest.Is(t, err, context.Canceled)
		_, err = h.Reads.List(ctx, content.Listing{Limit: 1})
		storetest.Is(t, err, context.Canceled)
	},
	"what somebody wrote is deleted, and what of it was public is told": func(t *testing.T, h Harness) {
		a, other := h.profile(t, "ada"), Somebody()
		public, draft, stays := Published(a.User, Now, "go", "web"), Draft(a.User, "go"), Published(other, Now, "go")
		h.insert(t, public, draft, stays)
		h.do(t, func(ctx context.Context, s content.Stores) error {
			have, _, err := s.Posts.DeleteByAuthor(ctx, a.User)
			storetest.Is(t, err, nil)
			storetest.Equal(t, len(have), 1)
			storetest.Equal(t, have[0].Text.Slug, public.State().Text.Slug)
			storetest.Equal(t, have[0].Text.Tags, public.State().Text.Tags)
			for _, nobody := range []identityport.UserID{Somebody(), "not an id"} {
				deleted, passedOn, err := s.Posts.DeleteByAuthor(ctx, nobody)
				storetest.Is(t, err, nil)
				storetest.Equal(t, len(deleted)+len(passedOn), 0)
			}
			return nil
		})
		for _, p := range []*content.Post{public, draft} {
			_, err := h.Reads.Article(t.Context(), p.State().ID)
			storetest.Is(t, err, content.ErrPostNotFound)
			storetest.Equal(t, len(storetest.Must[[]content.Revision](t)(h.Reads.Revisions(t.Context(), p.State().ID, 10))), 0)
		}
		storetest.Equal(t, len(storetest.Must[[]content.Summary](t)(h.Reads.List(t.Context(), content.Listing{Tag: "go", Limit: 10}))), 1)
	},
}
