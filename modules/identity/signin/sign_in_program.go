package signin

import (
	"context"
	"fmt"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/access"
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

// SignInProgram opens a program's session. It fails like SignInWithPassword, and
// with [SecondFactorRequired] for somebody who has a second factor.
func (a *App) SignInProgram(ctx context.Context, cmd SignInProgram) (TokenPair, error) {
	user, err := a.deps.Passwords.Check(ctx, cmd.Email, cmd.Password, cmd.Device)
	if err != nil {
		return TokenPair{}, err
	}
	now := a.deps.Clock.Now()
	var due *SecondFactorRequired
	var opened programSession
	by := identity.SignedInBy{Method: identity.ByPassword}
	err = a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s Stores) error {
		locked, err := access.LockVerified(ctx, s.Users, user)
		if err != nil {
			return err
		}
		due, opened, err = a.admitProgram(ctx, s, locked, by, cmd.Device, now)
		return err
	})
	if err != nil {
		return TokenPair{}, fmt.Errorf("signin: sign in a program of %s: %w", user.ID, err)
	}
	if due != nil {
		return TokenPair{}, due
	}
	return a.pairOf(ctx, opened, now)
}

// admitProgram lets a program in whose person proved who they are in the way of by, or,
// when they have a second factor, says how that is proven. The transaction has locked u.
func (a *App) admitProgram(ctx context.Context, s Stores, u identity.User, by identity.SignedInBy, d identity.Device, now time.Time) (*SecondFactorRequired, programSession, error) {
	if err := u.MaySignIn(); err != nil {
		return nil, programSession{}, err
	}
	challenge, offer, err := a.deps.Factors.Challenge(ctx, s.factors(), u, by, now)
	if err != nil {
		return nil, programSession{}, err
	}
	if challenge != "" {
		return &SecondFactorRequired{Challenge: challenge, Methods: offer.Methods(), Passkey: offer.Options}, programSession{}, nil
	}
	opened, err := a.openProgram(ctx, s, u, by, d, now)
	return nil, opened, err
}

// programSession is a program's session with its first refresh token.
type programSession struct {
	user    identity.UserID
	id      string
	refresh identity.Secret
}

// openProgram opens a program's session. Its own secret is thrown away: a program
// proves itself by tokens.
func (a *App) openProgram(ctx context.Context, s Stores, u identity.User, by identity.SignedInBy, d identity.Device, now time.Time) (programSession, error) {
	if err := u.MaySignIn(); err != nil {
		return programSession{}, err
	}
	session := identity.OpenSession(a.deps.IDs.New(), u.ID, identity.APISession, identity.NewSecret(), d, now)
	session.By = by
	if err := a.insertSession(ctx, s, u, session, now); err != nil {
		return programSession{}, err
	}
	opened := programSession{user: u.ID, id: session.ID, refresh: identity.NewSecret()}
	return opened, s.RefreshTokens.Insert(ctx, refreshRow(opened.refresh, session.ID, now))
}

// pairOf signs the tokens of a session, after its commit.
func (a *App) pairOf(ctx context.Context, p programSession, now time.Time) (TokenPair, error) {
	pair, err := a.signPair(ctx, p.user, p.id, now)
	if err != nil {
		return TokenPair{}, err
	}
	pair.RefreshToken = p.refresh
	return pair, nil
}

func (a *App) signPair(ctx context.Context, user identity.UserID, session string, now time.Time) (TokenPair, error) {
	access, err := a.deps.Keys.SignAccess(ctx, identity.AccessClaims{
		User: user, Session: session, ExpiresAt: now.Add(identity.AccessTTL),
	})
	if err != nil {
		return TokenPair{}, err
	}
	return TokenPair{AccessToken: access, ExpiresIn: identity.AccessTTL, RefreshToken: identity.NewSecret()}, nil
}

func refreshRow(t identity.Secret, session string, now time.Time) identity.RefreshToken {
	return identity.RefreshToken{
		Hash: t.Hash(), Session: session, CreatedAt: now, ExpiresAt: now.Add(identity.RefreshTTL),
	}
}
