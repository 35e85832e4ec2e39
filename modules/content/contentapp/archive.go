package contentapp

import (
	"context"
	"strings"
	"time"

	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/cache"
)

// Archived lists the posts published from a moment until another, newest first: up to limit,
// behind the first skip of them.
func (a *App) Archived(ctx context.Context, from, until time.Time, skip, limit int) ([]content.ArchivedPost, error) {
	return a.reads.Archived(ctx, from, until, skip, limit)
}

// RelatedPosts lists a few other posts that share tags with a published one, by what everybody
// may read of them: the same for every reader. Nothing is related to a page.
func (a *App) RelatedPosts(ctx context.Context, p content.PostState) ([]content.Summary, error) {
	if len(p.Text.Tags) == 0 || p.Kind == content.KindPage {
		return nil, nil
	}
	// Its tags are renamed at one version: who read it before asks for others.
	key := "content.related:" + string(p.ID) + ":" + strings.Join(p.Text.Tags, ",")
	options := cache.Options{TTL: listTTL, Tags: []string{content.TagBylines}}
	for _, tag := range p.Text.Tags {
		options.Tags = append(options.Tags, content.TagTagged(tag))
	}
	return a.related.Fetch(ctx, a.cache, key, options, func(ctx context.Context) ([]content.Summary, error) {
		posts, err := a.reads.Related(ctx, p.ID, p.Text.Tags, content.RelatedPosts)
		for i := range posts { // a teaser may be a whole text, and this is kept
			posts[i].Excerpt, posts[i].Teaser = posts[i].Opening(), ""
		}
		return posts, err
	})
}
