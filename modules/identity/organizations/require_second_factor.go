package organizations

import (
	"context"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/factors"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/throttle"
	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/ports/ratelimit"
)

// requireFactorLimit bounds how often an organization begins to require a second factor:
// each time its members get a mail, and another grace period.
var requireFactorLimit = ratelimit.Limit{Count: 3, Per: 24 * time.Hour}

// RequireSecondFactor has an organization require a second factor of its members, or
// no longer; whoever has none gets a mail, by a job that walks the members. It needs
// identity.PermissionUpdateOrganization. It fails with ErrNotRecent,
// ErrPersonalOrganization, ErrFactorTooOften (with RetryAfter) and ErrBusy, and with
// ErrOwnFactorFirst for an actor who has none themselves. To end the requirement is not
// limited.
func (a *App) RequireSecondFactor(ctx context.Context, actor identity.Actor, id identity.OrganizationID, required bool) error {
	view, err := a.openFor(ctx, actor, id, identity.PermissionUpdateOrganization)
	if err != nil {
		return err
	}
	if err := identity.CheckRecent(actor, a.deps.Clock.Now()); err != nil {
		return err
	}
	if required == !view.Organization.FactorRequiredSince.IsZero() && !view.Organization.Personal {
		return nil // as it is already: the grace period does not begin anew
	}
	action := "identity.organization_second_factor_optional"
	var beginning throttle.Attempt
	if required {
		action = "identity.organization_second_factor_required"
		beginning = throttle.One("identity.require_factor:"+string(id), requireFactorLimit)
	}
	if _, err := a.deps.Limits.CountAll(ctx, beginning...); err != nil {
		if f := fault.As(err); f != nil && f.RetryAfter > 0 {
			return identity.ErrFactorTooOften.WithRetryAfter(f.RetryAfter)
		}
		return err
	}
	err = a.changeOrganization(ctx, actor, id, identity.PermissionUpdateOrganization, action,
		func(ctx context.Context, s Stores, at memberAccess, now time.Time) ([]identity.UserID, error) {
			if err := at.organization.MayShare(); err != nil {
				return nil, err
			}
			members, err := s.Organizations.Members(ctx, id)
			if err != nil {
				return nil, err
			}
			at.organization.FactorRequiredSince, at.organization.UpdatedAt = time.Time{}, now
			if required {
				own, err := factors.Of(ctx, s.factors(), actor.UserID)
				if err != nil {
					return nil, err
				}
				if !own.Any() {
					return nil, identity.ErrOwnFactorFirst
				}
				at.organization.FactorRequiredSince = now.UTC().Truncate(time.Microsecond) // as databases keep it
				if err := queueFactorMails(ctx, s, factorMails{Organization: id, Since: at.organization.FactorRequiredSince}); err != nil {
					return nil, err
				}
			}
			return members, s.Organizations.Update(ctx, at.organization)
		})
	if err != nil {
		a.deps.Limits.GiveBack(ctx, beginning) // nobody is written to
	}
	return err
}
