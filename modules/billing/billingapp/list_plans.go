package billingapp

import (
	"context"
	"time"

	"github.com/neoforge-dev/neoforge/modules/billing"
	"github.com/neoforge-dev/neoforge/ports/cache"
)

const plansTTL = 5 * time.Minute

// ListPlans returns what is sold, by position, with the prices that one can buy at.
func (a *App) ListPlans(ctx context.Context) ([]billing.Plan, error) {
	options := cache.Options{TTL: plansTTL, Tags: []string{billing.TagPlans}}
	return cache.FetchJSON(ctx, a.cache, "billing.plans", options, a.reads.Plans)
}
