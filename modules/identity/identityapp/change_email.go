package identityapp

import (
	"context"
	"errors"
	"fmt"

	"github.com/neoforge-dev/neoforge/modules/identity"
)

// AskEmailChange writes to the address that the actor wants to use, with a link
// that confirms it, and to the one they have. An address that somebody else uses
// gets the same answer; its owner is told. It needs a recent proof of who the actor
// is. It fails with ErrNotSignedIn, ErrNotRecent, ErrInvalidEmail, ErrEmailSame,
// ErrTooManyAttempts and ErrBusy.
func (a *App) AskEmailChange(ctx context.Context, actor identity.Actor, address string) error {
	if err := a.recently(actor); err != nil {
		return err
	}
	email, err := identity.ParseEmail(address)
	if err != nil {
		return inField("email", err)
	}
	u, err := a.deps.Reads.User(ctx, actor.UserID)
	if err != nil {
		return fmt.Errorf("identityapp: read %s: %w", actor.UserID, err)
	}
	if email == u.Email {
		return inField("email", identity.ErrEmailSame)
	}
	if err := a.countLetter(ctx, email, actor.Address); err != nil {
		return err
	}
	if err := a.count(ctx, "identity.change_email:account:"+digest(string(u.ID)), letterAccountLimit); err != nil {
		return err
	}
	now := a.deps.Clock.Now()
	err = a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s identity.Stores) error {
		proof := letter{Kind: letterChangeEmail, User: u.ID, To: string(email)}
		switch owner, err := s.Users.ByEmail(ctx, email); {
		case err == nil:
			proof = letter{Kind: letterEmailInUse, User: owner.ID}
		case !errors.Is(err, identity.ErrUserNotFound):
			return err
		}
		if err := a.post(ctx, s, proof); err != nil {
			return err
		}
		// An address that was never proven may be a stranger's, by a slip.
		notice := letter{Kind: letterToNobody, User: u.ID}
		if u.EmailVerified {
			notice = letter{Kind: letterEmailChanging, User: u.ID, To: string(u.Email), Data: map[string]string{"email": string(email)}}
		}
		if err := a.post(ctx, s, notice); err != nil {
			return err
		}
		return s.Audit.Append(ctx, a.entry(string(u.ID), "identity.email_change_asked", userResource(u.ID), actor.Address, now))
	})
	if err != nil {
		return fmt.Errorf("identityapp: ask to change the address of %s: %w", u.ID, err)
	}
	return nil
}

// ConfirmEmailChange takes the link that was sent to the new address: the account
// has it from now on, and it is verified. It fails with ErrInvalidLink,
// ErrEmailTaken when somebody registered the address meanwhile, ErrTooManyAttempts
// and ErrBusy.
func (a *App) ConfirmEmailChange(ctx context.Context, token identity.Secret, address string) error {
	if err := a.countLink(ctx, address); err != nil {
		return err
	}
	now := a.deps.Clock.Now()
	var id identity.UserID
	err := a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s identity.Stores) error {
		t, u, err := a.takeLink(ctx, s, identity.ChangeEmail, token)
		if err != nil {
			return err
		}
		id = u.ID
		old, proven := u.Email, u.EmailVerified
		u.Email, u.EmailVerified, u.UpdatedAt = t.Email, true, now
		if err := s.Users.Update(ctx, u); err != nil {
			return err
		}
		// What was sent to the old address opens nothing any more.
		if err := s.MailTokens.DeleteOf(ctx, u.ID, identity.VerifyEmail, identity.ResetPassword, identity.MagicLink, identity.ChangeEmail); err != nil {
			return err
		}
		if proven {
			err := a.post(ctx, s, letter{Kind: letterEmailChanged, User: u.ID, To: string(old), Data: map[string]string{"email": string(u.Email)}})
			if err != nil {
				return err
			}
		}
		return s.Audit.Append(ctx, a.entry(string(u.ID), "identity.email_changed", userResource(u.ID), address, now))
	})
	if err != nil {
		return fmt.Errorf("identityapp: change an address: %w", err)
	}
	return a.forget(ctx, TagUser(id))
}
