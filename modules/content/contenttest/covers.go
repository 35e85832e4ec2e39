package contenttest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/storetest"
)

// shownAs is what a post shows of a picture.
func shownAs(m content.Media, c content.CoverChoice) content.Cover {
	return content.CoverOf(content.Media{
		ID: m.ID, Alt: m.Alt, Format: m.Format, Animated: m.Animated, Width: m.Width, Height: m.Height, Tone: m.Tone, State: m.State, Version: m.Version, Variants: m.Variants,
	}, c)
}

func putCover(post *content.Post, c content.CoverChoice, seen int) func(context.Context, content.Stores) error {
	return func(ctx context.Context, s content.Stores) error {
		return s.Details.Put(ctx, post.State(), content.PostDetails{Cover: c, Version: seen + 1, UpdatedAt: Now}, seen)
	}
}

func mediaAsCover(t *testing.T, h Harness) {
	author := Somebody()
	m, other := h.picture(t, author, func(m *content.Media) {
		m.Tone, m.State, m.Version = "#a0b0c0", content.MediaReady, 3
		m.Variants = []content.MediaVariant{{Width: 480, Height: 320, Format: content.JPEG}}
	}), h.picture(t, author)
	p := Published(author, Now)
	h.insert(t, p)
	id, slug := p.State().ID, p.State().Text.Slug
	shown := func(want content.Cover) {
		t.Helper()
		storetest.Equal(t, storetest.Must[content.Article](t)(h.Reads.Published(t.Context(), slug)).Cover, want)
		storetest.Equal(t, storetest.Must[content.Article](t)(h.Reads.Article(t.Context(), id)).Cover, want)
		storetest.Equal(t, storetest.Must[[]content.Article](t)(h.Reads.NewestArticles(t.Context(), 1))[0].Cover, want)
		for _, listed := range [][]content.Summary{
			storetest.Must[[]content.Summary](t)(h.Reads.List(t.Context(), content.Listing{Limit: 1})),
			storetest.Must[[]content.Summary](t)(h.Reads.Written(t.Context(), content.Writing{Author: author, Limit: 1})),
			storetest.Must[[]content.Summary](t)(h.Reads.Summaries(t.Context(), []content.PostID{id}, 1)),
		} {
			storetest.Equal(t, listed[0].Cover, want)
		}
	}
	shown(content.Cover{})
	choice := content.CoverChoice{Media: m.ID, Alt: "Other words", Caption: "By Zoë"}
	h.fails(t, content.ErrCoverNotFound, putCover(p, content.CoverChoice{Media: Picture(author).ID}, 0))
	h.fails(t, content.ErrCoverNotFound, putCover(p, content.CoverChoice{Media: "no id"}, 0))
	h.do(t, putCover(p, choice, 0))
	storetest.Equal(t, storetest.Must[content.PostDetails](t)(h.Reads.PostDetails(t.Context(), id)).Cover, choice)
	storetest.Equal(t, storetest.Must[content.Article](t)(h.Reads.Article(t.Context(), id)).Details.Cover, choice)
	shown(shownAs(m, choice))
	seen := func(m content.Media) (shown bool) {
		t.Helper()
		h.do(t, func(ctx context.Context, s content.Stores) (err error) {
			shown, err = s.Media.Shown(ctx, m.ID)
			return err
		})
		if outside := storetest.Must[bool](t)(h.Reads.MediaShown(t.Context(), m.ID)); outside != shown {
			t.Errorf("picture %s is shown: %v, and %v in a transaction", m.ID, outside, shown)
		}
		return shown
	}
	storetest.Equal(t, []bool{seen(m), seen(other), seen(content.Media{ID: "no id"})}, []bool{true, false, false})

	remove := func(ctx context.Context, s content.Stores) error { return s.Media.Delete(ctx, m.ID, m.Edits) }
	h.fails(t, content.ErrMediaInUse, remove)
	storetest.Equal(t, storetest.Must[[]content.MediaUse](t)(h.Reads.MediaUses(t.Context(), m.ID, 9)), []content.MediaUse{{Post: id, Title: p.State().Text.Title, Author: author, Status: content.Published, Place: content.InCover}})
	storetest.Equal(t, storetest.Must[map[content.MediaID]int](t)(h.Reads.MediaUseCounts(t.Context(), []content.MediaID{m.ID}))[m.ID], 1)
	h.do(t, func(ctx context.Context, s content.Stores) error { return s.Media.MarkUnused(ctx, Now, nil) })
	if kept := storetest.Must[content.Media](t)(h.Reads.MediaByID(t.Context(), m.ID)); !kept.UnusedSince.IsZero() {
		t.Error("a cover counts as unused")
	}

	h.do(t, func(ctx context.Context, s content.Stores) error {
		_, err := s.Media.Rendered(ctx, id, nil)
		return err
	})
	replaced := m
	replaced.Replace(4, content.MediaFile{Format: content.PNG, Width: 9, Height: 8, Body: []byte("x")}, Now)
	h.do(t, func(ctx context.Context, s content.Stores) error { return s.Media.Update(ctx, replaced, m.Revision) })
	storetest.Equal(t, storetest.Must[[]content.PostID](t)(h.Reads.OutdatedMediaUses(t.Context(), "", 9)), []content.PostID{id})
	shown(shownAs(replaced, choice))

	another := content.CoverChoice{Media: other.ID}
	h.do(t, putCover(p, another, 1))
	shown(shownAs(other, another))
	h.fails(t, content.ErrMediaEdited, remove) // as it was before
	m = replaced
	h.do(t, remove) // of covers no history is kept
	h.do(t, putCover(p, content.CoverChoice{}, 2))
	shown(content.Cover{})
	h.do(t, func(ctx context.Context, s content.Stores) error { return s.Media.MarkUnused(ctx, Now, nil) })
	if free := storetest.Must[content.Media](t)(h.Reads.MediaByID(t.Context(), other.ID)); free.UnusedSince.IsZero() {
		t.Error("what was a cover counts as used for ever")
	}

	h.do(t, putCover(p, another, 3))
	h.do(t, func(ctx context.Context, s content.Stores) error { return s.Posts.Delete(ctx, id, p.State().Version) })
	h.do(t, func(ctx context.Context, s content.Stores) error { return s.Media.Delete(ctx, other.ID, other.Edits) })
}

func mediaDeletedOrCover(t *testing.T, h Harness) {
	for range 10 {
		author := Somebody()
		m, p := h.picture(t, author), Published(author, Now.Add(-time.Hour))
		h.insert(t, p)
		turns := make(chan bool, 2)
		turns <- true
		turns <- false
		for _, err := range h.atOnce(t, 2, func(ctx context.Context, s content.Stores) error {
			if <-turns {
				return putCover(p, content.CoverChoice{Media: m.ID}, 0)(ctx, s)
			}
			return s.Media.Delete(ctx, m.ID, m.Edits)
		}) {
			if err != nil && !errors.Is(err, content.ErrMediaInUse) && !errors.Is(err, content.ErrCoverNotFound) {
				t.Fatal(err)
			}
		}
		_, gone := h.Reads.MediaByID(t.Context(), m.ID)
		chosen := storetest.Must[content.PostDetails](t)(h.Reads.PostDetails(t.Context(), p.State().ID)).Cover.Media != ""
		if (gone == nil) != chosen {
			t.Fatalf("the picture is there: %v; it is a cover: %v", gone == nil, chosen)
		}
	}
}
