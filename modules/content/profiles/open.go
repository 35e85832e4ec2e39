package profiles

import (
	"context"
	"fmt"

	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/events"
	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// OpenAuthorProfile gives somebody the public profile of an author. One that is there
// stays as it is: only PersonRenamed changes it, for the name given here may be an old
// one, of an actor from a cache or of a late event. The directory's name is preferred
// for the same reason.
func (a *App) OpenAuthorProfile(ctx context.Context, id identityport.UserID, name string) (content.Author, error) {
	kept, err := a.reads.AuthorByID(ctx, id)
	if err == nil || fault.KindOf(err) != fault.NotFound {
		return kept, err
	}
	switch who, err := a.people.Person(ctx, id); {
	case err == nil:
		name = who.Name
	case fault.KindOf(err) != fault.NotFound:
		return content.Author{}, fmt.Errorf("open profile of author %s: %w", id, err)
	}
	var opened bool
	err = a.work.Do(ctx, func(ctx context.Context, s content.Stores) (err error) {
		kept, opened, err = s.Authors.Put(ctx, content.Author{User: id, Handle: content.HandleFrom(name), Name: name})
		return err
	})
	if err != nil || !opened {
		return kept, err
	}
	// A rename between the two found no profile to rename.
	if err := a.PersonRenamed(ctx, id); err != nil {
		return content.Author{}, err
	}
	return a.reads.AuthorByID(ctx, id)
}

// onUserRegistered opens the profile of somebody who comes with a role that writes. Who
// was erased before gets none: the event may come after the one of their erasure.
func (a *App) onUserRegistered(ctx context.Context, e events.Event) error {
	p, err := events.Decode[identityport.UserRegistered](e)
	if err != nil {
		return err
	}
	if p.Role != identityport.RoleAuthor && p.Role != identityport.RoleAdministrator {
		return nil
	}
	if _, err := a.people.Person(ctx, p.UserID); err != nil {
		if fault.KindOf(err) == fault.NotFound {
			return nil
		}
		return fmt.Errorf("open profile of author %s: %w", p.UserID, err)
	}
	_, err = a.OpenAuthorProfile(ctx, p.UserID, p.Name)
	return err
}
