package identityapp

import (
	"context"
	"errors"
	"fmt"

	"github.com/neoforge-dev/neoforge/modules/identity"
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
	err := a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s identity.Stores) error {
		if err := s.Sessions.Revoke(ctx, id, now); err != nil {
			return err
		}
		if actor.Impersonator == "" { // whose session that was, may act for others by it
			if err := s.Sessions.EndImpersonations(ctx, actor.UserID, now); err != nil {
				return err
			}
		}
		return s.Audit.Append(ctx, a.entry(string(actor.UserID), action, sessionResource(id), actor.Address, now))
	})
	if err != nil {
		return fmt.Errorf("identityapp: end session %s: %w", id, err)
	}
	return a.forget(ctx, identity.TagSession(id), identity.TagUser(actor.UserID))
}
