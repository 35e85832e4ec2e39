package administration

import (
	"context"
	"errors"
	"fmt"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/access"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/cached"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/trail"
)

// Impersonate is an administrator who asks to act in somebody's name.
type Impersonate struct {
	Actor  identity.Actor
	User   identity.UserID
	Device identity.Device
}

// Impersonation is a browser in which an administrator acts in somebody's name. Secret is
// its new cookie.
type Impersonation struct {
	Session identity.Session
	Secret  identity.Secret
}

// Impersonate opens a session of the person in which the administrator acts, for
// [identity.ImpersonationTTL] at the most. The person sees it among their
// sessions; no mail goes out. The administrator's own session stays; it ends with
// whatever ends one of theirs. It fails with
// ErrNotSignedIn, ErrForbidden, ErrUserNotFound and as [identity.MayImpersonate] says.
func (a *App) Impersonate(ctx context.Context, cmd Impersonate) (Impersonation, error) {
	if err := identity.CheckAdministration(cmd.Actor, identity.PermissionImpersonate); err != nil {
		return Impersonation{}, err
	}
	// Read before the transaction, as it asks the cache; the role is compared within.
	person, err := a.deps.Reads.User(ctx, cmd.User)
	if err != nil {
		return Impersonation{}, fmt.Errorf("administration: impersonate %s: %w", cmd.User, err)
	}
	theirs, err := a.deps.Roles.PermissionsOf(ctx, person.Role)
	if err != nil {
		return Impersonation{}, fmt.Errorf("administration: what %s may do: %w", cmd.User, err)
	}
	now := a.deps.Clock.Now()
	var in Impersonation
	err = a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s Stores) error {
		if _, err := access.LockActor(ctx, s.Users, s.Sessions, cmd.Actor, now); err != nil {
			return err
		}
		u, err := s.Users.ByID(ctx, cmd.User)
		if err != nil {
			return err
		}
		if u.Role != person.Role {
			return identity.ErrUserChanged
		}
		if err := identity.MayImpersonate(cmd.Actor, u, theirs); err != nil {
			return err
		}
		in.Secret = identity.NewSecret()
		in.Session = identity.OpenImpersonation(a.deps.IDs.New(), u.ID, cmd.Actor.UserID, in.Secret, cmd.Device, now)
		if err := s.Sessions.Insert(ctx, in.Session); err != nil {
			return err
		}
		return s.Audit.Append(ctx, a.deps.Trail.Detailed(cmd.Actor, "identity.impersonation_started", trail.User(u.ID), "session:"+in.Session.ID, now))
	})
	if err != nil {
		return Impersonation{}, fmt.Errorf("administration: impersonate %s: %w", cmd.User, err)
	}
	return in, nil
}

// StopImpersonating ends the session in which somebody acts in another's name, and
// says whether own, the secret that they kept meanwhile, still opens a session of
// theirs. It fails with ErrNotImpersonating when the actor acts for themselves.
func (a *App) StopImpersonating(ctx context.Context, actor identity.Actor, own identity.Secret) (back bool, err error) {
	if actor.Impersonator == "" {
		return false, identity.ErrNotImpersonating
	}
	now := a.deps.Clock.Now()
	err = a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s Stores) error {
		if err := s.Sessions.Revoke(ctx, actor.SessionID, now); err != nil {
			return err
		}
		e := a.deps.Trail.Entry(string(actor.Impersonator), "identity.impersonation_stopped", trail.User(actor.UserID), actor.IP, now)
		e.Detail = "session:" + actor.SessionID
		return s.Audit.Append(ctx, e)
	})
	if err != nil {
		return false, fmt.Errorf("administration: stop impersonating %s: %w", actor.UserID, err)
	}
	cached.Invalidate(ctx, a.deps.Cache, identity.TagSession(actor.SessionID))
	who, err := a.deps.Sessions.AuthenticateSession(ctx, own)
	switch {
	case errors.Is(err, identity.ErrNotSignedIn):
		return false, nil
	case err != nil:
		return false, err
	}
	return who.UserID == actor.Impersonator && who.Impersonator == "", nil
}

// SignOutKept ends the session that somebody kept aside while they acted for another.
// One that has ended already is no fault.
func (a *App) SignOutKept(ctx context.Context, own identity.Secret) error {
	who, err := a.deps.Sessions.AuthenticateSession(ctx, own)
	if errors.Is(err, identity.ErrNotSignedIn) {
		return nil
	}
	if err != nil {
		return err
	}
	return a.deps.Sessions.SignOut(ctx, who)
}
