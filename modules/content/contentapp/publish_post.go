package contentapp

import (
	"context"
	"fmt"

	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// PublishPost opens a post to its readers. It fails with content.ErrPostNotFound
// (also for who may not edit it), content.ErrMayNotPublish,
// content.ErrAlreadyPublished and content.ErrPostInactive.
func (a *App) PublishPost(ctx context.Context, actor identityport.Actor, id content.PostID) (content.Article, error) {
	article, err := a.changeLatest(ctx, actor, id, func(p *content.Post) (string, error) {
		if err := a.mayPublish(ctx, actor, p.State()); err != nil {
			return "", err
		}
		return "content.post_published", p.Publish(a.clock.Now())
	})
	if err != nil {
		return content.Article{}, fmt.Errorf("publish post %s: %w", id, err)
	}
	return article, nil
}
