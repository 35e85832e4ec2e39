package contentapp

import (
	"context"

	"github.com/neoforge-dev/neoforge/modules/content"
)

// Feed returns the newest 20 published posts, without bodies.
func (a *App) Feed(ctx context.Context) ([]content.Summary, error) {
	list, err := a.ListPosts(ctx, ListPosts{Limit: 20})
	return list.Items, err
}
