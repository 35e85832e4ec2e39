package signin

import (
	"context"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/factors"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/mails"
)

// missingFactor returns what requires a second factor of somebody without one. The
// installation's requirement begins, for each person, when they are first met under
// it, with a mail; it is forgotten when it no longer applies to them.
func (a *App) missingFactor(ctx context.Context, u identity.User, members []identity.Membership) (identity.MissingFactor, error) {
	m := identity.MissingFactor{Organizations: map[identity.OrganizationID]time.Time{}}
	held, err := a.deps.Roles.PermissionsOf(ctx, u.Role)
	if err != nil {
		return m, err
	}
	applies := a.deps.SecondFactor.AppliesTo(held)
	if !applies && !u.FactorRequiredSince.IsZero() {
		a.noteRequirement(ctx, u.ID, time.Time{})
	}
	for _, at := range members {
		if !at.FactorRequiredSince.IsZero() {
			m.Organizations[at.Organization] = at.FactorRequiredSince
		}
	}
	if !applies && len(m.Organizations) == 0 {
		return identity.MissingFactor{}, nil
	}
	has, err := factors.Has(ctx, a.deps.Reads, u.ID)
	if err != nil || has {
		return identity.MissingFactor{}, err
	}
	if applies {
		m.Installation = u.FactorRequiredSince
		if m.Installation.IsZero() {
			m.Installation = a.deps.Clock.Now()
			a.noteRequirement(ctx, u.ID, m.Installation)
		}
	}
	return m, nil
}

// noteRequirement keeps since when the installation requires a second factor of
// somebody. A note that fails refuses nobody: the next request tries again.
func (a *App) noteRequirement(ctx context.Context, id identity.UserID, since time.Time) {
	_ = a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s Stores) error {
		first, err := s.Users.RequireFactor(ctx, id, since)
		if err != nil || !first || since.IsZero() {
			return err
		}
		return mails.Post(ctx, s.Jobs, mails.NeedFactor(id, a.deps.SiteName, since.Add(a.deps.SecondFactor.Grace)))
	})
}
