package contentapp

import (
	"context"

	"github.com/neoforge-dev/neoforge/modules/content"
)

// ReadAuthor returns a profile by its handle. It fails with
// content.ErrAuthorNotFound.
func (a *App) ReadAuthor(ctx context.Context, handle string) (content.Author, error) {
	if !handlePattern.MatchString(handle) {
		return content.Author{}, content.ErrAuthorNotFound
	}
	return a.reads.AuthorByHandle(ctx, handle)
}
