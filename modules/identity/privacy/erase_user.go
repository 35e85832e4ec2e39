package privacy

import (
	"context"
	"fmt"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/cached"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/trail"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// EraseUser removes a person at once, with everything identity holds about them,
// and tells the other contexts to do the same. A person may erase themselves, and
// who manages accounts anybody; to everybody else the person does not exist:
// ErrUserNotFound. It fails with ErrLastAdministrator and ErrOwnsOrganizations when
// others would be left behind.
func (a *App) EraseUser(ctx context.Context, by identity.Actor, id identity.UserID) error {
	if !by.SignedIn() {
		return identity.ErrNotSignedIn
	}
	if !identity.MayErase(by, id) {
		return identity.ErrUserNotFound
	}
	err := a.erase(ctx, string(by.UserID), by.IP, id, func(identity.User) bool { return true }, nil)
	if err != nil {
		return fmt.Errorf("privacy: erase %s: %w", id, err)
	}
	return nil
}

// erase removes a person if they are still to be erased; ErrDeletionNotAsked. In the same
// transaction it calls also, unless that is nil.
func (a *App) erase(
	ctx context.Context, by, address string, id identity.UserID, still func(identity.User) bool,
	also func(ctx context.Context, s Stores, u identity.User) error,
) error {
	now := a.deps.Clock.Now()
	var coMembers []identity.UserID // some of whose organizations may end
	err := a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s Stores) error {
		left, err := s.Deletions.DeletionBlockers(ctx, id)
		if err != nil {
			return err
		}
		u, err := s.Users.ByID(ctx, id)
		if err != nil {
			return err
		}
		if !still(u) {
			return identity.ErrDeletionNotAsked
		}
		if err := identity.MayLeave(left); err != nil {
			return err
		}
		if coMembers, err = s.Organizations.CoMembers(ctx, id); err != nil {
			return err
		}
		ended, err := s.Users.Delete(ctx, id)
		if err != nil {
			return err
		}
		if err := a.redactRegistration(ctx, s, u); err != nil {
			return err
		}
		if err := s.MailFailures.DeleteTo(ctx, string(u.Email)); err != nil {
			return err
		}
		if also != nil {
			if err := also(ctx, s, u); err != nil {
				return err
			}
		}
		if err := s.Audit.Append(ctx, a.deps.Trail.Entry(by, "identity.account_erased", trail.User(id), address, now)); err != nil {
			return err
		}
		return a.deps.Trail.Publish(ctx, s.Events, now, identityport.UserErased{UserID: id, Organizations: ended})
	})
	if err != nil {
		return err
	}
	cached.Invalidate(ctx, a.deps.Cache, append(identity.TagsOfUsers(append(coMembers, id)), identity.TagAvatar(id))...)
	return nil
}

// redactRegistration takes the name and the address out of the log of events, where
// they were written when the account was made.
func (a *App) redactRegistration(ctx context.Context, s Stores, u identity.User) error {
	return s.Log.Redact(ctx, u.CreatedAt.Add(-time.Minute), string(u.ID), identityport.UserRegistered{UserID: u.ID})
}
