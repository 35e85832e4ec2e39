package contentapp

import (
	"context"
	"fmt"

	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// shareable reports whether the actor decides who else edits a post: its author, or
// an editor of any. It fails with content.ErrPostNotFound for who may not edit it,
// and with content.ErrMayNotShare for who was only let in.
func (a *App) shareable(ctx context.Context, actor identityport.Actor, id content.PostID) error {
	article, err := a.editable(ctx, actor, id)
	if err != nil {
		return err
	}
	if a.grants == nil || !content.MayEdit(actor, article.Post) {
		return content.ErrMayNotShare
	}
	return nil
}

// PostEditors lists who was let in to edit a post, oldest first.
func (a *App) PostEditors(ctx context.Context, actor identityport.Actor, id content.PostID) ([]identityport.Person, error) {
	if err := a.shareable(ctx, actor, id); err != nil {
		return nil, err
	}
	people, err := a.grants.ListGrants(ctx, content.PermissionEdit, content.ResourceOf(id))
	if err != nil {
		return nil, fmt.Errorf("editors of post %s: %w", id, err)
	}
	return people, nil
}

// LetEdit lets the person with an address edit one post, as long as they may write
// at all. It fails with fault.NotFound when nobody has the address.
func (a *App) LetEdit(ctx context.Context, actor identityport.Actor, id content.PostID, email string) (identityport.Person, error) {
	if err := a.shareable(ctx, actor, id); err != nil {
		return identityport.Person{}, err
	}
	person, err := a.grants.GrantOnResource(ctx, actor, email, content.PermissionEdit, content.ResourceOf(id))
	if err != nil {
		return identityport.Person{}, fmt.Errorf("let somebody edit post %s: %w", id, err)
	}
	return person, nil
}

// StopEdit takes back what LetEdit gave; fault.NotFound when nothing was given.
func (a *App) StopEdit(ctx context.Context, actor identityport.Actor, id content.PostID, user identityport.UserID) error {
	if err := a.shareable(ctx, actor, id); err != nil {
		return err
	}
	if err := a.grants.RevokeGrant(ctx, actor, user, content.PermissionEdit, content.ResourceOf(id)); err != nil {
		return fmt.Errorf("stop somebody from editing post %s: %w", id, err)
	}
	return nil
}
