package contentapp

import (
	"context"

	"github.com/neoforge-dev/neoforge/modules/content"
)

// PostCounts counts posts by status, for operators. It goes through all of them, so a job
// asks now and then.
func (a *App) PostCounts(ctx context.Context) (map[content.Status]int, error) {
	return a.reads.PostCounts(ctx)
}

// OutdatedPosts counts the posts that an older renderer rendered, and that a job has not
// rendered anew yet.
func (a *App) OutdatedPosts(ctx context.Context) (int, error) {
	return a.reads.OutdatedCount(ctx, a.renderer.Version())
}

// MediaCounts counts the pictures by their states, and the bytes of their originals.
func (a *App) MediaCounts(ctx context.Context) (map[content.MediaState]int, int64, error) {
	return a.reads.MediaCounts(ctx)
}
