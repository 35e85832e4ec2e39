package contenttest

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/idgen/idgentest"
	"github.com/neoforge-dev/neoforge/ports/storetest"
)

func begun(of *content.Post, tags ...string) content.WorkingCopy {
	return content.BeginWorkingCopy(of.State(), 0, Text(tags...), Somebody(), Now)
}

func putCopy(c content.WorkingCopy, seen int) func(context.Context, content.Stores) error {
	return func(ctx context.Context, s content.Stores) error { return s.Copies.Put(ctx, c, seen) }
}

func deleteCopy(of *content.Post, seen int) func(context.Context, content.Stores) error {
	return func(ctx context.Context, s content.Stores) error { return s.Copies.Delete(ctx, of.State().ID, seen) }
}

func (h Harness) copyOf(t *testing.T, p *content.Post) content.WorkingCopy {
	t.Helper()
	return storetest.Must[content.WorkingCopy](t)(h.Reads.WorkingCopy(t.Context(), p.State().ID))
}

var workingCopyCases = map[string]func(t *testing.T, h Harness){
	"a working copy reads back as written, and changes nothing of its post": func(t *testing.T, h Harness) {
		p := Published(Somebody(), Now, "go")
		h.insert(t, p)
		_, err := h.Reads.WorkingCopy(t.Context(), p.State().ID)
		storetest.Is(t, err, content.ErrWorkingCopyNotFound)
		first := begun(p, "rust", "größe")
		first.Text.Markdown = strings.Repeat("Größe \U0001F525\n", content.MaxBody/12)
		h.do(t, putCopy(first, 0))
		storetest.Equal(t, h.copyOf(t, p), first)
		next := first.Revised(Text(), Somebody(), Now.Add(time.Minute))
		h.do(t, putCopy(next, first.Save))
		storetest.Equal(t, h.copyOf(t, p), next)
		auto, _ := next.Autosaved(Text(), Somebody(), Now.Add(2*time.Minute))
		h.do(t, putCopy(auto, next.Save))
		storetest.Equal(t, h.copyOf(t, p), auto)
		byHand := auto.Revised(Text(), Somebody(), Now.Add(3*time.Minute))
		h.do(t, putCopy(byHand, auto.Save))
		storetest.Equal(t, h.copyOf(t, p), byHand)
		storetest.Equal(t, h.article(t, p).State(), p.State())
		storetest.Equal(t, len(storetest.Must[[]content.Revision](t)(h.Reads.Revisions(t.Context(), p.State().ID, 10))), 1)
		if public := storetest.Must[[]content.Summary](t)(h.Reads.List(t.Context(), content.Listing{Tag: "rust", Limit: 10})); len(public) != 0 {
			t.Errorf("a tag of the copy lists %+v", public)
		}
	},
	"a working copy is written over the save that was seen alone": func(t *testing.T, h Harness) {
		p := Published(Somebody(), Now)
		h.insert(t, p)
		first := begun(p)
		h.do(t, putCopy(first, 0))
		h.fails(t, content.ErrWorkingCopyChanged, putCopy(begun(p), 0))
		h.fails(t, content.ErrWorkingCopyChanged, putCopy(first.Revised(Text(), Somebody(), Now), first.Save+1))
		h.fails(t, content.ErrWorkingCopyChanged, deleteCopy(p, first.Save+1))
		h.fails(t, content.ErrWorkingCopyChanged, deleteCopy(p, 0))
		storetest.Equal(t, h.copyOf(t, p), first)
		h.do(t, deleteCopy(p, first.Save))
		h.do(t, deleteCopy(p, 0))
		h.fails(t, content.ErrWorkingCopyChanged, deleteCopy(p, first.Save))
		h.fails(t, content.ErrWorkingCopyChanged, putCopy(first.Revised(Text(), Somebody(), Now), first.Save))
		_, err := h.Reads.WorkingCopy(t.Context(), p.State().ID)
		storetest.Is(t, err, content.ErrWorkingCopyNotFound)
	},
	"of many working copies that are begun at once one is kept": func(t *testing.T, h Harness) {
		p := Published(Somebody(), Now)
		h.insert(t, p)
		all := h.atOnce(t, 16, func(ctx context.Context, s content.Stores) error { return s.Copies.Put(ctx, begun(p), 0) })
		storetest.Equal(t, storetest.Succeeded(t, all, content.ErrWorkingCopyChanged), 1)
		first := h.copyOf(t, p)
		all = h.atOnce(t, 16, func(ctx context.Context, s content.Stores) error {
			return s.Copies.Put(ctx, first.Revised(Text(), Somebody(), Now), first.Save)
		})
		storetest.Equal(t, storetest.Succeeded(t, all, content.ErrWorkingCopyChanged), 1)
		all = h.atOnce(t, 16, deleteCopy(p, first.Save+1))
		storetest.Equal(t, storetest.Succeeded(t, all, content.ErrWorkingCopyChanged), 1)
	},
	"a post that is not published gets no working copy": func(t *testing.T, h Harness) {
		draft, archived := Draft(Somebody()), Published(Somebody(), Now)
		h.insert(t, draft, archived)
		h.fails(t, content.ErrNotPublished, putCopy(begun(draft), 0))
		h.fails(t, content.ErrPostNotFound, putCopy(begun(Draft(Somebody())), 0))
		for _, id := range storetest.NotIDs {
			c := begun(draft)
			c.Post = content.PostID(id)
			h.fails(t, content.ErrPostNotFound, putCopy(c, 0))
			_, err := h.Reads.WorkingCopy(t.Context(), c.Post)
			storetest.Is(t, err, content.ErrWorkingCopyNotFound)
		}
		kept := begun(archived)
		h.do(t, putCopy(kept, 0))
		h.save(t, archived, func(p *content.Post) error { return p.Archive(Now) })
		h.fails(t, content.ErrPostInactive, putCopy(kept.Revised(Text(), Somebody(), Now), kept.Save))
		storetest.Equal(t, h.copyOf(t, archived), kept)
	},
	"no working copy is begun of a post that is unpublished at the same moment": func(t *testing.T, h Harness) {
		for range 8 {
			p := Published(Somebody(), Now)
			h.insert(t, p)
			turn := make(chan bool, 2)
			turn <- true
			turn <- false
			all := h.atOnce(t, 2, func(ctx context.Context, s content.Stores) error {
				if <-turn {
					return s.Copies.Put(ctx, begun(p), 0)
				}
				draft := content.RestorePost(p.State())
				if err := draft.Unpublish(Now); err != nil {
					return err
				}
				if err := s.Posts.Update(ctx, draft, p.State().Author); err != nil {
					return err
				}
				return s.Copies.Delete(ctx, p.State().ID, 0)
			})
			for _, err := range all {
				if err != nil && !errors.Is(err, content.ErrNotPublished) && !errors.Is(err, content.ErrWorkingCopyChanged) {
					t.Fatal(err)
				}
			}
			_, err := h.Reads.WorkingCopy(t.Context(), p.State().ID)
			if status := h.article(t, p).State().Status; (status == content.Published) != (err == nil) {
				t.Errorf("%s, and its copy: %v", status, err)
			}
		}
	},
	"a working copy that is rolled back was never there": func(t *testing.T, h Harness) {
		p, stop := Published(Somebody(), Now), errors.New("stop")
		h.insert(t, p)
		h.fails(t, stop, func(ctx context.Context, s content.Stores) error {
			return errors.Join(s.Copies.Put(ctx, begun(p), 0), stop)
		})
		_, err := h.Reads.WorkingCopy(t.Context(), p.State().ID)
		storetest.Is(t, err, content.ErrWorkingCopyNotFound)
	},
	"a working copy is told in the list of what was written, and goes with its post": func(t *testing.T, h Harness) {
		author := Somebody()
		p, other := Published(author, Now), Published(author, Now)
		h.insert(t, p, other)
		c := begun(p)
		h.do(t, putCopy(c, 0))
		for _, w := range []content.Writing{{Author: author}, {Author: author, Status: content.Published}, {Author: author, Everything: true}} {
			w.Limit = 10
			listed := storetest.Must[[]content.Summary](t)(h.Reads.Written(t.Context(), w))
			told := map[content.PostID]time.Time{}
			for _, s := range listed {
				told[s.ID] = s.CopySavedAt
			}
			storetest.Equal(t, told, map[content.PostID]time.Time{p.State().ID: c.SavedAt, other.State().ID: {}})
		}
		h.do(t, func(ctx context.Context, s content.Stores) error {
			_, _, err := s.Posts.DeleteByAuthor(ctx, author)
			return err
		})
		_, err := h.Reads.WorkingCopy(t.Context(), p.State().ID)
		storetest.Is(t, err, content.ErrWorkingCopyNotFound)
	},
	"the version that last changed a text is no save besides": func(t *testing.T, h Harness) {
		p := Draft(Somebody())
		h.insert(t, p)
		h.save(t, p, func(p *content.Post) error { return p.Publish(Now) })
		storetest.Equal(t, h.article(t, p).State().TextVersion, 1)
		h.save(t, p, func(p *content.Post) error { return p.Revise(2, Text(), Rendered(), Now) })
		h.save(t, p, func(p *content.Post) error { return p.Unpublish(Now) })
		storetest.Equal(t, h.article(t, p).State(), p.State())
		storetest.Equal(t, p.State().TextVersion, 3)
		absent := content.PostID(idgentest.New())
		_, err := h.Reads.WorkingCopy(t.Context(), absent)
		storetest.Is(t, err, content.ErrWorkingCopyNotFound)
	},
}
