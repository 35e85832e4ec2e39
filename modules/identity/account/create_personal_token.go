package account

import (
	"context"
	"fmt"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/access"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/mails"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/trail"
)

// CreatePersonalToken asks for an access token for a program. Days is how long it
// lasts: one of identity.PersonalTokenTTLs.
type CreatePersonalToken struct {
	Name   string
	Scopes []identity.Scope
	Days   int
}

// CreatePersonalToken makes a token of the actor and returns it with its secret,
// which nobody can read again. It needs the person themselves, who proved so
// lately: ErrNotSignedIn, ErrNeedsPerson, ErrNotRecent. It also fails with
// ErrInvalidTokenName, ErrInvalidScopes, ErrInvalidTokenTTL and ErrTooManyTokens.
func (a *App) CreatePersonalToken(ctx context.Context, actor identity.Actor, cmd CreatePersonalToken) (identity.PersonalToken, identity.Secret, error) {
	if err := identity.CheckPerson(actor); err != nil {
		return identity.PersonalToken{}, "", err
	}
	now := a.deps.Clock.Now()
	if !actor.RecentlyAuthenticated(now) {
		return identity.PersonalToken{}, "", identity.ErrNotRecent
	}
	secret := identity.NewPersonalSecret()
	token, err := identity.IssuePersonalToken(a.deps.IDs.New(), actor, cmd.Name, cmd.Scopes, cmd.Days, secret, now)
	if err != nil {
		return identity.PersonalToken{}, "", err
	}
	err = a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s Stores) error {
		if _, err := access.LockActor(ctx, s.Users, s.Sessions, actor, now); err != nil {
			return err
		}
		if err := s.Tokens.Insert(ctx, token, now, identity.MaxPersonalTokens); err != nil {
			return err
		}
		err := mails.Post(ctx, s.Jobs, mails.Mail{Kind: mails.TokenCreated, User: actor.UserID, Data: map[string]string{"token": token.Name}})
		if err != nil {
			return err
		}
		return s.Audit.Append(ctx, a.deps.Trail.Entry(string(actor.UserID), "identity.token_created", trail.Token(token.ID), actor.IP, now))
	})
	if err != nil {
		return identity.PersonalToken{}, "", fmt.Errorf("account: create an access token of %s: %w", actor.UserID, err)
	}
	return token, secret, nil
}

// PersonalTokens lists the actor's tokens, the latest first: those that are good,
// and those whose time is over. ErrNotSignedIn for a visitor.
func (a *App) PersonalTokens(ctx context.Context, actor identity.Actor) ([]identity.PersonalToken, error) {
	if !actor.SignedIn() {
		return nil, identity.ErrNotSignedIn
	}
	all, err := a.deps.Reads.PersonalTokensOf(ctx, actor.UserID)
	if err != nil {
		return nil, fmt.Errorf("account: access tokens of %s: %w", actor.UserID, err)
	}
	return all, nil
}
