package billingapp

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/neoforge-dev/neoforge/modules/billing"
	"github.com/neoforge-dev/neoforge/ports/billingport"
	"github.com/neoforge-dev/neoforge/ports/cache"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

var _ billingport.Entitlements = (*App)(nil)

const grantTTL = time.Minute

// grant is a plan in force, as it is cached: until when is decided at each question.
type grant struct {
	Subscription billing.SubscriptionState
	Entitlements []billing.Entitlement
}

// Entitled implements billingport.Entitlements.
func (a *App) Entitled(ctx context.Context, organizations []identityport.OrganizationID, e billing.Entitlement) (bool, error) {
	for _, o := range organizations {
		held, err := a.entitlementsOf(ctx, o)
		if err != nil {
			return false, err
		}
		if slices.Contains(held, e) {
			return true, nil
		}
	}
	return false, nil
}

// EntitlementsOf returns what the actor may use through the organizations they
// belong to, in alphabetical order.
func (a *App) EntitlementsOf(ctx context.Context, actor identityport.Actor) ([]billing.Entitlement, error) {
	all := []billing.Entitlement{}
	for _, o := range actor.Organizations {
		held, err := a.entitlementsOf(ctx, o)
		if err != nil {
			return nil, err
		}
		all = append(all, held...)
	}
	slices.Sort(all)
	return slices.Compact(all), nil
}

// entitlementsOf returns what an organization is entitled to now.
func (a *App) entitlementsOf(ctx context.Context, o billing.OrganizationID) ([]billing.Entitlement, error) {
	options := cache.Options{TTL: grantTTL, Shared: true, Tags: []string{billing.TagOrganization(o), billing.TagPlans}}
	grants, err := cache.FetchJSON(ctx, a.cache, "billing.grants:"+string(o), options, func(ctx context.Context) ([]grant, error) {
		return a.grants(ctx, o)
	})
	if err != nil {
		return nil, fmt.Errorf("entitlements of organization %s: %w", o, err)
	}
	now := a.clock.Now()
	var held []billing.Entitlement
	for _, g := range grants {
		if g.Subscription.InForceAt(now) {
			held = append(held, g.Entitlements...)
		}
	}
	return held, nil
}

func (a *App) grants(ctx context.Context, o billing.OrganizationID) ([]grant, error) {
	holdings, err := a.reads.Holdings(ctx, []billing.OrganizationID{o})
	if err != nil || len(holdings) == 0 {
		return nil, err
	}
	plans, err := a.reads.Plans(ctx)
	if err != nil {
		return nil, err
	}
	var grants []grant
	for _, h := range holdings {
		for _, p := range plans {
			if p.Code == h.Subscription.Plan {
				grants = append(grants, grant{Subscription: h.Subscription, Entitlements: p.Entitlements})
			}
		}
	}
	return grants, nil
}
