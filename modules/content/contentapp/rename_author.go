package contentapp

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

// PersonRenamed implements [identityport.Watcher]: the profile of an author gets the
// name that the directory has, and a handle made from it, and every byline is made
// anew. Who is no author, or no longer there, changes nothing.
func (a *App) PersonRenamed(ctx context.Context, id identityport.UserID) error {
	who, err := a.people.Person(ctx, id)
	if fault.KindOf(err) == fault.NotFound {
		return nil
	}
	if err != nil {
		return fmt.Errorf("rename author %s: %w", id, err)
	}
	rename := func() error {
		return a.work.Do(ctx, func(ctx context.Context, s content.Stores) error {
			_, err := s.Authors.Rename(ctx, content.Author{User: id, Handle: content.HandleFrom(who.Name), Name: who.Name}, a.clock.Now())
			return err
		})
	}
	if err = rename(); errors.Is(err, content.ErrAuthorChanged) {
		err = rename()
	}
	if errors.Is(err, content.ErrAuthorNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("rename author %s: %w", id, err)
	}
	if err := a.cache.Invalidate(context.WithoutCancel(ctx), content.TagPosts, content.TagBylines); err != nil {
		return fmt.Errorf("invalidate the bylines of %s: %w", id, err)
	}
	return nil
}

// onUserRenamed keeps no record of the events it saw: doing it once more sets the
// same name.
func (a *App) onUserRenamed(ctx context.Context, e events.Event) error {
	p, err := events.Decode[identityport.UserRenamed](e)
	if err != nil {
		return err
	}
	return a.PersonRenamed(ctx, p.UserID)
}
