package billingapp

import (
	"context"

	"github.com/neoforge-dev/neoforge/modules/billing"
	"github.com/neoforge-dev/neoforge/ports/billingport"
)

var _ billingport.Offers = (*App)(nil)

// OfferFor returns the plan that is offered to who lacks e, or nil. It implements
// billingport.Offers.
func (a *App) OfferFor(ctx context.Context, e billing.Entitlement) (*billingport.Offer, error) {
	plans, err := a.ListPlans(ctx)
	if err != nil {
		return nil, err
	}
	return billing.OfferFor(plans, e), nil
}
