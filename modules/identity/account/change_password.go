package account

import (
	"context"
	"fmt"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/access"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/cached"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/factors"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/mails"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/trail"
)

// ChangePassword is a person who sets another password, or their first one.
// Current may be empty: the recent proof is enough; when it is given, it must be
// right.
type ChangePassword struct {
	Current  string
	Password string
}

// ChangePassword ends every other session of the actor and puts their own under a
// new secret, which it returns; empty for a program's session. It needs a recent
// proof of who the actor is. It fails with ErrNotSignedIn, ErrNotRecent,
// ErrInvalidCredentials, ErrWeakPassword, ErrBreachedPassword, ErrTooManyAttempts
// and ErrBusy.
func (a *App) ChangePassword(ctx context.Context, actor identity.Actor, cmd ChangePassword) (identity.Secret, error) {
	if err := identity.CheckRecent(actor, a.deps.Clock.Now()); err != nil {
		return "", err
	}
	ctx, leave, err := a.deps.Passwords.Admit(ctx, "", actor)
	if err != nil {
		return "", err
	}
	defer leave()
	u, err := a.deps.Reads.User(ctx, actor.UserID)
	if err != nil {
		return "", fmt.Errorf("account: read %s: %w", actor.UserID, err)
	}
	if cmd.Current != "" {
		if _, err := a.deps.Passwords.CheckOwn(ctx, actor, string(u.Email), cmd.Current); err != nil {
			return "", err
		}
	}
	session, err := a.deps.Reads.Session(ctx, actor.SessionID)
	if err != nil {
		return "", fmt.Errorf("account: read session %s: %w", actor.SessionID, err)
	}
	hash, err := a.deps.Passwords.Hash(ctx, cmd.Password, u.Email, u.Name)
	if err != nil {
		return "", err
	}
	var secret identity.Secret
	var kept []byte
	if session.Kind == identity.BrowserSession {
		secret = identity.NewSecret()
		kept = secret.Hash()
	}
	now := a.deps.Clock.Now()
	err = a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s Stores) error {
		if _, err := access.LockActor(ctx, s.Users, s.Sessions, actor, now); err != nil {
			return err
		}
		if _, err := s.Sessions.RevokeOthers(ctx, u.ID, actor.SessionID, now); err != nil {
			return err
		}
		if err := s.Sessions.Rotate(ctx, actor.SessionID, kept, actor.AuthenticatedAt); err != nil {
			return err
		}
		if err := s.Credentials.Put(ctx, identity.Credential{User: u.ID, Hash: hash, ChangedAt: now}); err != nil {
			return err
		}
		if err := factors.EndBegun(ctx, s.factors(), u.ID); err != nil {
			return err
		}
		// Whoever asked for other links may be the reason for the change.
		if err := s.MailTokens.EndLinks(ctx, u.ID); err != nil {
			return err
		}
		if err := s.Audit.Append(ctx, a.deps.Trail.Entry(string(u.ID), "identity.password_changed", trail.User(u.ID), actor.IP, now)); err != nil {
			return err
		}
		return mails.Post(ctx, s.Jobs, mails.Mail{Kind: mails.PasswordChanged, User: u.ID})
	})
	if err != nil {
		return "", fmt.Errorf("account: change the password of %s: %w", u.ID, err)
	}
	cached.Invalidate(ctx, a.deps.Cache, identity.TagUser(u.ID))
	return secret, nil
}
