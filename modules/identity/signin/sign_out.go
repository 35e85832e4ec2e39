package signin

import (
	"context"
	"errors"
	"fmt"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/cached"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/trail"
)

// SignOut ends the actor's session; its cookie and tokens are refused at the next
// request, on every replica. ErrNotSignedIn for a visitor. Signing out of what
// ended already is no fault.
func (a *App) SignOut(ctx context.Context, actor identity.Actor) error {
	if !actor.SignedIn() || actor.SessionID == "" {
		return identity.ErrNotSignedIn
	}
	err := a.endSession(ctx, actor, actor.SessionID, "identity.signed_out")
	if errors.Is(err, identity.ErrSessionNotFound) {
		return nil
	}
	return err
}

// endSession revokes a session and has every replica forget it.
func (a *App) endSession(ctx context.Context, actor identity.Actor, id, action string) error {
	now := a.deps.Clock.Now()
	err := a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s Stores) error {
		if err := s.Sessions.Revoke(ctx, id, now); err != nil {
			return err
		}
		if actor.Impersonator == "" { // whose session that was, may act for others by it
			if err := s.Sessions.EndImpersonations(ctx, actor.UserID, now); err != nil {
				return err
			}
		}
		return s.Audit.Append(ctx, a.deps.Trail.Entry(string(actor.UserID), action, trail.Session(id), actor.IP, now))
	})
	if err != nil {
		return fmt.Errorf("signin: end session %s: %w", id, err)
	}
	cached.Invalidate(ctx, a.deps.Cache, identity.TagSession(id), identity.TagUser(actor.UserID))
	return nil
}
