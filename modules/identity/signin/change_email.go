package signin

import (
	"context"
	"errors"
	"fmt"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/access"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/cached"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/mails"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/throttle"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/trail"
)

// AskEmailChange writes to the address that the actor wants to use, with a link
// that confirms it, and to the one they have. It replaces what was asked before. An address that somebody else uses
// gets the same answer; its owner is told. It needs a recent proof of who the actor
// is. An address that got many mails within a day gets no other, with the same answer; a
// link to it that the actor has stays good. It fails with ErrNotSignedIn, ErrNotRecent,
// ErrInvalidEmail, ErrEmailSame, ErrTooManyAttempts and ErrBusy.
func (a *App) AskEmailChange(ctx context.Context, actor identity.Actor, address string) error {
	if err := identity.CheckRecent(actor, a.deps.Clock.Now()); err != nil {
		return err
	}
	email, err := identity.ParseEmail(address)
	if err != nil {
		return identity.InField("email", err)
	}
	u, err := a.deps.Reads.User(ctx, actor.UserID)
	if err != nil {
		return fmt.Errorf("signin: read %s: %w", actor.UserID, err)
	}
	if email == u.Email {
		return identity.InField("email", identity.ErrEmailSame)
	}
	defer takeAtLeast(minAnswerTime)() // whether somebody else has the address
	counted, write, err := a.countEmailChange(ctx, actor, email)
	if err != nil {
		return err
	}
	now := a.deps.Clock.Now()
	if !write {
		open, found, err := a.deps.Reads.PendingEmailOf(ctx, u.ID, now)
		if err != nil {
			return fmt.Errorf("signin: read what %s asked for: %w", u.ID, err)
		}
		if found && open.Email == email {
			return nil
		}
	}
	pending := identity.PendingEmail{
		ID: a.deps.IDs.New(), User: u.ID, Email: email, CreatedAt: now, ExpiresAt: now.Add(identity.ChangeEmail.TTL()),
	}
	err = a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s Stores) error {
		u, err := access.LockActor(ctx, s.Users, s.Sessions, actor, now)
		if err != nil {
			return err
		}
		// Another wish ends this one: its row goes, and with it what a link is made of.
		if err := s.PendingEmails.Put(ctx, pending); err != nil {
			return err
		}
		asked := a.deps.Trail.Entry(string(u.ID), "identity.email_change_asked", trail.User(u.ID), actor.IP, now)
		if !write {
			return s.Audit.Append(ctx, asked)
		}
		proof := mails.Mail{Kind: mails.ChangeEmail, User: u.ID, To: string(email), Epoch: u.LinksEpoch, Pending: pending.ID}
		switch owner, err := s.Users.ByEmail(ctx, email); {
		case err == nil:
			proof = mails.Mail{Kind: mails.EmailInUse, User: owner.ID}
		case !errors.Is(err, identity.ErrUserNotFound):
			return err
		}
		if err := mails.Post(ctx, s.Jobs, proof); err != nil {
			return err
		}
		notice := mails.Mail{Kind: mails.EmailChanging, User: u.ID, To: string(u.Email), Data: map[string]string{"email": string(email)}}
		if err := mails.Post(ctx, s.Jobs, notice); err != nil {
			return err
		}
		return s.Audit.Append(ctx, asked)
	})
	if err != nil {
		a.deps.Limits.GiveBack(ctx, counted) // no mail is written
		return fmt.Errorf("signin: ask to change the address of %s: %w", u.ID, err)
	}
	return nil
}

// countEmailChange counts a mail to an address that the actor wants to use. What others
// had written there leaves the actor one of their own: the links of those are not theirs.
// false: the address got as many mails as it gets within a day.
func (a *App) countEmailChange(ctx context.Context, actor identity.Actor, email identity.Email) (throttle.Attempt, bool, error) {
	if err := a.countAsking(ctx, throttle.Stranger(actor.IP)); err != nil {
		return nil, false, err
	}
	if err := a.deps.Limits.Count(ctx, "identity.change_email:account:"+throttle.Digest(string(actor.UserID)), mailAccountLimit); err != nil {
		return nil, false, err
	}
	all, free, err := a.countMail(ctx, mailKey(mails.ChangeEmail, string(email), throttle.Source{}), mailAccountLimit, nil)
	if err == nil && !free {
		own := throttle.Source{Key: "account:" + string(actor.UserID)}
		all, err = a.deps.Limits.CountAll(ctx, throttle.Counted{Key: mailKey(mails.ChangeEmail, string(email), own), Limit: changeBesideOthersLimit})
	}
	if err != nil {
		return nil, false, err
	}
	to, err := a.deps.People.WhoseEmail(ctx, email)
	if err != nil {
		return nil, false, err
	}
	to.Email = email // nobody has none
	return a.countRecipient(ctx, to, throttle.Source{}, all)
}

