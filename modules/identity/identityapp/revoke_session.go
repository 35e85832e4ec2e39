package identityapp

import (
	"context"
	"fmt"

	"github.com/neoforge-dev/neoforge/modules/identity"
)

// RevokeSession ends one of the actor's own sessions. Another person's session is
// answered as one that does not exist: ErrSessionNotFound.
func (a *App) RevokeSession(ctx context.Context, actor identity.Actor, sessionID string) error {
	if !actor.SignedIn() {
		return identity.ErrNotSignedIn
	}
	session, err := a.deps.Reads.Session(ctx, sessionID)
	if err != nil {
		return fmt.Errorf("identityapp: read session: %w", err)
	}
	if session.User != actor.UserID {
		return identity.ErrSessionNotFound
	}
	return a.endSession(ctx, actor, session.ID, "identity.session_revoked")
}
