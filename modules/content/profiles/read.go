package profiles

import (
	"context"
	"errors"
	"fmt"

	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/fault"
)

// ReadAuthor returns a profile by its handle, or by one that it had before: the
// Handle returned is the one to ask for. A former handle of somebody who is suspended
// leads nowhere. It fails with content.ErrAuthorNotFound.
func (a *App) ReadAuthor(ctx context.Context, handle string) (content.Author, error) {
	if !content.IsHandle(handle) {
		return content.Author{}, content.ErrAuthorNotFound
	}
	found, err := a.reads.AuthorByHandle(ctx, handle)
	if !errors.Is(err, content.ErrAuthorNotFound) {
		return found, err
	}
	if found, err = a.reads.AuthorByFormerHandle(ctx, handle); err != nil {
		return content.Author{}, err
	}
	who, err := a.people.Person(ctx, found.User)
	if fault.KindOf(err) == fault.NotFound || err == nil && who.Suspended {
		return content.Author{}, content.ErrAuthorNotFound
	}
	if err != nil {
		return content.Author{}, fmt.Errorf("read author %s: %w", found.User, err)
	}
	return found, nil
}
