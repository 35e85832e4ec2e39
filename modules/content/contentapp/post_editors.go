package contentapp

import (
	"context"
	"fmt"

	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// shareable returns a post if the actor decides who else edits a post: its author, or
// an editor of any. It fails with content.ErrPostNotFound for who may not edit it,
// and with content.ErrMayNotShare for who was only let in.
func (a *App) shareable(ctx context.Context, actor identityport.Actor, id content.PostID) (content.Article, error) {
	article, err := a.editable(ctx, actor, id)
	if err == nil && (a.grants == nil || !content.MayEdit(actor, article.Post)) {
		err = content.ErrMayNotShare
	}
	return article, err
}

// PostEditors lists who was let in to edit a post, oldest first.
func (a *App) PostEditors(ctx context.Context, actor identityport.Actor, id content.PostID) ([]identityport.Person, error) {
	if _, err := a.shareable(ctx, actor, id); err != nil {
		return nil, err
	}
	people, err := a.grants.ListGrants(ctx, content.PermissionEdit, content.ResourceOf(id))
	if err != nil {
		return nil, fmt.Errorf("editors of post %s: %w", id, err)
	}
	return people, nil
}

// AddEditor offers whoever has an e-mail address to edit one post, as long as they may write at
// all. They may once they accept; nothing shows whether anybody has the address.
func (a *App) AddEditor(ctx context.Context, actor identityport.Actor, id content.PostID, email string) error {
	article, err := a.shareable(ctx, actor, id)
	if err != nil {
		return err
	}
	what := "the post “" + article.Post.Text.Title + "”"
	if err := a.grants.OfferOnResource(ctx, actor, email, content.PermissionEdit, content.ResourceOf(id), what); err != nil {
		return fmt.Errorf("offer to edit post %s: %w", id, err)
	}
	return nil
}

// RemoveEditor ends what AddEditor began; fault.NotFound when it was not.
func (a *App) RemoveEditor(ctx context.Context, actor identityport.Actor, id content.PostID, user identityport.UserID) error {
	if _, err := a.shareable(ctx, actor, id); err != nil {
		return err
	}
	if err := a.grants.RevokeGrant(ctx, actor, user, content.PermissionEdit, content.ResourceOf(id)); err != nil {
		return fmt.Errorf("stop somebody from editing post %s: %w", id, err)
	}
	return nil
}
