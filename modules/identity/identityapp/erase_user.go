package identityapp

import (
	"context"
	"fmt"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// EraseUser removes a person with everything identity holds about them, and tells
// the other contexts to do the same. A person may erase themselves, and who
// manages accounts anybody; to everybody else the person does not exist:
// ErrUserNotFound.
func (a *App) EraseUser(ctx context.Context, by identity.Actor, id identity.UserID) error {
	if !by.SignedIn() {
		return identity.ErrNotSignedIn
	}
	if !identity.MayErase(by, id) {
		return identity.ErrUserNotFound
	}
	now := a.deps.Clock.Now()
	var fellows []identity.UserID // some of whose organizations may end
	err := a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s identity.Stores) error {
		if _, err := s.Users.ByID(ctx, id); err != nil {
			return err
		}
		var err error
		if fellows, err = s.Organizations.Fellows(ctx, id); err != nil {
			return err
		}
		ended, err := s.Users.Delete(ctx, id)
		if err != nil {
			return err
		}
		if err := s.Audit.Append(ctx, a.entry(string(by.UserID), "identity.account_erased", userResource(id), by.Address, now)); err != nil {
			return err
		}
		return a.publish(ctx, s, now, identityport.UserErased{UserID: id, Organizations: ended})
	})
	if err != nil {
		return fmt.Errorf("identityapp: erase %s: %w", id, err)
	}
	return a.forget(ctx, tagsOfUsers(append(fellows, id))...)
}
