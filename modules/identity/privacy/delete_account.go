package privacy

import (
	"context"
	"errors"
	"fmt"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/cached"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/mails"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// DeleteAccount asks for the end of the actor's own account.
type DeleteAccount struct {
	Actor identity.Actor
	Email string // the account's address, typed once more
}

// DeleteAccount sets the end of the actor's account, a grace period from now, and
// signs them out everywhere. Until then they may sign in, do everything as before,
// and take it back with [App.KeepAccount]. It needs a recent proof of who they are.
// It fails with ErrNotSignedIn, ErrNotRecent, ErrAddressMismatch, ErrDeletionAsked,
// ErrLastAdministrator and ErrOwnsOrganizations.
func (a *App) DeleteAccount(ctx context.Context, cmd DeleteAccount) (identity.User, error) {
	if err := identity.CheckRecent(cmd.Actor, a.deps.Clock.Now()); err != nil {
		return identity.User{}, err
	}
	email, err := identity.ParseEmail(cmd.Email)
	if err != nil {
		return identity.User{}, identity.ErrAddressMismatch
	}
	u, err := a.askErasure(ctx, cmd.Actor, email)
	if errors.Is(err, identity.ErrUserChanged) {
		u, err = a.askErasure(ctx, cmd.Actor, email)
	}
	if err != nil {
		return identity.User{}, fmt.Errorf("privacy: delete %s: %w", cmd.Actor.UserID, err)
	}
	cached.Invalidate(ctx, a.deps.Cache, identity.TagUser(u.ID))
	return u, nil
}

// DeletionBlockers returns who would be left behind by the actor, which [identity.MayLeave]
// judges; ErrNotSignedIn.
func (a *App) DeletionBlockers(ctx context.Context, actor identity.Actor) (left identity.DeletionBlockers, err error) {
	if !actor.SignedIn() {
		return left, identity.ErrNotSignedIn
	}
	err = a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s Stores) error {
		left, err = s.Deletions.DeletionBlockers(ctx, actor.UserID)
		return err
	})
	if err != nil {
		return left, fmt.Errorf("privacy: who depends on %s: %w", actor.UserID, err)
	}
	return left, nil
}

func (a *App) askErasure(ctx context.Context, actor identity.Actor, email identity.Email) (u identity.User, err error) {
	now := a.deps.Clock.Now()
	err = a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s Stores) error {
		left, err := s.Deletions.DeletionBlockers(ctx, actor.UserID)
		if err != nil {
			return err
		}
		if u, err = s.Users.ByID(ctx, actor.UserID); err != nil {
			return err
		}
		if u.Email != email {
			return identity.ErrAddressMismatch
		}
		if u, err = u.AskErasure(now); err != nil {
			return err
		}
		if err := identity.MayLeave(left); err != nil {
			return err
		}
		if err := s.Users.Update(ctx, u); err != nil {
			return err
		}
		if _, err := s.Sessions.RevokeAll(ctx, u.ID, now); err != nil {
			return err
		}
		if err := s.MailTokens.EndLinks(ctx, u.ID); err != nil {
			return err
		}
		if err := s.Tokens.RevokeAll(ctx, u.ID, now); err != nil {
			return err
		}
		if err := a.deps.Trail.Publish(ctx, s.Events, now, identityport.UserTokensRevoked{UserID: u.ID}); err != nil {
			return err
		}
		if err := s.Audit.Append(ctx, a.deps.Trail.Own(actor, "identity.deletion_asked", a.deps.Clock.Now())); err != nil {
			return err
		}
		return mails.Post(ctx, s.Jobs, mails.Mail{Kind: mails.DeletionAsked, User: u.ID, Data: map[string]string{"day": dayOf(u.EraseAt)}})
	})
	return u, err
}

// KeepAccount takes the deletion of the actor's account back. Being signed in is
// proof enough: it destroys nothing. It fails with ErrNotSignedIn and
// ErrDeletionNotAsked.
func (a *App) KeepAccount(ctx context.Context, actor identity.Actor) error {
	if !actor.SignedIn() {
		return identity.ErrNotSignedIn
	}
	err := a.keep(ctx, actor)
	if errors.Is(err, identity.ErrUserChanged) {
		err = a.keep(ctx, actor) // another act of the same person came first
	}
	if err != nil {
		return fmt.Errorf("privacy: keep %s: %w", actor.UserID, err)
	}
	cached.Invalidate(ctx, a.deps.Cache, identity.TagUser(actor.UserID))
	return nil
}

func (a *App) keep(ctx context.Context, actor identity.Actor) error {
	now := a.deps.Clock.Now()
	return a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s Stores) error {
		u, err := s.Users.ByID(ctx, actor.UserID)
		if err != nil {
			return err
		}
		if u, err = u.Keep(now); err != nil {
			return err
		}
		if err := s.Users.Update(ctx, u); err != nil {
			return err
		}
		return s.Audit.Append(ctx, a.deps.Trail.Own(actor, "identity.deletion_taken_back", now))
	})
}
