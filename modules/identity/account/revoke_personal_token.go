package account

import (
	"context"
	"fmt"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/cached"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/trail"
)

// RevokePersonalToken ends one of the actor's own tokens: its next request, on any
// replica, is refused. Another person's token is answered as one that does not
// exist: ErrTokenNotFound. It also fails with ErrNotSignedIn and ErrNeedsPerson.
func (a *App) RevokePersonalToken(ctx context.Context, actor identity.Actor, id string) error {
	if err := identity.CheckPerson(actor); err != nil {
		return err
	}
	now := a.deps.Clock.Now()
	err := a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s Stores) error {
		if err := s.Tokens.Revoke(ctx, actor.UserID, id, now); err != nil {
			return err
		}
		return s.Audit.Append(ctx, a.deps.Trail.Entry(string(actor.UserID), "identity.token_revoked", trail.Token(id), actor.IP, now))
	})
	if err != nil {
		return fmt.Errorf("account: revoke an access token of %s: %w", actor.UserID, err)
	}
	cached.Invalidate(ctx, a.deps.Cache, identity.TagToken(id))
	return nil
}
