package account

import (
	"context"
	"fmt"

	"github.com/neoforge-dev/neoforge/modules/identity"
)

// Connection is an account of the actor's at a provider. Label is the provider's
// name for people, empty when the provider is not set up any more. LastAuthMethod says
// that the actor could not come in without it.
type Connection struct {
	identity.ExternalIdentity
	Label          string
	LastAuthMethod bool
}

// Connections lists the actor's accounts at providers, oldest first;
// ErrNotSignedIn for a visitor.
func (a *App) Connections(ctx context.Context, actor identity.Actor) ([]Connection, error) {
	if !actor.SignedIn() {
		return nil, identity.ErrNotSignedIn
	}
	var out []Connection
	err := a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s Stores) error {
		out = nil
		ways, err := a.authMethods(ctx, s, actor.UserID)
		if err != nil {
			return err
		}
		all, err := s.Identities.Of(ctx, actor.UserID)
		if err != nil {
			return err
		}
		for _, i := range all {
			c, left := Connection{ExternalIdentity: i}, ways
			if label, ok := a.deps.Providers.Label(i.Provider); ok {
				c.Label = label
				left.Identities--
			}
			c.LastAuthMethod = left.MustRemain() != nil
			out = append(out, c)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("account: connections of %s: %w", actor.UserID, err)
	}
	return out, nil
}
