package identityapp

import (
	"context"
	"fmt"

	"github.com/neoforge-dev/neoforge/modules/identity"
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
	if err := a.recently(actor); err != nil {
		return "", err
	}
	ctx, leave, err := a.takePlace(ctx, callerOf(actor))
	if err != nil {
		return "", err
	}
	defer leave()
	u, err := a.deps.Reads.User(ctx, actor.UserID)
	if err != nil {
		return "", fmt.Errorf("identityapp: read %s: %w", actor.UserID, err)
	}
	if cmd.Current != "" {
		if _, err := a.checkOwnPassword(ctx, actor, string(u.Email), cmd.Current); err != nil {
			return "", err
		}
	}
	session, err := a.deps.Reads.Session(ctx, actor.SessionID)
	if err != nil {
		return "", fmt.Errorf("identityapp: read session %s: %w", actor.SessionID, err)
	}
	hash, err := a.hashFor(ctx, cmd.Password, u.Email, u.Name)
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
	err = a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s identity.Stores) error {
		if _, err := lockActor(ctx, s, actor, now); err != nil {
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
		if err := endBegun(ctx, s, u.ID); err != nil {
			return err
		}
		// Whoever asked for other links may be the reason for the change.
		if err := s.MailTokens.EndLinks(ctx, u.ID); err != nil {
			return err
		}
		if err := s.Audit.Append(ctx, a.entry(string(u.ID), "identity.password_changed", userResource(u.ID), actor.Address, now)); err != nil {
			return err
		}
		return a.post(ctx, s, letter{Kind: letterPasswordChanged, User: u.ID})
	})
	if err != nil {
		return "", fmt.Errorf("identityapp: change the password of %s: %w", u.ID, err)
	}
	return secret, a.forget(ctx, identity.TagUser(u.ID))
}
