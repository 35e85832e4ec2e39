package identityapp

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
)

// ResetPassword is somebody who chooses a password by the link of a letter.
type ResetPassword struct {
	Token    identity.Secret
	Password string
	Address  string // network address of the request
}

// ResetPassword takes the link and sets the password. The link proved the address
// too. Every session, every personal access token and the other links end, and a
// mail says which tokens; second factors stay. A password that
// is refused leaves the link as it was. It fails with ErrInvalidLink,
// ErrWeakPassword, ErrBreachedPassword, ErrTooManyAttempts and ErrBusy.
func (a *App) ResetPassword(ctx context.Context, cmd ResetPassword) error {
	// Looked at first: no work is done for who holds no link.
	t, err := a.findLink(ctx, identity.ResetPassword, cmd.Token, cmd.Address)
	if err != nil {
		return err
	}
	owner, err := a.deps.Reads.User(ctx, t.User)
	if err != nil {
		return fmt.Errorf("identityapp: whose link it is: %w", err)
	}
	hash, err := a.hashFor(ctx, cmd.Password, owner.Email, owner.Name)
	if err != nil {
		return err
	}
	now := a.deps.Clock.Now()
	tokens, err := a.deps.Reads.PersonalTokensOf(ctx, owner.ID)
	if err != nil {
		return fmt.Errorf("identityapp: tokens of %s: %w", owner.ID, err)
	}
	var id identity.UserID
	err = a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s identity.Stores) error {
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
		if err := endBegun(ctx, s, u.ID); err != nil {
			return err
		}
		if err := s.MailTokens.EndLinks(ctx, u.ID); err != nil {
			return err
		}
		if err := s.Tokens.RevokeAll(ctx, u.ID, now); err != nil {
			return err
		}
		if err := s.Audit.Append(ctx, a.entry(string(u.ID), "identity.password_reset", userResource(u.ID), cmd.Address, now)); err != nil {
			return err
		}
		return a.post(ctx, s, letter{Kind: letterPasswordReset, User: u.ID, Data: map[string]string{"tokens": namesOf(tokens, now)}})
	})
	if err != nil {
		return a.wrongLink(ctx, cmd.Address, fmt.Errorf("identityapp: reset a password: %w", err))
	}
	return a.forget(ctx, tagsOfProven(id)...)
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
