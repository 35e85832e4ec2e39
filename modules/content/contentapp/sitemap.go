package contentapp

import (
	"context"
	"time"

	"github.com/neoforge-dev/neoforge/modules/content"
)

// PublicationSpan is when the first and the last of the published posts was published, in
// UTC; zero without any.
func (a *App) PublicationSpan(ctx context.Context) (first, last time.Time, err error) {
	return a.reads.PublicationSpan(ctx)
}

// PostsPerMonth counts the posts published in each month of a year, in UTC, each up to most.
func (a *App) PostsPerMonth(ctx context.Context, year, most int) ([12]int, error) {
	return a.reads.PostsPerMonth(ctx, year, most)
}

// MappedPerMonth counts those of them that a map of the site names: not what is kept from
// search engines or at home on another site.
func (a *App) MappedPerMonth(ctx context.Context, year, most int) ([12]int, error) {
	return a.reads.MappedPerMonth(ctx, year, most)
}

// PublishedBetween lists the posts published from a moment until another that a map of the site
// names, oldest first: up to limit, behind the first skip of them.
func (a *App) PublishedBetween(ctx context.Context, from, until time.Time, skip, limit int) ([]content.SitemapPost, error) {
	return a.reads.PublishedBetween(ctx, from, until, skip, limit)
}

// PublishedPages lists the pages that it names, in the order of their publication, likewise.
func (a *App) PublishedPages(ctx context.Context, skip, limit int) ([]content.SitemapPost, error) {
	return a.reads.PublishedPages(ctx, skip, limit)
}

// PublishedTags lists the tags of published posts in order, likewise.
func (a *App) PublishedTags(ctx context.Context, skip, limit int) ([]string, error) {
	return a.reads.PublishedTags(ctx, skip, limit)
}

// PublishedAuthors lists the handles of who has published posts, likewise.
func (a *App) PublishedAuthors(ctx context.Context, skip, limit int) ([]string, error) {
	return a.reads.PublishedAuthors(ctx, skip, limit)
}
