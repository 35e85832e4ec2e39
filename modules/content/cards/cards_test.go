package cards_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/memory/cachemem"
	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/modules/content/cards"
)

// drawer counts what is drawn.
type drawer struct {
	drawn   []content.Card
	edition string
	err     error
}

func (d *drawer) Edition() string { return d.edition }

func (d *drawer) Draw(_ context.Context, c content.Card) ([]byte, error) {
	d.drawn = append(d.drawn, c)
	return []byte(c.Title), d.err
}

func mustOpen(tb testing.TB, d *drawer) (*cards.App, *cachemem.Cache) {
	tb.Helper()
	cache, err := cachemem.New(1 << 20)
	if err != nil {
		tb.Fatal(err)
	}
	app, err := cards.New(cards.Deps{Drawer: d, Cache: cache, SiteName: "NeoForge"})
	if err != nil {
		tb.Fatal(err)
	}
	return app, cache
}

func post() content.Article {
	return content.Article{
		Post: content.PostState{
			ID: "p1", Status: content.Published, PublishedAt: time.Date(2026, 3, 1, 23, 30, 0, 0, time.UTC), Version: 3,
			Text: content.Text{Title: "Ship it", Slug: "ship-it", Excerpt: "An excerpt", Visibility: content.Paid},
		},
		Author: content.Author{Handle: "ada", Name: "Ada"},
	}
}

func TestDrawCard_DrawsOnceUntilThePostChanges(t *testing.T) {
	t.Parallel()
	d := &drawer{}
	app, cache := mustOpen(t, d)
	draw := func(want int) {
		t.Helper()
		if b, err := app.DrawCard(t.Context(), post()); err != nil || string(b) != "Ship it" || len(d.drawn) != want {
			t.Errorf("%q, %v, after %d drawings instead of %d", b, err, len(d.drawn), want)
		}
	}
	draw(1)
	draw(1)
	if want := (content.Card{Title: "Ship it", SiteName: "NeoForge", AuthorName: "Ada", PublishedAt: post().Post.PublishedAt}); d.drawn[0] != want {
		t.Errorf("drew %+v, want %+v", d.drawn[0], want)
	}
	for i, tag := range []string{content.TagPost("ship-it"), content.TagBylines} {
		if err := cache.Invalidate(t.Context(), tag); err != nil {
			t.Fatal(err)
		}
		draw(2 + i)
	}
}

func TestDrawCard_RefusesWhatIsNotPublished(t *testing.T) {
	t.Parallel()
	d := &drawer{}
	app, _ := mustOpen(t, d)
	if _, err := app.DrawCard(t.Context(), post()); err != nil {
		t.Fatal(err)
	}
	for _, status := range []content.Status{"", content.Draft, content.Scheduled, content.Archived, content.Trashed} {
		p := post()
		p.Post.Status = status
		if b, err := app.DrawCard(t.Context(), p); !errors.Is(err, content.ErrPostNotFound) || b != nil {
			t.Errorf("%q has a card: %q, %v", status, b, err)
		}
	}
}

func TestDrawCard_KeepsNoFailure(t *testing.T) {
	t.Parallel()
	d := &drawer{err: context.DeadlineExceeded}
	app, _ := mustOpen(t, d)
	if _, err := app.DrawCard(t.Context(), post()); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
	d.err = nil
	if b, err := app.DrawCard(t.Context(), post()); err != nil || string(b) != "Ship it" {
		t.Errorf("%q, %v", b, err)
	}
}

func TestCardVersion_ChangesWithWhatIsShownAlone(t *testing.T) {
	t.Parallel()
	d := &drawer{edition: "1"}
	app, _ := mustOpen(t, d)
	was := app.CardVersion(post())
	for name, change := range map[string]func(*content.Article){
		"title": func(a *content.Article) { a.Post.Text.Title = "Ship it!" }, "author": func(a *content.Article) { a.Author.Name = "Ben" },
		"day":                     func(a *content.Article) { a.Post.PublishedAt = a.Post.PublishedAt.Add(time.Hour) },
		"words that change place": func(a *content.Article) { a.Post.Text.Title, a.Author.Name = "Ship itAda", "" },
	} {
		p := post()
		if change(&p); app.CardVersion(p) == was {
			t.Errorf("another %s has the same address", name)
		}
	}
	for name, change := range map[string]func(*content.Article){
		"text": func(a *content.Article) { a.Post.Text.Markdown, a.Post.Version = "More", 4 }, "excerpt": func(a *content.Article) { a.Post.Text.Excerpt = "Another" },
		"visibility": func(a *content.Article) { a.Post.Text.Visibility = content.Public }, "minute": func(a *content.Article) { a.Post.PublishedAt = a.Post.PublishedAt.Add(time.Minute) },
		"details": func(a *content.Article) { a.Details.SEOTitle = "For engines" },
	} {
		p := post()
		if change(&p); app.CardVersion(p) != was {
			t.Errorf("another %s, which no card shows, has another address", name)
		}
	}
	if d.edition = "2"; app.CardVersion(post()) == was {
		t.Error("what is drawn differently has the same address")
	}
	if len(d.drawn) > 0 {
		t.Error("drawn for an address")
	}
}
