package signin

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/cached"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/factors"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/mails"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/trail"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// ResetPassword is somebody who chooses a password by the link of a mail.
type ResetPassword struct {
	Token    identity.Secret
	Password string
	IP       string // network address of the request
}

// ResetPassword takes the link and sets the password. The link proved the address
// too. Every session, every personal access token and the other links end, and a
// mail says which tokens; second factors stay. A password that
// is refused leaves the link as it was. It fails with ErrInvalidLink,
// ErrWeakPassword, ErrBreachedPassword, ErrTooManyAttempts and ErrBusy.
func (a *App) ResetPassword(ctx context.Context, cmd ResetPassword) error {
	// Looked at first: no work is done for who holds no link.
	t, err := a.findLink(ctx, identity.ResetPassword, cmd.Token, cmd.IP)
	if err != nil {
		return err
	}
	owner, err := a.deps.Reads.User(ctx, t.User)
	if err != nil {
		return fmt.Errorf("signin: whose link it is: %w", err)
	}
	hash, err := a.deps.Passwords.Hash(ctx, cmd.Password, owner.Email, owner.Name)
	if err != nil {
		return err
	}
	now := a.deps.Clock.Now()
	tokens, err := a.deps.Reads.PersonalTokensOf(ctx, owner.ID)
	if err != nil {
		return fmt.Errorf("signin: tokens of %s: %w", owner.ID, err)
	}
	var id identity.UserID
	err = a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s Stores) error {
		_, u, err := a.takeLink(ctx, s, identity.ResetPassword, cmd.Token)
		if err != nil {
			return err
		}
		id = u.ID
		if err := a.proveAddress(ctx, s, &u, "", now); err != nil {
			return err
		}
		if _, err := s.Sessions.RevokeAll(ctx, u.ID, now); err != nil {
			return err
		}
		if err := s.Credentials.Put(ctx, identity.Credential{User: u.ID, Hash: hash, ChangedAt: now}); err != nil {
			return err
		}
		if err := factors.EndBegun(ctx, s.factors(), u.ID); err != nil {
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
		if err := s.Audit.Append(ctx, a.deps.Trail.Entry(string(u.ID), "identity.password_reset", trail.User(u.ID), cmd.IP, now)); err != nil {
			return err
		}
		return mails.Post(ctx, s.Jobs, mails.Mail{Kind: mails.PasswordReset, User: u.ID, Data: map[string]string{"tokens": namesOf(tokens, now)}})
	})
	if err != nil {
		return a.wrongLink(ctx, cmd.IP, fmt.Errorf("signin: reset a password: %w", err))
	}
	cached.Invalidate(ctx, a.deps.Cache, tagsOfProven(id)...)
	return nil
}

// namesOf lists the tokens that are good now, by name.
func namesOf(tokens []identity.PersonalToken, now time.Time) string {
	var names []string
	for _, t := range tokens {
		if t.ActiveAt(now) {
			names = append(names, t.Name)
		}
	}
	return strings.Join(names, ", ")
}
