package content

import (
	"context"
	"time"
)

// RelatedPosts is how many posts are named under another.
const RelatedPosts = 3

// ArchivedPost is a published post as the archive names it.
type ArchivedPost struct {
	Slug        string
	Title       string
	Visibility  Visibility
	PublishedAt time.Time
}

// ArchiveReads is what the archive, and the posts under a post, are read from. All of it walks
// indexes, and no more of them than it answers.
type ArchiveReads interface {
	// Archived lists the posts published from a moment until another, newest first: up to
	// limit, behind the first skip of them.
	Archived(ctx context.Context, from, until time.Time, skip, limit int) ([]ArchivedPost, error)
	// Related lists up to limit other published posts that share tags with a post: first
	// those that share the most, of those the newest. Of each tag the newest fifty are
	// looked at. Tags are those of the post, ten at most.
	Related(ctx context.Context, id PostID, tags []string, limit int) ([]Summary, error)
}
