package contentapp

import (
	"context"

	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

const maxRevisions = 100

// PostRevisions returns the last 100 saves of a post, newest first. It fails with
// content.ErrPostNotFound, also for who may not edit it.
func (a *App) PostRevisions(ctx context.Context, actor identityport.Actor, id content.PostID) ([]content.Revision, error) {
	if _, err := a.editable(ctx, actor, id); err != nil {
		return nil, err
	}
	return a.reads.Revisions(ctx, id, maxRevisions)
}
