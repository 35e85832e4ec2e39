package contentapp

import (
	"context"

	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// OpenPost returns a post in any status, with its source, for editing. It fails
// with content.ErrPostNotFound, also for who may not edit it.
func (a *App) OpenPost(ctx context.Context, actor identityport.Actor, id content.PostID) (content.Article, error) {
	return a.editable(ctx, actor, id)
}
