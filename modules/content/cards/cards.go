// Package cards is the pictures of posts that have no cover, for where they are shared.
//
// It promises that a card tells nothing but what lists of posts tell everybody, that there is
// one of published posts alone, and that a card is drawn once however many ask for it, and
// kept until the post or the name of its author changes.
package cards

import (
	"context"

	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/cache"
	"github.com/neoforge-dev/neoforge/ports/deps"
)

// Deps is what the use cases need.
type Deps struct {
	Drawer   content.CardDrawer
	Cache    cache.Cache
	SiteName string
}

// App is the use cases.
type App struct {
	drawer   content.CardDrawer
	cache    cache.Cache
	siteName string
}

// New returns the use cases, or an error that names every missing dependency.
func New(d Deps) (*App, error) {
	if err := deps.Check("cards", d); err != nil {
		return nil, err
	}
	return &App{drawer: d.Drawer, cache: d.Cache, siteName: d.SiteName}, nil
}

// CardVersion names the card that a post has now; see [content.Card.Version].
func (a *App) CardVersion(post content.Article) string {
	return a.card(post).Version(a.drawer.Edition())
}

// DrawCard returns the card of a post as PNG; the bytes are shared: do not write to them. It
// fails with content.ErrPostNotFound for a post that is not published.
func (a *App) DrawCard(ctx context.Context, post content.Article) ([]byte, error) {
	if post.Post.Status != content.Published {
		return nil, content.ErrPostNotFound
	}
	c := a.card(post)
	key := "content.card:" + string(post.Post.ID) + ":" + c.Version(a.drawer.Edition())
	options := cache.Options{Tags: []string{content.TagPost(post.Post.Text.Slug), content.TagBylines}}
	return a.cache.Fetch(ctx, key, options, func(ctx context.Context) ([]byte, error) { return a.drawer.Draw(ctx, c) })
}

func (a *App) card(post content.Article) content.Card {
	c := content.Card{Title: post.Post.Text.Title, SiteName: a.siteName}
	if post.Post.Kind != content.KindPage { // which shows neither
		c.AuthorName, c.PublishedAt = content.Byline(post.Authors()), post.Post.PublishedAt
	}
	return c
}
