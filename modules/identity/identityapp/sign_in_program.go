package identityapp

import (
	"context"
	"fmt"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
)

// SignInProgram is a program that signs in by address and password.
type SignInProgram struct {
	Email    string
	Password string
	Device   identity.Device
}

// TokenPair is what a program holds: an access token for ExpiresIn, and a refresh
// token that is good for one renewal.
type TokenPair struct {
	AccessToken  string
	ExpiresIn    time.Duration
	RefreshToken identity.Secret
}

// SignInProgram opens a program's session. It fails like SignInWithPassword.
func (a *App) SignInProgram(ctx context.Context, cmd SignInProgram) (TokenPair, error) {
	user, err := a.checkPassword(ctx, cmd.Email, cmd.Password, cmd.Device.Address)
	if err != nil {
		return TokenPair{}, err
	}
	now := a.deps.Clock.Now()
	// The session's own secret is thrown away: a program proves itself by tokens.
	session := identity.OpenSession(a.deps.IDs.New(), user.ID, identity.APISession, identity.NewSecret(), cmd.Device, now)
	pair, err := a.signPair(ctx, user.ID, session.ID, now)
	if err != nil {
		return TokenPair{}, err
	}
	err = a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s identity.Stores) error {
		if err := a.insertSession(ctx, s, session, now); err != nil {
			return err
		}
		return s.RefreshTokens.Insert(ctx, refreshRow(pair.RefreshToken, session.ID, now))
	})
	if err != nil {
		return TokenPair{}, fmt.Errorf("identityapp: sign in a program of %s: %w", user.ID, err)
	}
	return pair, nil
}

func (a *App) signPair(ctx context.Context, user identity.UserID, session string, now time.Time) (TokenPair, error) {
	access, err := a.signAccess(ctx, identity.AccessClaims{
		User: user, Session: session, ExpiresAt: now.Add(identity.AccessLife),
	})
	if err != nil {
		return TokenPair{}, err
	}
	return TokenPair{AccessToken: access, ExpiresIn: identity.AccessLife, RefreshToken: identity.NewSecret()}, nil
}

func refreshRow(t identity.Secret, session string, now time.Time) identity.RefreshToken {
	return identity.RefreshToken{
		Hash: t.Hash(), Session: session, CreatedAt: now, ExpiresAt: now.Add(identity.RefreshLife),
	}
}
