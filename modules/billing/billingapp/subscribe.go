package billingapp

import (
	"context"
	"errors"
	"time"

	"github.com/neoforge-dev/neoforge/modules/billing"
	"github.com/neoforge-dev/neoforge/ports/billingport"
	"github.com/neoforge-dev/neoforge/ports/events"
)

// replaceWith puts a new subscription in force, in the place of the one that the
// account has, if any, and tells the others.
func (a *App) replaceWith(ctx context.Context, s billing.Stores, account billing.Account, plan billing.Plan,
	next *billing.Subscription, now time.Time,
) error {
	live, err := s.Subscriptions.LiveOf(ctx, account.ID)
	switch {
	case errors.Is(err, billing.ErrSubscriptionNotFound):
	case err != nil:
		return err
	default:
		if err := a.end(ctx, s, account, live, billing.Replaced, now); err != nil {
			return err
		}
	}
	if err := s.Subscriptions.Insert(ctx, next); err != nil {
		return err
	}
	state := next.State()
	if err := s.Audit.Append(ctx, a.entry(system, "billing.subscription_activated", "subscription:"+state.ID, "", now)); err != nil {
		return err
	}
	e, err := events.New(a.ids.New(), now, activatedEvent(account, plan, state))
	if err != nil {
		return err
	}
	return s.Events.Write(ctx, e)
}

// end ends a live subscription for a reason, and tells the others.
func (a *App) end(ctx context.Context, s billing.Stores, account billing.Account,
	subscription *billing.Subscription, reason billing.Change, now time.Time,
) error {
	seen := subscription.State().Version
	if err := subscription.End(reason, now); err != nil {
		return err
	}
	if err := s.Subscriptions.Update(ctx, subscription, seen); err != nil {
		return err
	}
	state := subscription.State()
	entry := a.entry(system, "billing.subscription_"+string(reason), "subscription:"+state.ID, "", now)
	if err := s.Audit.Append(ctx, entry); err != nil {
		return err
	}
	return a.tellEnded(ctx, s, account, state, now)
}

func (a *App) tellEnded(ctx context.Context, s billing.Stores, account billing.Account, state billing.SubscriptionState, now time.Time) error {
	_, plan, err := s.Plans.Price(ctx, state.Price)
	if err != nil {
		return err
	}
	e, err := events.New(a.ids.New(), now, endedEvent(account, plan, state))
	if err != nil {
		return err
	}
	return s.Events.Write(ctx, e)
}

func activatedEvent(account billing.Account, plan billing.Plan, s billing.SubscriptionState) billingport.SubscriptionActivated {
	return billingport.SubscriptionActivated{
		SubscriptionID: s.ID, OrganizationID: account.Organization,
		PlanCode: plan.Code, PlanName: plan.Name, Entitlements: plan.Entitlements,
		Amount: s.Money.Amount, Currency: string(s.Money.Currency), PeriodEnd: s.PeriodEnd,
	}
}

func endedEvent(account billing.Account, plan billing.Plan, s billing.SubscriptionState) billingport.SubscriptionEnded {
	return billingport.SubscriptionEnded{
		SubscriptionID: s.ID, OrganizationID: account.Organization,
		PlanCode: plan.Code, Entitlements: plan.Entitlements,
	}
}
