package contentapp

import (
	"context"

	"github.com/neoforge-dev/neoforge/modules/content"
)

// Feed returns the newest published posts, content.FeedPosts of them, without bodies.
func (a *App) Feed(ctx context.Context) ([]content.Summary, error) {
	list, err := a.ListPosts(ctx, ListPosts{Limit: content.FeedPosts})
	return list.Items, err
}
