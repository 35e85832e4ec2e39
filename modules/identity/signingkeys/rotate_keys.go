package signingkeys

import (
	"context"
	"fmt"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/trail"
)

// ListSigningKeys lists the keys of access tokens in the order in which they follow one another, for
// the command line. No route offers it.
func (a *App) ListSigningKeys(ctx context.Context) ([]identity.SigningKey, error) {
	keys, err := a.deps.Reads.SigningKeys(ctx)
	if err != nil {
		return nil, fmt.Errorf("signingkeys: read the signing keys: %w", err)
	}
	return keys, nil
}

// RotateKeys makes the next signing key and returns it, for the command line: how
// says whether it is announced before it signs, signs at once, or replaces keys of
// which one has leaked. It fails with ErrKeyAnnounced when a key is announced
// already and another was to be announced as well.
func (a *App) RotateKeys(ctx context.Context, how identity.Succession) (identity.SigningKey, error) {
	now := a.deps.Clock.Now()
	var next identity.SigningKey
	err := a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s Stores) error {
		keys, err := s.SigningKeys.Lock(ctx)
		if err != nil {
			return err
		}
		if _, waiting := identity.AnnouncedAt(keys, now); waiting && how == identity.Announced {
			return identity.ErrKeyAnnounced
		}
		if next, err = a.deps.Tokens.NewKey(now, how.Begins(now)); err != nil {
			return err
		}
		if err := s.SigningKeys.Insert(ctx, next); err != nil {
			return err
		}
		if err := s.SigningKeys.Retire(ctx, next.ID, how.Retired(now)); err != nil {
			return err
		}
		return s.Audit.Append(ctx, a.deps.Trail.Entry(trail.System, "identity.signing_key_rotated", trail.SigningKey(next.ID), "", now))
	})
	if err != nil {
		return identity.SigningKey{}, fmt.Errorf("signingkeys: rotate the signing keys: %w", err)
	}
	a.deps.Tokens.Reload()
	return next, nil
}
