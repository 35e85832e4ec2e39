package contentapp

import (
	"context"
	"fmt"

	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/events"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// OpenAuthorProfile gives somebody the public profile of an author. Doing so again
// changes nothing but the name.
func (a *App) OpenAuthorProfile(ctx context.Context, id identityport.UserID, name string) (content.Author, error) {
	var kept content.Author
	err := a.work.Do(ctx, func(ctx context.Context, s content.Stores) (err error) {
		kept, err = s.Authors.Put(ctx, content.Author{User: id, Handle: content.HandleFrom(name), Name: name}, a.clock.Now())
		return err
	})
	if err != nil {
		return content.Author{}, fmt.Errorf("open profile of author %s: %w", id, err)
	}
	return kept, nil
}

// onUserRegistered opens the profile of somebody who comes with a role that writes.
func (a *App) onUserRegistered(ctx context.Context, e events.Event) error {
	p, err := events.Decode[identityport.UserRegistered](e)
	if err != nil {
		return err
	}
	if p.Role != identityport.RoleAuthor && p.Role != identityport.RoleAdministrator {
		return nil
	}
	return a.work.Do(ctx, func(ctx context.Context, s content.Stores) error {
		first, err := s.Inbox.Record(ctx, e.ID, openAuthorProfile)
		if err != nil || !first {
			return err
		}
		_, err = s.Authors.Put(ctx, content.Author{User: p.UserID, Handle: content.HandleFrom(p.Name), Name: p.Name}, a.clock.Now())
		return err
	})
}
