package identityapp

import (
	"context"
	"fmt"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
)

// VerifyEmail takes the link that proves an address, and settles whose the account
// is. It signs nobody in. It fails with ErrInvalidLink, ErrTooManyAttempts and
// ErrBusy.
func (a *App) VerifyEmail(ctx context.Context, actor identity.Actor, token identity.Secret, address string) error {
	if err := a.countLink(ctx, address); err != nil {
		return err
	}
	now := a.deps.Clock.Now()
	var id identity.UserID
	err := a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s identity.Stores) error {
		t, u, err := a.takeLink(ctx, s, identity.VerifyEmail, token)
		if err != nil {
			return err
		}
		if u.EmailVerified {
			return identity.ErrInvalidLink // proven otherwise meanwhile: nothing of this registration counts
		}
		if err := a.settle(ctx, s, &u, t, actor, now); err != nil {
			return err
		}
		id = u.ID
		u.EmailVerified, u.UpdatedAt = true, now
		if err := updateNamed(ctx, s, u, now); err != nil {
			return err
		}
		if err := s.MailFailures.DeleteTo(ctx, string(u.Email)); err != nil { // mail arrives there now
			return err
		}
		if err := s.Audit.Append(ctx, a.entry(string(u.ID), "identity.email_verified", userResource(u.ID), address, now)); err != nil {
			return err
		}
		return a.post(ctx, s, letter{Kind: letterWelcome, User: u.ID})
	})
	if err != nil {
		return fmt.Errorf("identityapp: verify an address: %w", err)
	}
	return a.forget(ctx, TagUser(id))
}

// settle decides what stays of an account whose address is proven now. Who is
// signed in to it keeps it as it is, with that session alone. For anybody else the
// registration of their link counts, and what others set up before goes. A letter
// that was sent again has no registration: the password stays, the sessions end.
func (a *App) settle(ctx context.Context, s identity.Stores, u *identity.User, t identity.MailToken, actor identity.Actor, now time.Time) (err error) {
	switch {
	case actor.UserID == u.ID:
		_, err = s.Sessions.RevokeOthers(ctx, u.ID, actor.SessionID, now)
	case t.PasswordHash == "":
		_, err = s.Sessions.RevokeAll(ctx, u.ID, now)
	default:
		if err = a.evict(ctx, s, u.ID, now); err == nil {
			err = s.Credentials.Put(ctx, identity.Credential{User: u.ID, Hash: t.PasswordHash, ChangedAt: now})
			u.Name = t.Name
		}
		if err == nil {
			err = a.replaceAgreed(ctx, s, u.ID, t.Agreed, t.Address, t.CreatedAt)
		}
	}
	if err != nil {
		return err
	}
	return s.MailTokens.DeleteOf(ctx, u.ID, identity.VerifyEmail)
}

// takeLink takes the token of a link and returns it with its person. A link to an
// address that is no longer the person's is none, but for the change of address.
func (a *App) takeLink(ctx context.Context, s identity.Stores, p identity.MailPurpose, token identity.Secret) (identity.MailToken, identity.User, error) {
	t, err := s.MailTokens.Take(ctx, p, token.Hash(), a.deps.Clock.Now())
	if err != nil {
		return t, identity.User{}, err
	}
	u, err := s.Users.ByID(ctx, t.User)
	if err != nil {
		return t, u, err
	}
	if p != identity.ChangeEmail && t.Email != u.Email {
		return t, u, identity.ErrInvalidLink
	}
	return t, u, nil
}

// SendVerification writes the letter with the link again. It fails with
// ErrNotSignedIn, ErrEmailVerified, ErrTooManyAttempts and ErrBusy.
func (a *App) SendVerification(ctx context.Context, actor identity.Actor) error {
	if !actor.SignedIn() {
		return identity.ErrNotSignedIn
	}
	u, err := a.deps.Reads.User(ctx, actor.UserID)
	if err != nil {
		return fmt.Errorf("identityapp: read %s: %w", actor.UserID, err)
	}
	if u.EmailVerified {
		return identity.ErrEmailVerified
	}
	if err := a.countLetter(ctx, u.Email, actor.Address); err != nil {
		return err
	}
	err = a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s identity.Stores) error {
		return a.post(ctx, s, letter{Kind: letterVerifyEmail, User: u.ID})
	})
	if err != nil {
		return fmt.Errorf("identityapp: send %s the link again: %w", u.ID, err)
	}
	return nil
}
