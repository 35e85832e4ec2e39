package contentapp

import (
	"context"

	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/cursor"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// WrittenPosts lists what the actor wrote, last changed first; everybody's for who may edit
// any. An empty status is whatever is neither archived nor in the trash. From is a NextCursor
// of the same list. It fails with content.ErrMayNotWrite, content.ErrUnknownStatus and
// content.ErrInvalidCursor.
func (a *App) WrittenPosts(ctx context.Context, actor identityport.Actor, status content.Status, from string, limit int) (PostList, error) {
	author := actor.UserID
	switch {
	case actor.May(content.PermissionEditAny):
		author = ""
	case !actor.May(content.PermissionWrite):
		return PostList{}, content.ErrMayNotWrite
	}
	if status != "" && !status.Valid() {
		return PostList{}, content.ErrUnknownStatus
	}
	after, ok := cursor.Decode(from, cursor.UUIDs)
	if !ok {
		return PostList{}, content.ErrInvalidCursor
	}
	return page(after, pageSize(limit), changed, func(after cursor.Position, limit int) ([]content.Summary, error) {
		return a.reads.Written(ctx, content.Writing{Author: author, Status: status, After: after, Limit: limit})
	})
}
