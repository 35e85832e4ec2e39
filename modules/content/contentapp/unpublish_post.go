package contentapp

import (
	"context"
	"fmt"

	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// UnpublishPost makes a post a draft again, with the text of its working copy if there is one. It fails with
// content.ErrPostNotFound (also for who may not edit it), content.ErrMayNotPublish
// and content.ErrNotPublished.
func (a *App) UnpublishPost(ctx context.Context, actor identityport.Actor, id content.PostID) (content.Article, error) {
	article, err := a.makeDraft(ctx, actor, id, func(p *content.Post) (string, error) {
		if err := a.mayPublish(ctx, actor, p.State()); err != nil {
			return "", err
		}
		return "content.post_unpublished", p.Unpublish(a.clock.Now())
	})
	if err != nil {
		return content.Article{}, fmt.Errorf("unpublish post %s: %w", id, err)
	}
	return article, nil
}
