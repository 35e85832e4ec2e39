package billingapp

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/neoforge-dev/neoforge/modules/billing"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// Overview is what an organization has bought. Plan, Subscription and Price are
// nil when no plan is in force. Price has no Interval when it is no longer sold.
type Overview struct {
	Organization   billing.OrganizationID
	Plan           *billing.Plan
	Subscription   *billing.SubscriptionState
	Price          *billing.Price
	LatestCheckout *billing.CheckoutState // nil: nothing was ever tried
	Refunds        []billing.Refund       // that give money back, newest first
}

// Overview returns what an organization has bought; empty: the actor's own. It
// fails with billing.ErrAccountNotFound for an organization that is not the
// actor's.
func (a *App) Overview(ctx context.Context, actor identityport.Actor, org billing.OrganizationID) (Overview, error) {
	organization, err := organizationOf(actor, org)
	if err != nil {
		return Overview{}, err
	}
	o := Overview{Organization: organization}
	account, err := a.reads.Account(ctx, organization)
	if errors.Is(err, billing.ErrAccountNotFound) {
		return o, nil
	}
	if err != nil {
		return Overview{}, fmt.Errorf("overview of %s: %w", organization, err)
	}
	checkout, found, err := a.reads.LatestCheckout(ctx, account.ID)
	if err != nil {
		return Overview{}, fmt.Errorf("overview of %s: %w", organization, err)
	}
	if found {
		o.LatestCheckout = &checkout
	}
	if o.Refunds, err = a.reads.RefundsOf(ctx, account.ID); err != nil {
		return Overview{}, fmt.Errorf("overview of %s: %w", organization, err)
	}
	holdings, err := a.reads.Holdings(ctx, []billing.OrganizationID{organization})
	if err != nil {
		return Overview{}, fmt.Errorf("overview of %s: %w", organization, err)
	}
	now := a.clock.Now()
	for _, h := range holdings {
		if h.Subscription.InForceAt(now) {
			o.Subscription = &h.Subscription
		}
	}
	if o.Subscription == nil {
		return o, nil
	}
	o.Price = &billing.Price{ID: o.Subscription.Price, Plan: o.Subscription.Plan, Money: o.Subscription.Money, Retired: true}
	plans, err := a.ListPlans(ctx)
	if err != nil {
		return Overview{}, fmt.Errorf("overview of %s: %w", organization, err)
	}
	i := slices.IndexFunc(plans, func(p billing.Plan) bool { return p.Code == o.Subscription.Plan })
	if i < 0 {
		return o, nil
	}
	o.Plan = &plans[i]
	for _, p := range plans[i].Prices {
		if p.ID == o.Subscription.Price {
			o.Price.Interval, o.Price.Retired = p.Interval, p.Retired
		}
	}
	return o, nil
}

// Checkout returns a checkout of an organization of the actor's. It fails with
// billing.ErrCheckoutNotFound, also for one that is somebody else's.
func (a *App) Checkout(ctx context.Context, actor identityport.Actor, id string) (billing.CheckoutState, error) {
	c, err := a.reads.CheckoutByID(ctx, id)
	if err != nil {
		return billing.CheckoutState{}, err
	}
	o, err := a.reads.OrganizationOf(ctx, c.Account)
	if errors.Is(err, billing.ErrAccountNotFound) || err == nil && !actor.MemberOf(o) {
		return billing.CheckoutState{}, billing.ErrCheckoutNotFound
	}
	return c, err
}
