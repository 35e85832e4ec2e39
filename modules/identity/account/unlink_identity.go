package account

import (
	"context"
	"fmt"
	"slices"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/mails"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/trail"
)

// UnlinkIdentity disconnects one of the actor's accounts at a provider. It needs a
// recent proof of who the actor is. It fails with ErrNotSignedIn, ErrNotRecent,
// ErrIdentityNotFound, also for another person's, and ErrLastAuthMethod.
func (a *App) UnlinkIdentity(ctx context.Context, actor identity.Actor, id string) error {
	if err := identity.CheckRecent(actor, a.deps.Clock.Now()); err != nil {
		return err
	}
	err := retryOnConflict(func() error { return a.unlink(ctx, actor, id) })
	if err != nil {
		return fmt.Errorf("account: unlink: %w", err)
	}
	return nil
}

func (a *App) unlink(ctx context.Context, actor identity.Actor, id string) error {
	now := a.deps.Clock.Now()
	return a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s Stores) error {
		all, err := s.Identities.Of(ctx, actor.UserID)
		if err != nil {
			return err
		}
		at := slices.IndexFunc(all, func(i identity.ExternalIdentity) bool { return i.ID == id })
		if at < 0 {
			return identity.ErrIdentityNotFound
		}
		err = a.removeAuthMethod(ctx, s, actor.UserID, now, func(ctx context.Context, s Stores) error {
			return s.Identities.Delete(ctx, actor.UserID, id)
		})
		if err != nil {
			return err
		}
		err = mails.Post(ctx, s.Jobs, mails.Mail{Kind: mails.IdentityUnlinked, User: actor.UserID, Data: a.deps.Providers.MailData(all[at])})
		if err != nil {
			return err
		}
		return s.Audit.Append(ctx, a.deps.Trail.Entry(string(actor.UserID), "identity.identity_unlinked", trail.User(actor.UserID), actor.IP, now))
	})
}
