package identityapp

import (
	"context"
	"fmt"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/audit"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// mayAdminister is the rule of every administrative act: whoever does it holds the
// permission and acts in their own name.
func mayAdminister(by identity.Actor, p identity.Permission) error {
	switch {
	case !by.SignedIn():
		return identity.ErrNotSignedIn
	case by.Impersonator != "":
		return identity.ErrImpersonating
	case !by.May(p):
		return identity.ErrForbidden
	}
	return nil
}

// administrative is one act of an administrator on somebody else's account.
type administrative struct {
	by     identity.Actor
	person identity.UserID
	action string // in the audit trail
	detail string // in words; usually empty
	// ends says that the person cannot administer afterwards.
	ends bool
	do   func(ctx context.Context, s identity.Stores, u identity.User, now time.Time) error
}

// administer does the act in one transaction with its audit entry, and has every
// replica forget what it knows of the person. Nobody does such a thing to their own
// account, and the last administrator stays one. It fails with ErrNotSignedIn,
// ErrImpersonating, ErrForbidden, ErrUserNotFound, ErrOwnAccount and
// ErrLastAdministrator, and with what do fails with.
func (a *App) administer(ctx context.Context, act administrative) error {
	if err := mayAdminister(act.by, identity.PermissionManageUsers); err != nil {
		return err
	}
	now := a.deps.Clock.Now()
	err := a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s identity.Stores) error {
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
		return s.Audit.Append(ctx, a.detailed(act.by, act.action, userResource(u.ID), act.detail, now))
	})
	if err != nil {
		return fmt.Errorf("identityapp: %s of %s: %w", act.action, act.person, err)
	}
	return a.forget(ctx, identity.TagUser(act.person))
}

// detailed makes the audit entry of an act that needs words.
func (a *App) detailed(by identity.Actor, action, resource, detail string, at time.Time) audit.Entry {
	e := a.actedOn(by, action, resource, at)
	e.Detail = detail
	return e
}