// CancelEmailChange cancels what the actor asked for; nothing pending is no
// fault. It fails with ErrNotSignedIn.
func (a *App) CancelEmailChange(ctx context.Context, actor identity.Actor) error {
	if err := identity.CheckPerson(actor); err != nil {
		return err
	}
	now := a.deps.Clock.Now()
	err := a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s Stores) error {
		if err := s.PendingEmails.DeleteOf(ctx, actor.UserID); err != nil {
			return err
		}
		return s.Audit.Append(ctx, a.deps.Trail.Entry(string(actor.UserID), "identity.email_change_cancelled", trail.User(actor.UserID), actor.IP, now))
	})
	if err != nil {
		return fmt.Errorf("signin: cancel the change of address of %s: %w", actor.UserID, err)
	}
	return nil
}

// PendingEmail returns the address that the actor asked for and has not proven yet,
// and whether the mail to it was refused; empty for none.
func (a *App) PendingEmail(ctx context.Context, actor identity.Actor) (email identity.Email, undelivered bool, err error) {
	if !actor.SignedIn() {
		return "", false, identity.ErrNotSignedIn
	}
	p, found, err := a.deps.Reads.PendingEmailOf(ctx, actor.UserID, a.deps.Clock.Now())
	if err != nil || !found {
		return "", false, err
	}
	failed, err := mails.Undelivered(ctx, a.deps.Reads, a.deps.Clock.Now(), string(p.Email))
	at, refused := failed[string(p.Email)]
	return p.Email, refused && !at.Before(p.CreatedAt), err
}

// ConfirmEmailChange takes the link that was sent to the new address: the account
// has it from now on, and it is verified. It fails with ErrInvalidLink,
// ErrEmailTaken when somebody registered the address meanwhile, ErrTooManyAttempts
// and ErrBusy.
func (a *App) ConfirmEmailChange(ctx context.Context, token identity.Secret, address string) error {
	if _, err := a.findLink(ctx, identity.ChangeEmail, token, address); err != nil {
		return err
	}
	now := a.deps.Clock.Now()
	var id identity.UserID
	err := a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s Stores) error {
		t, u, err := a.takeLink(ctx, s, identity.ChangeEmail, token)
		if err != nil {
			return err
		}
		if err := s.PendingEmails.Take(ctx, u.ID, t.Email, now); err != nil {
			return err
		}
		id = u.ID
		if !u.EmailVerified { // asked by whoever registered, when that was possible
			return identity.ErrInvalidLink
		}
		old := u.Email
		u.Email, u.UpdatedAt = t.Email, now
		if err := s.Users.Update(ctx, u); err != nil {
			return err
		}
		// What was sent to the old address opens nothing any more.
		if err := s.MailTokens.DeleteOf(ctx, u.ID, identity.VerifyEmail); err != nil {
			return err
		}
		if err := s.MailTokens.EndLinks(ctx, u.ID); err != nil {
			return err
		}
		err = mails.Post(ctx, s.Jobs, mails.Mail{Kind: mails.EmailChanged, User: u.ID, To: string(old), Data: map[string]string{"email": string(u.Email)}})
		if err != nil {
			return err
		}
		return s.Audit.Append(ctx, a.deps.Trail.Entry(string(u.ID), "identity.email_changed", trail.User(u.ID), address, now))
	})
	if err != nil {
		return a.wrongLink(ctx, address, fmt.Errorf("signin: change an address: %w", err))
	}
	cached.Invalidate(ctx, a.deps.Cache, identity.TagUser(id))
	return nil
}
