package profiles

import (
	"context"
	"errors"
	"fmt"

	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/events"
	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

var _ identityport.Watcher = (*App)(nil)

// renameRounds bounds how often a rename looks again what the person is called.
const renameRounds = 8

// PersonRenamed implements [identityport.Watcher]: the profile of an author gets the
// name that the directory has, and a handle made from it, and every byline is made
// anew. Who is no author, or no longer there, changes nothing, and neither does a name
// that the profile has already.
//
// The name is looked up again after it was written. So of two that run at once, each
// with the name of its moment, the older one never has the last word: whoever writes
// last also sees the later name, and writes that.
func (a *App) PersonRenamed(ctx context.Context, id identityport.UserID) error {
	changed := false
	for range renameRounds {
		now, err := a.renameToDirectory(ctx, id)
		switch {
		case errors.Is(err, content.ErrAuthorNotFound):
			return nil
		case errors.Is(err, content.ErrAuthorChanged):
		case err != nil:
			return fmt.Errorf("rename author %s: %w", id, err)
		case now:
			changed = true
		case changed:
			if err := a.invalidateBylines(ctx); err != nil {
				return fmt.Errorf("invalidate the bylines of %s: %w", id, err)
			}
			return nil
		default:
			return nil
		}
	}
	return fmt.Errorf("rename author %s: %w", id, content.ErrAuthorChanged)
}

// renameToDirectory gives an author the name that the directory has at this moment,
// and answers whether it is another one. It fails with content.ErrAuthorNotFound, also
// for who is in no directory, and content.ErrAuthorChanged.
func (a *App) renameToDirectory(ctx context.Context, id identityport.UserID) (changed bool, err error) {
	who, err := a.people.Person(ctx, id)
	if fault.KindOf(err) == fault.NotFound {
		return false, content.ErrAuthorNotFound
	}
	if err != nil {
		return false, err
	}
	err = a.work.Do(ctx, func(ctx context.Context, s content.Stores) error {
		now := a.clock.Now()
		_, changed, err = s.Authors.Rename(ctx, content.Author{User: id, Handle: content.HandleFrom(who.Name), Name: who.Name}, now)
		if err != nil || !changed {
			return err
		}
		e, err := events.New(a.ids.New(), now, content.AuthorRenamed{UserID: id})
		if err != nil {
			return err
		}
		return s.Events.Write(ctx, e)
	})
	return changed, err
}

// invalidateBylines makes stale what shows a name or a handle of an author. Like the tags of
// posts, these are noted in the transaction of the rename.
func (a *App) invalidateBylines(ctx context.Context) error {
	return a.cache.Invalidate(context.WithoutCancel(ctx), content.TagPosts, content.TagBylines)
}

// onUserRenamed keeps no record of the events it saw: doing it once more sets the
// same name, which changes nothing.
func (a *App) onUserRenamed(ctx context.Context, e events.Event) error {
	p, err := events.Decode[identityport.UserRenamed](e)
	if err != nil {
		return err
	}
	return a.PersonRenamed(ctx, p.UserID)
}
