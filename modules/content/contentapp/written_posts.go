package contentapp

import (
	"context"

	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// WrittenPosts lists what the actor wrote, in any status, last changed first;
// everybody's for who may edit any. It fails with content.ErrMayNotWrite and
// content.ErrInvalidCursor.
func (a *App) WrittenPosts(ctx context.Context, actor identityport.Actor, cursor string, limit int) (PostList, error) {
	author := actor.UserID
	switch {
	case actor.May(content.PermissionEditAny):
		author = ""
	case !actor.May(content.PermissionWrite):
		return PostList{}, content.ErrMayNotWrite
	}
	after, err := readCursor(cursor)
	if err != nil {
		return PostList{}, err
	}
	return page(after, pageSize(limit), changed, func(after content.Position, limit int) ([]content.Summary, error) {
		return a.reads.Written(ctx, author, after, limit)
	})
}
