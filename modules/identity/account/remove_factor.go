package account

import (
	"context"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/cached"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/factors"
)

// factorRequired reports whether anything requires a second factor of somebody.
func (a *App) factorRequired(ctx context.Context, id identity.UserID) (bool, error) {
	u, err := a.deps.Reads.User(ctx, id)
	if err != nil {
		return false, err
	}
	held, err := a.deps.Roles.PermissionsOf(ctx, u.Role)
	if err != nil || a.deps.SecondFactor.AppliesTo(held) {
		return err == nil, err
	}
	members, err := a.deps.Reads.MembershipsOf(ctx, id)
	if err != nil {
		return false, err
	}
	for _, at := range members {
		if !at.FactorRequiredSince.IsZero() {
			return true, nil
		}
	}
	return false, nil
}

// removeFactor takes a second factor from somebody, unless it is the last one of who
// needs one: ErrLastSecondFactor. Of two who take a different factor at the same moment
// the later one waits for the other, and sees what is left.
func (a *App) removeFactor(ctx context.Context, id identity.UserID, now time.Time, remove func(ctx context.Context, s Stores) error) error {
	required, err := a.factorRequired(ctx, id)
	if err != nil {
		return err
	}
	err = a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s Stores) error {
		u, err := s.Users.Lock(ctx, id)
		if err != nil {
			return err
		}
		before, err := factors.Of(ctx, s.factors(), id)
		if err != nil {
			return err
		}
		if err := remove(ctx, s); err != nil {
			return err
		}
		after, err := factors.Of(ctx, s.factors(), id)
		if err != nil {
			return err
		}
		if required && before.Any() && !after.Any() {
			return identity.ErrLastSecondFactor
		}
		u.UpdatedAt = now
		return s.Users.Update(ctx, u)
	})
	if err != nil {
		return err
	}
	cached.Invalidate(ctx, a.deps.Cache, identity.TagUser(id))
	return nil
}
