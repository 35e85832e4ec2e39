package billingapp

import (
	"context"

	"github.com/neoforge-dev/neoforge/modules/billing"
	"github.com/neoforge-dev/neoforge/ports/billingport"
	"github.com/neoforge-dev/neoforge/ports/events"
)

// The two that make cached entitlements stale keep no record of the events they
// saw: doing it once more costs a load and changes nothing.

func (a *App) onActivatedForget(ctx context.Context, e events.Event) error {
	p, err := events.Decode[billingport.SubscriptionActivated](e)
	if err != nil {
		return err
	}
	return a.cache.Invalidate(ctx, billing.TagOrganization(p.OrganizationID))
}

func (a *App) onEndedForget(ctx context.Context, e events.Event) error {
	p, err := events.Decode[billingport.SubscriptionEnded](e)
	if err != nil {
		return err
	}
	return a.cache.Invalidate(ctx, billing.TagOrganization(p.OrganizationID))
}
