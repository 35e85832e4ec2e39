package contentapp

import (
	"context"
	"fmt"

	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// PostDetails returns what search engines and other sites are told of a post, and the post,
// to who may edit it. It fails with content.ErrPostNotFound.
func (a *App) PostDetails(ctx context.Context, actor identityport.Actor, id content.PostID) (content.Article, error) {
	return a.editable(ctx, actor, id)
}

// ChangePostDetails is what is to be told of a post; all of it is replaced. Seen is the
// version that the editor started from.
type ChangePostDetails struct {
	ID      content.PostID
	Seen    int
	Details content.PostDetails
}

// ChangePostDetails replaces what is told of a post. What changes nothing is answered as it
// is, whatever was Seen. It fails with content.ErrPostNotFound (also for who may not edit
// it), content.ErrInvalidDetails, content.ErrPostInactive, content.ErrDetailsChanged, and
// content.ErrMayNotPublish for a post that is published, or will be by itself, by who may
// not publish it: readers see it at once.
func (a *App) ChangePostDetails(ctx context.Context, actor identityport.Actor, c ChangePostDetails) (content.Article, error) {
	article, err := a.editable(ctx, actor, c.ID)
	if err != nil {
		return content.Article{}, err
	}
	after, err := c.Details.Clean()
	before := article.Details
	switch {
	case err != nil:
		return content.Article{}, err
	case after.Same(before):
		return article, nil
	case article.Post.Status.Inactive():
		return content.Article{}, content.ErrPostInactive
	case before.Version != c.Seen:
		return content.Article{}, content.ErrDetailsChanged
	}
	if s := article.Post.Status; s == content.Published || s == content.Scheduled {
		if err := a.mayPublish(ctx, actor, article.Post); err != nil {
			return content.Article{}, fmt.Errorf("change the details of post %s: %w", c.ID, err)
		}
	}
	now := a.clock.Now()
	after.Version, after.UpdatedAt = c.Seen+1, now
	err = a.work.Do(ctx, func(ctx context.Context, s content.Stores) error {
		if err := s.Details.Put(ctx, c.ID, after, c.Seen); err != nil {
			return err
		}
		if err := s.Audit.Append(ctx, a.entry(actor, "content.post_details_changed", c.ID, now)); err != nil {
			return err
		}
		return a.publishEvent(ctx, s.Events, article.Post, article.Post, now)
	})
	if err != nil {
		return content.Article{}, fmt.Errorf("change the details of post %s: %w", c.ID, err)
	}
	a.invalidate(ctx, article.Post.Text.Slug)
	article.Details = after
	return article, nil
}
