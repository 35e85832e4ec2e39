package identityapp

import (
	"context"
	"errors"
	"fmt"

	"github.com/neoforge-dev/neoforge/modules/identity"
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
	if err := a.recently(cmd.Actor); err != nil {
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
		return identity.User{}, fmt.Errorf("identityapp: delete %s: %w", cmd.Actor.UserID, err)
	}
	return u, a.forget(ctx, identity.TagUser(u.ID))
}

// Dependents returns who would be left behind by the actor, which [identity.MayLeave]
// judges; ErrNotSignedIn.
func (a *App) Dependents(ctx context.Context, actor identity.Actor) (left identity.Dependents, err error) {
	if !actor.SignedIn() {
		return left, identity.ErrNotSignedIn
	}
	err = a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s identity.Stores) error {
		left, err = s.Departures.Dependents(ctx, actor.UserID)
		return err
	})
	if err != nil {
		return left, fmt.Errorf("identityapp: who depends on %s: %w", actor.UserID, err)
	}
	return left, nil
}

func (a *App) askErasure(ctx context.Context, actor identity.Actor, email identity.Email) (u identity.User, err error) {
	now := a.deps.Clock.Now()
	err = a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s identity.Stores) error {
		left, err := s.Departures.Dependents(ctx, actor.UserID)
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
		if err := s.Audit.Append(ctx, a.ownEntry(actor, "identity.deletion_asked")); err != nil {
			return err
		}
		return a.post(ctx, s, letter{Kind: letterDeletionAsked, User: u.ID, Data: map[string]string{"day": dayOf(u.EraseAt)}})
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
	_, err := a.changeUser(ctx, actor, "identity.deletion_taken_back", func(u identity.User) (identity.User, error) {
		return u.Keep(a.deps.Clock.Now())
	})
	if err != nil {
		return fmt.Errorf("identityapp: keep %s: %w", actor.UserID, err)
	}
	return a.forget(ctx, identity.TagUser(actor.UserID))
}
