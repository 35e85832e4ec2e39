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
