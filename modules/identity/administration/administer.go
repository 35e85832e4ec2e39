package administration

import (
	"context"
	"fmt"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/cached"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/trail"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// adminAction is one act of an administrator on somebody else's account.
type adminAction struct {
	by     identity.Actor
	person identity.UserID
	action string // in the audit trail
	detail string // in words; usually empty
	// ends says that the person cannot administer afterwards.
	ends bool
	do   func(ctx context.Context, s Stores, u identity.User, now time.Time) error
}

// administer does the act in one transaction with its audit entry, and has every
// replica forget what it knows of the person. Nobody does such a thing to their own
// account, and the last administrator stays one. It fails with ErrNotSignedIn,
// ErrImpersonating, ErrForbidden, ErrUserNotFound, ErrOwnAccount and
// ErrLastAdministrator, and with what do fails with.
func (a *App) administer(ctx context.Context, act adminAction) error {
	if err := identity.CheckAdministration(act.by, identity.PermissionManageUsers); err != nil {
		return err
	}
	now := a.deps.Clock.Now()
	err := a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s Stores) error {
		var active []identity.UserID
		if act.ends { // before the person is read, so that of two acts at once the second sees the first
			var err error
			if active, err = s.Roles.Administrators(ctx); err != nil {
				return err
			}
		}
		u, err := s.Users.ByID(ctx, act.person)
		if err != nil {
			return err
		}
		if u.ID == act.by.UserID {
			return identity.ErrOwnAccount
		}
		if act.ends && u.Role == identityport.RoleAdministrator && u.SuspendedAt.IsZero() {
			if err := identity.KeepsAdministrator(active, u.ID); err != nil {
				return err
			}
		}
		if err := act.do(ctx, s, u, now); err != nil {
			return err
		}
		return s.Audit.Append(ctx, a.deps.Trail.Detailed(act.by, act.action, trail.User(u.ID), act.detail, now))
	})
	if err != nil {
		return fmt.Errorf("administration: %s of %s: %w", act.action, act.person, err)
	}
	cached.Invalidate(ctx, a.deps.Cache, identity.TagUser(act.person))
	return nil
}
