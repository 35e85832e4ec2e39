package content

import (
	"context"
	"time"
)

// SitemapPost is a published post, or page, as a map of the site names it. The map leaves out
// what is not to be indexed, and what is at home on another site.
type SitemapPost struct {
	Slug      string
	UpdatedAt time.Time
}

// SitemapReads is what the map of the site and the archive read. All of it walks indexes,
// and no more of them than it answers. Posts are without pages.
type SitemapReads interface {
	// PublicationSpan is when the first and the last of the published posts was published;
	// zero without any.
	PublicationSpan(ctx context.Context) (first, last time.Time, err error)
	// PostsPerMonth counts the posts published in each month of a year, in UTC, each up to most.
	PostsPerMonth(ctx context.Context, year, most int) ([12]int, error)
	// MappedPerMonth counts those of them that a map of the site names, likewise.
	MappedPerMonth(ctx context.Context, year, most int) ([12]int, error)
	// PublishedBetween lists the posts published from a moment until another that a map of the
	// site names, oldest first: up to limit, behind the first skip of them.
	PublishedBetween(ctx context.Context, from, until time.Time, skip, limit int) ([]SitemapPost, error)
	// PublishedPages lists the pages that it names, in the order of their publication, likewise.
	PublishedPages(ctx context.Context, skip, limit int) ([]SitemapPost, error)
	// PublishedTags lists the tags of published posts in order, likewise.
	PublishedTags(ctx context.Context, skip, limit int) ([]string, error)
	// PublishedAuthors lists the handles of who has published posts, by when they came,
	// likewise.
	PublishedAuthors(ctx context.Context, skip, limit int) ([]string, error)
}
