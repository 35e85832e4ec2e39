package contenttest

import (
	"context"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/ports/idgen/idgentest"
	"github.com/neoforge-dev/neoforge/ports/storetest"
)

var revisionCases = map[string]func(t *testing.T, h Harness){
	"saves are listed without their texts, and read one by one": func(t *testing.T, h Harness) {
		p, other := Draft(Somebody(), "go"), Draft(Somebody())
		h.insert(t, p, other)
		id := p.State().ID
		var want []content.Revision
		for i := range 4 {
			if i > 0 {
				h.save(t, p, func(p *content.Post) error {
					return p.Revise(i, Text("go", "web"), Rendered(), Now.Add(time.Duration(i)*time.Minute))
				})
			}
			s := p.State()
			want = append([]content.Revision{{Post: id, Number: i + 1, Editor: s.Author, Text: s.Text, SavedAt: s.UpdatedAt}}, want...)
		}
		for _, r := range want {
			storetest.Equal(t, storetest.Must[content.Revision](t)(h.Reads.Revision(t.Context(), id, r.Number)), r)
			storetest.Equal(t, storetest.Must[content.Revision](t)(h.Reads.RevisionFrom(t.Context(), id, r.Number)), r)
		}
		heads := func(before, limit int) []content.Revision {
			return storetest.Must[[]content.Revision](t)(h.Reads.RevisionHeads(t.Context(), id, before, limit))
		}
		for i := range want {
			want[i].Text.Excerpt, want[i].Text.Markdown = "", ""
		}
		storetest.Equal(t, heads(0, 10), want)
		storetest.Equal(t, heads(0, 2), want[:2])
		storetest.Equal(t, heads(3, 2), want[2:])
		storetest.Equal(t, len(heads(1, 2)), 0)
		for of, number := range map[content.PostID]int{id: 5, other.State().ID: 2, content.PostID(idgentest.New()): 1, "not an id": 1} {
			_, err := h.Reads.Revision(t.Context(), of, number)
			storetest.Is(t, err, content.ErrRevisionNotFound)
			_, err = h.Reads.RevisionFrom(t.Context(), of, number)
			storetest.Is(t, err, content.ErrRevisionNotFound)
		}
	},
	"autosaves of one person within ten minutes are one revision": func(t *testing.T, h Harness) {
		p := Draft(Somebody(), "go")
		h.insert(t, p)
		id, ada, ben := p.State().ID, p.State().Author, Somebody()
		text := func(markdown string) content.Text {
			text := p.State().Text
			text.Markdown = markdown
			return text
		}
		var joined bool // the last save, the revision before
		save := func(by identityport.UserID, markdown string, after time.Duration, how func(*content.Post) func(int, content.Text, content.Rendered, time.Time) error) {
			t.Helper()
			if err := how(p)(p.State().Version, text(markdown), Rendered(), Now.Add(after)); err != nil {
				t.Fatal(err)
			}
			h.do(t, func(ctx context.Context, s content.Stores) error { return s.Posts.Update(ctx, p, by) })
			joined = p.JoinedRevision()
			p = content.RestorePost(storetest.Must[content.Article](t)(h.Reads.Article(t.Context(), id)).Post)
		}
		auto := func(p *content.Post) func(int, content.Text, content.Rendered, time.Time) error { return p.Autosave }
		byHand := func(p *content.Post) func(int, content.Text, content.Rendered, time.Time) error { return p.Revise }
		kept := func(want ...string) {
			t.Helper()
			var got []string
			for _, r := range storetest.Must[[]content.Revision](t)(h.Reads.Revisions(t.Context(), id, 50)) {
				got = append(got, r.Text.Markdown)
			}
			storetest.Equal(t, got, want)
			storetest.Equal(t, p.State().TextVersion, storetest.Must[[]content.Revision](t)(h.Reads.RevisionHeads(t.Context(), id, 0, 1))[0].Number)
		}
		first := p.State().Text.Markdown
		save(ada, "a", time.Minute, auto)
		storetest.Equal(t, joined, false)
		kept("a", first)
		save(ada, "ab", 6*time.Minute, auto)
		save(ada, "abc", 11*time.Minute-time.Second, auto)
		storetest.Equal(t, joined, true)
		kept("abc", first)
		for number := 2; number <= 4; number++ { // whichever of them somebody has seen
			storetest.Equal(t, storetest.Must[content.Revision](t)(h.Reads.RevisionFrom(t.Context(), id, number)).Text.Markdown, "abc")
		}
		save(ada, "abcd", 11*time.Minute, auto) // ten minutes since the first of them
		storetest.Equal(t, joined, false)
		kept("abcd", "abc", first)
		save(ben, "b", 12*time.Minute, auto)
		storetest.Equal(t, joined, false)
		kept("b", "abcd", "abc", first)
		save(ben, "by hand", 13*time.Minute, byHand)
		storetest.Equal(t, joined, false)
		save(ben, "bb", 14*time.Minute, auto)
		kept("bb", "by hand", "b", "abcd", "abc", first)
		seen := p.State().TextVersion
		h.do(t, func(ctx context.Context, s content.Stores) error { return s.Posts.KeepAutosave(ctx, id, seen-1) })
		h.do(t, func(ctx context.Context, s content.Stores) error { return s.Posts.KeepAutosave(ctx, id, seen) })
		save(ben, "bbb", 15*time.Minute, auto)
		kept("bbb", "bb", "by hand", "b", "abcd", "abc", first)
		save(ben, "", 16*time.Minute, auto) // somebody took all of it out
		kept("", "bbb", "bb", "by hand", "b", "abcd", "abc", first)
		for _, do := range []func(time.Time) error{p.Publish, p.Unpublish} { // readers had it
			if err := do(Now.Add(17 * time.Minute)); err != nil {
				t.Fatal(err)
			}
		}
		h.do(t, func(ctx context.Context, s content.Stores) error { return s.Posts.Update(ctx, p, ben) })
		p = content.RestorePost(storetest.Must[content.Article](t)(h.Reads.Article(t.Context(), id)).Post)
		save(ben, "c", 18*time.Minute, auto)
		kept("c", "", "bbb", "bb", "by hand", "b", "abcd", "abc", first)
		if err := p.Publish(Now.Add(16 * time.Minute)); err != nil {
			t.Fatal(err)
		}
		storetest.Is(t, p.Autosave(p.State().Version, text("c"), Rendered(), Now.Add(17*time.Minute)), content.ErrAutosavesDrafts)
	},
}
