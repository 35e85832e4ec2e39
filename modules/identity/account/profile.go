package account

import (
	"context"
	"fmt"

	"github.com/neoforge-dev/neoforge/modules/identity"
)

// Profile returns the actor's own account; ErrNotSignedIn for a visitor.
func (a *App) Profile(ctx context.Context, actor identity.Actor) (identity.Profile, error) {
	if !actor.SignedIn() {
		return identity.Profile{}, identity.ErrNotSignedIn
	}
	p, err := a.deps.People.ProfileOf(ctx, actor.UserID)
	if err != nil {
		return identity.Profile{}, fmt.Errorf("account: profile of %s: %w", actor.UserID, err)
	}
	return p, nil
}
