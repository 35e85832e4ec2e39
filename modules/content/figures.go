package content

import "context"

// FigureReads counts posts.
type FigureReads interface {
	// PostCounts counts them by status; what is 0 is left out.
	PostCounts(ctx context.Context) (map[Status]int, error)
	// OutdatedCount counts the posts that Reads.OutdatedRenderings lists.
	OutdatedCount(ctx context.Context, renderer int) (int, error)
}
