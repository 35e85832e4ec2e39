package identityapp

import (
	"context"
	"fmt"

	"github.com/neoforge-dev/neoforge/modules/identity"
)

// RevokePersonalToken ends one of the actor's own tokens: its next request, on any
// replica, is refused. Another person's token is answered as one that does not
// exist: ErrTokenNotFound. It also fails with ErrNotSignedIn and ErrNeedsPerson.
func (a *App) RevokePersonalToken(ctx context.Context, actor identity.Actor, id string) error {
	if err := identity.CheckPerson(actor); err != nil {
		return err
	}
	now := a.deps.Clock.Now()
	err := a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s identity.Stores) error {
		if err := s.Tokens.Revoke(ctx, actor.UserID, id, now); err != nil {
			return err
		}
		return s.Audit.Append(ctx, a.entry(string(actor.UserID), "identity.token_revoked", tokenResource(id), actor.Address, now))
	})
	if err != nil {
		return fmt.Errorf("identityapp: revoke an access token of %s: %w", actor.UserID, err)
	}
	return a.forget(ctx, identity.TagToken(id))
}
