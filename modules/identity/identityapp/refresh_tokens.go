package identityapp

import (
	"context"
	"errors"
	"fmt"

	"github.com/neoforge-dev/neoforge/modules/identity"
)

// RefreshTokens redeems a refresh token for a new pair. It fails with
// ErrInvalidToken when the token is unknown, past its time or of a session that
// ended, and with ErrTokenReused when it was redeemed before: then somebody else
// holds a copy, and the whole session is revoked (RFC 9700, 4.14).
func (a *App) RefreshTokens(ctx context.Context, old identity.Secret) (TokenPair, error) {
	if old == "" {
		return TokenPair{}, identity.ErrInvalidToken
	}
	now := a.deps.Clock.Now()
	next := identity.NewSecret()
	var redeemed identity.RefreshToken
	err := a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s identity.Stores) (err error) {
		if redeemed, err = s.RefreshTokens.Redeem(ctx, old.Hash(), now); err != nil {
			return err
		}
		if err = s.RefreshTokens.Insert(ctx, refreshRow(next, redeemed.Session, now)); err != nil {
			return err
		}
		return s.Sessions.Touch(ctx, redeemed.Session, now)
	})
	if errors.Is(err, identity.ErrTokenReused) {
		return TokenPair{}, errors.Join(err, a.revokeFamily(ctx, redeemed.Session))
	}
	if err != nil {
		return TokenPair{}, fmt.Errorf("identityapp: redeem a refresh token: %w", err)
	}
	actor, err := a.actorOf(ctx, redeemed.Session)
	if errors.Is(err, identity.ErrNotSignedIn) {
		return TokenPair{}, identity.ErrInvalidToken // the new token dies with its session, unseen
	}
	if err != nil {
		return TokenPair{}, err
	}
	pair, err := a.signPair(ctx, actor.UserID, redeemed.Session, now)
	if err != nil {
		return TokenPair{}, err
	}
	pair.RefreshToken = next
	return pair, nil
}

// revokeFamily ends the session of a refresh token that was used twice. It has a
// transaction of its own: the one that found out was rolled back.
func (a *App) revokeFamily(ctx context.Context, session string) error {
	if session == "" {
		return nil
	}
	now := a.deps.Clock.Now()
	err := a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s identity.Stores) error {
		if err := s.Sessions.Revoke(ctx, session, now); err != nil {
			return err
		}
		return s.Audit.Append(ctx, a.entry(system, "identity.refresh_token_reused", sessionResource(session), "", now))
	})
	if err != nil {
		return fmt.Errorf("identityapp: revoke session %s after reuse: %w", session, err)
	}
	return a.forget(ctx, TagSession(session))
}
