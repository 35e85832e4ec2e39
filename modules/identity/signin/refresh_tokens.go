package signin

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/cached"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/trail"
)

// RefreshTokens redeems a refresh token for a new pair. It fails with
// ErrInvalidToken when the token is unknown, past its time or of a session that
// ended, and with ErrTokenReused when it was redeemed before: then somebody else
// holds a copy, and the whole session is revoked (RFC 9700, 4.14). There is no
// grace for a client that lost the answer and asks again: it cannot be told from
// somebody with a copy, so it signs in anew. Of many at once exactly one gets a
// pair, which dies with the family.
func (a *App) RefreshTokens(ctx context.Context, old identity.Secret) (TokenPair, error) {
	if old == "" {
		return TokenPair{}, identity.ErrInvalidToken
	}
	// Looked at first: a token that somebody made up takes no transaction.
	if _, err := a.deps.Reads.RefreshToken(ctx, old.Hash()); err != nil {
		return TokenPair{}, fmt.Errorf("signin: look for a refresh token: %w", err)
	}
	now := a.deps.Clock.Now()
	next := identity.NewSecret()
	var redeemed identity.RefreshToken
	var user identity.UserID
	err := a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s Stores) (err error) {
		if redeemed, err = s.RefreshTokens.Redeem(ctx, old.Hash(), now); err != nil {
			return err
		}
		if user, err = a.mayRefresh(ctx, s, redeemed.Session, now); err != nil {
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
		return TokenPair{}, fmt.Errorf("signin: redeem a refresh token: %w", err)
	}
	pair, err := a.signPair(ctx, user, redeemed.Session, now)
	if err != nil {
		return TokenPair{}, err
	}
	pair.RefreshToken = next
	return pair, nil
}

// mayRefresh returns whose session it is; ErrInvalidToken unless it is live and its
// person may sign in. It is asked in the transaction of the redemption, so that of
// many who redeem a token at once one gets a pair, whatever the others cause.
func (a *App) mayRefresh(ctx context.Context, s Stores, session string, now time.Time) (identity.UserID, error) {
	v, err := s.Sessions.ByID(ctx, session)
	if errors.Is(err, identity.ErrSessionNotFound) || err == nil && !v.ActiveAt(now) {
		return "", identity.ErrInvalidToken
	}
	if err != nil {
		return "", err
	}
	u, err := s.Users.ByID(ctx, v.User)
	if errors.Is(err, identity.ErrUserNotFound) || err == nil && u.MaySignIn() != nil {
		return "", identity.ErrInvalidToken
	}
	return v.User, err
}

// revokeFamily ends the session of a refresh token that was used twice, once: whoever
// goes on to bring the token leaves nothing more. It has a transaction of its own: the
// one that found out was rolled back.
func (a *App) revokeFamily(ctx context.Context, session string) error {
	if session == "" {
		return nil
	}
	now := a.deps.Clock.Now()
	err := a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s Stores) error {
		if v, err := s.Sessions.ByID(ctx, session); err != nil || !v.RevokedAt.IsZero() {
			return err
		}
		if err := s.Sessions.Revoke(ctx, session, now); err != nil {
			return err
		}
		return s.Audit.Append(ctx, a.deps.Trail.Entry(trail.System, "identity.refresh_token_reused", trail.Session(session), "", now))
	})
	if err != nil {
		return fmt.Errorf("signin: revoke session %s after reuse: %w", session, err)
	}
	cached.Invalidate(ctx, a.deps.Cache, identity.TagSession(session))
	return nil
}
