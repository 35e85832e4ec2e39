package billingapp

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"github.com/neoforge-dev/neoforge/modules/billing"
	"github.com/neoforge-dev/neoforge/ports/billingport"
	"github.com/neoforge-dev/neoforge/ports/cache"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/ports/ratelimit"
)

var _ billingport.Entitlements = (*App)(nil)

const grantTTL = time.Minute

// raisedRequests are the requests of an organization with billingport.APIRequests, with all
// personal access tokens of its members together.
var raisedRequests = ratelimit.Limit{Count: 6000, Per: time.Minute}

// grant is a plan in force, as it is cached: until when is decided at each question.
type grant struct {
	Organization billing.OrganizationID
	Subscription billing.SubscriptionState
	Entitlements []billing.Entitlement
}

// Entitled implements billingport.Entitlements.
func (a *App) Entitled(ctx context.Context, organizations []identityport.OrganizationID, e billing.Entitlement) (bool, error) {
	_, ok, err := a.entitling(ctx, organizations, e)
	return ok, err
}

// RequestLimit returns how often the actor may ask the API by a plan, and the organization
// whose plan it is: everybody who asks by it counts together. Of several it is the one that
// the actor lists first. It answers false where no plan says anything.
func (a *App) RequestLimit(ctx context.Context, actor identityport.Actor) (billing.OrganizationID, ratelimit.Limit, bool, error) {
	o, ok, err := a.entitling(ctx, actor.Organizations, billingport.APIRequests)
	if err != nil || !ok {
		return "", ratelimit.Limit{}, false, err
	}
	return o, raisedRequests, true, nil
}

// EntitlementsOf returns what the actor may use through the organizations they
// belong to, in alphabetical order.
func (a *App) EntitlementsOf(ctx context.Context, actor identityport.Actor) ([]billing.Entitlement, error) {
	grants, err := a.grantsInForce(ctx, actor.Organizations)
	if err != nil {
		return nil, err
	}
	all := []billing.Entitlement{}
	for _, g := range grants {
		all = append(all, g.Entitlements...)
	}
	slices.Sort(all)
	return slices.Compact(all), nil
}

// entitling returns the first of the organizations that holds e now.
func (a *App) entitling(ctx context.Context, organizations []billing.OrganizationID, e billing.Entitlement) (billing.OrganizationID, bool, error) {
	grants, err := a.grantsInForce(ctx, organizations)
	if err != nil {
		return "", false, err
	}
	for _, o := range organizations {
		if slices.ContainsFunc(grants, func(g grant) bool { return g.Organization == o && slices.Contains(g.Entitlements, e) }) {
			return o, true, nil
		}
	}
	return "", false, nil
}

// grantsInForce returns what organizations hold now. They are looked up together: what
// somebody with many of them asks for costs no more than with one.
func (a *App) grantsInForce(ctx context.Context, organizations []billing.OrganizationID) ([]grant, error) {
	if len(organizations) == 0 {
		return nil, nil
	}
	all := slices.Compact(slices.Sorted(slices.Values(organizations)))
	key, tags := sha256.New(), []string{billing.TagPlans}
	for _, o := range all {
		key.Write([]byte(string(o) + "\n"))
		tags = append(tags, billing.TagOrganization(o))
	}
	options := cache.Options{TTL: grantTTL, Shared: true, Tags: tags}
	grants, err := cache.FetchJSON(ctx, a.cache, "billing.grants_of:"+hex.EncodeToString(key.Sum(nil)), options, func(ctx context.Context) ([]grant, error) {
		return a.grants(ctx, all)
	})
	if err != nil {
		return nil, fmt.Errorf("entitlements of %d organizations: %w", len(all), err)
	}
	now := a.clock.Now()
	return slices.DeleteFunc(grants, func(g grant) bool { return !g.Subscription.InForceAt(now) }), nil
}

func (a *App) grants(ctx context.Context, organizations []billing.OrganizationID) ([]grant, error) {
	holdings, err := a.reads.Holdings(ctx, organizations)
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
				grants = append(grants, grant{Organization: h.Organization, Subscription: h.Subscription, Entitlements: p.Entitlements})
			}
		}
	}
	return grants, nil
}
