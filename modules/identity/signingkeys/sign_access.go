package signingkeys

import (
	"context"
	"errors"
	"fmt"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/trail"
)

// KeySet is the public keys of access tokens as JSON (RFC 7517). The first who
// asks makes the first key, so that there always is one to verify with.
func (a *App) KeySet(ctx context.Context) ([]byte, error) {
	set, err := a.deps.Tokens.KeySet(ctx)
	if errors.Is(err, identity.ErrNoSigningKey) {
		if err := a.makeFirstKey(ctx); err != nil {
			return nil, err
		}
		set, err = a.deps.Tokens.KeySet(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("signingkeys: key set: %w", err)
	}
	return set, nil
}

// SignAccess signs an access token, with a key made for it when there is none yet.
func (a *App) SignAccess(ctx context.Context, c identity.AccessClaims) (string, error) {
	token, err := a.deps.Tokens.Sign(ctx, c)
	if errors.Is(err, identity.ErrNoSigningKey) {
		if err := a.makeFirstKey(ctx); err != nil {
			return "", err
		}
		token, err = a.deps.Tokens.Sign(ctx, c)
	}
	if err != nil {
		return "", fmt.Errorf("signingkeys: sign an access token for %s: %w", c.User, err)
	}
	return token, nil
}

// makeFirstKey makes the key that an installation begins with, unless another
// replica was faster. It signs since a moment ago, so that a replica whose clock is
// behind may use it.
func (a *App) makeFirstKey(ctx context.Context) error {
	now := a.deps.Clock.Now()
	err := a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s Stores) error {
		keys, err := s.SigningKeys.Lock(ctx)
		if err != nil {
			return err
		}
		for _, k := range keys {
			if k.VerifiesAt(now) {
				return nil
			}
		}
		key, err := a.deps.Tokens.NewKey(now, now.Add(-identity.KeyReload))
		if err != nil {
			return err
		}
		if err := s.SigningKeys.Insert(ctx, key); err != nil {
			return err
		}
		return s.Audit.Append(ctx, a.deps.Trail.Entry(trail.System, "identity.signing_key_created", trail.SigningKey(key.ID), "", now))
	})
	if err != nil {
		return fmt.Errorf("signingkeys: make the first signing key: %w", err)
	}
	a.deps.Tokens.Reload()
	return nil
}
