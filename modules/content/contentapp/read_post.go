package contentapp

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/billingport"
	"github.com/neoforge-dev/neoforge/ports/cache"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

const articleTTL = 5 * time.Minute

// Reading is a published post as one reader gets it. Its Markdown source is never
// part of it (see [App.OpenPost]); its body is empty unless Gate is content.Open.
type Reading struct {
	Article content.Article
	Gate    content.Gate
}

// ReadPost opens a published post for somebody, by its slug or by one that it had before:
// the slug of the article is the one to ask for. It fails with content.ErrPostNotFound.
func (a *App) ReadPost(ctx context.Context, actor identityport.Actor, slug string) (Reading, error) {
	article, err := a.article(ctx, slug)
	if err != nil {
		return Reading{}, err
	}
	return a.open(ctx, actor, article)
}

// ReadPublicPost opens a published post for a visitor: what may be kept where
// everybody reads. Whoever asks keeps the answer, so it is not kept here as well.
// It fails with content.ErrPostNotFound.
func (a *App) ReadPublicPost(ctx context.Context, slug string) (Reading, error) {
	article, err := a.published(ctx, slug)
	if err != nil {
		return Reading{}, err
	}
	return a.open(ctx, identityport.Actor{}, article)
}

// published reads a published post from the store, by a slug that it has or had.
func (a *App) published(ctx context.Context, slug string) (content.Article, error) {
	if !content.IsSlug(slug) {
		return content.Article{}, content.ErrPostNotFound
	}
	article, err := a.reads.Published(ctx, slug)
	if errors.Is(err, content.ErrPostNotFound) {
		return a.reads.PublishedAs(ctx, slug)
	}
	return article, err
}

// open decides what of an article a reader gets.
func (a *App) open(ctx context.Context, actor identityport.Actor, article content.Article) (Reading, error) {
	gate, err := a.gate(ctx, actor, article.Post)
	if err != nil {
		return Reading{}, err
	}
	if gate != content.Open {
		article.Post.Rendered.Body = ""
	}
	return Reading{Article: article, Gate: gate}, nil
}

// gate says what a reader still needs. What they pay for, and what is shared with them, is
// asked only where it matters.
func (a *App) gate(ctx context.Context, actor identityport.Actor, p content.PostState) (content.Gate, error) {
	gate := content.GateFor(actor, p, false, content.NotShared)
	if gate == content.NeedPlan && len(actor.Organizations) > 0 {
		paying, err := a.entitlements.Entitled(ctx, actor.Organizations, billingport.ContentPaid)
		if err != nil {
			return "", fmt.Errorf("read post %s: %w", p.Text.Slug, err)
		}
		gate = content.GateFor(actor, p, paying, content.NotShared)
	}
	if gate == content.Open || !actor.SignedIn() {
		return gate, nil
	}
	share, err := a.share(ctx, actor, p.ID)
	if err != nil {
		return "", fmt.Errorf("read post %s: %w", p.Text.Slug, err)
	}
	if share == content.NotShared {
		return gate, nil
	}
	return content.GateFor(actor, p, false, share), nil
}

// article returns a published post whole, but for its source. One entry serves
// every reader, so whoever hands it out decides about its body first.
func (a *App) article(ctx context.Context, slug string) (content.Article, error) {
	if !content.IsSlug(slug) {
		return content.Article{}, content.ErrPostNotFound
	}
	options := cache.Options{TTL: articleTTL, Tags: []string{content.TagPost(slug), content.TagBylines}}
	// Another name than that of releases that know no kinds: what they leave in a shared cache of a
	// post would be found at neither of its addresses.
	article, err := a.articles.Fetch(ctx, a.cache, "content.article.2:"+slug, options, func(ctx context.Context) (content.Article, error) {
		return a.reads.Published(ctx, slug)
	})
	if errors.Is(err, content.ErrPostNotFound) {
		// Not kept: it goes stale with the slug that the post has now.
		return a.reads.PublishedAs(ctx, slug)
	}
	return article, err
}
