package identityapp

import (
	"context"
	"fmt"
	"slices"

	"github.com/neoforge-dev/neoforge/modules/identity"
)

// UnlinkIdentity disconnects one of the actor's accounts at a provider. It needs a
// recent proof of who the actor is. It fails with ErrNotSignedIn, ErrNotRecent,
// ErrIdentityNotFound, also for another person's, and ErrLastWayIn.
func (a *App) UnlinkIdentity(ctx context.Context, actor identity.Actor, id string) error {
	if err := a.recently(actor); err != nil {
		return err
	}
	err := afterOthers(func() error { return a.unlink(ctx, actor, id) })
	if err != nil {
		return fmt.Errorf("identityapp: unlink: %w", err)
	}
	return nil
}

func (a *App) unlink(ctx context.Context, actor identity.Actor, id string) error {
	now := a.deps.Clock.Now()
	return a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s identity.Stores) error {
		all, err := s.Identities.Of(ctx, actor.UserID)
		if err != nil {
			return err
		}
		at := slices.IndexFunc(all, func(i identity.ExternalIdentity) bool { return i.ID == id })
		if at < 0 {
			return identity.ErrIdentityNotFound
		}
		err = a.loseWayIn(ctx, s, actor.UserID, now, func(ctx context.Context, s identity.Stores) error {
			return s.Identities.Delete(ctx, actor.UserID, id)
		})
		if err != nil {
			return err
		}
		err = a.post(ctx, s, letter{Kind: letterIdentityUnlinked, User: actor.UserID, Data: a.connectionFacts(all[at])})
		if err != nil {
			return err
		}
		return s.Audit.Append(ctx, a.entry(string(actor.UserID), "identity.identity_unlinked", userResource(actor.UserID), actor.Address, now))
	})
}
