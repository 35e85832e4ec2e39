package billingapp

import (
	"context"
	"errors"
	"fmt"

	"github.com/neoforge-dev/neoforge/modules/billing"
)

// Complimentary is the provider of subscriptions that nobody pays for.
const Complimentary = "complimentary"

// atProvider reports whether a provider has to be told of a subscription's end.
func atProvider(s billing.SubscriptionState) bool {
	return s.ProviderRef != "" && s.Provider != Complimentary
}

// GrantPlan gives an organization a plan for one interval without payment. No
// route offers it.
type GrantPlan struct {
	Organization billing.OrganizationID
	PlanCode     string
	Interval     billing.Interval
	Currency     billing.Currency
}

// GrantPlan puts a plan in force in the place of the one that the organization
// has; one that is in force already stays as it is. It fails with
// billing.ErrPlanNotFound and billing.ErrPriceNotFound.
func (a *App) GrantPlan(ctx context.Context, c GrantPlan) error {
	price, plan, err := a.priceFor(ctx, c)
	if err != nil {
		return fmt.Errorf("grant plan %s: %w", c.PlanCode, err)
	}
	account, err := a.account(ctx, c.Organization)
	if err != nil {
		return fmt.Errorf("grant plan %s to %s: %w", c.PlanCode, c.Organization, err)
	}
	err = a.grant(ctx, account, plan, price)
	if errors.Is(err, billing.ErrAlreadySubscribed) || errors.Is(err, billing.ErrSubscriptionChanged) {
		err = a.grant(ctx, account, plan, price) // another was first, and may have granted the same
	}
	if err != nil {
		return fmt.Errorf("grant plan %s to %s: %w", c.PlanCode, c.Organization, err)
	}
	a.invalidate(ctx, billing.TagOrganization(c.Organization))
	return nil
}

func (a *App) grant(ctx context.Context, account billing.Account, plan billing.Plan, price billing.Price) error {
	now := a.clock.Now()
	return a.work.Do(ctx, func(ctx context.Context, s billing.Stores) error {
		live, err := liveOf(ctx, s, account)
		if err != nil || live != nil && live.State().Plan == plan.Code && live.State().InForceAt(now) {
			return err
		}
		id := a.ids.New()
		price.Money.Amount = 0 // what is charged, not what it is worth
		gift := billing.CheckoutState{Account: account.ID, Provider: Complimentary}
		return a.replace(ctx, s, account, live, plan, billing.Activate(id, id, gift, price, now), now)
	})
}

func (a *App) priceFor(ctx context.Context, c GrantPlan) (billing.Price, billing.Plan, error) {
	plans, err := a.reads.Plans(ctx)
	if err != nil {
		return billing.Price{}, billing.Plan{}, err
	}
	for _, plan := range plans {
		if plan.Code != c.PlanCode {
			continue
		}
		for _, price := range plan.Prices {
			if price.Interval == c.Interval && price.Money.Currency == c.Currency {
				return price, plan, nil
			}
		}
		return billing.Price{}, billing.Plan{}, billing.ErrPriceNotFound
	}
	return billing.Price{}, billing.Plan{}, billing.ErrPlanNotFound
}
