package billingapp

import (
	"context"
	"errors"
	"time"

	"github.com/neoforge-dev/neoforge/modules/billing"
	"github.com/neoforge-dev/neoforge/ports/audit"
	"github.com/neoforge-dev/neoforge/ports/billingport"
	"github.com/neoforge-dev/neoforge/ports/events"
)

// liveOf returns the account's live subscription, nil when it has none.
func liveOf(ctx context.Context, s billing.Stores, account billing.Account) (*billing.Subscription, error) {
	live, err := s.Subscriptions.LiveOf(ctx, account.ID)
	if errors.Is(err, billing.ErrSubscriptionNotFound) {
		return nil, nil
	}
	return live, err
}

// replace puts next in force in the place of live, which may be nil, and publishes it. Live is what the caller decided on: a second look might show what another
// has just put there.
func (a *App) replace(ctx context.Context, s billing.Stores, account billing.Account, live *billing.Subscription,
	plan billing.Plan, next *billing.Subscription, now time.Time,
) error {
	if live != nil {
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

// end ends a live subscription for a reason, and publishes it.
func (a *App) end(ctx context.Context, s billing.Stores, account billing.Account,
	subscription *billing.Subscription, reason billing.Change, now time.Time,
) error {
	if err := subscription.End(reason, now); err != nil {
		return err
	}
	if err := s.Subscriptions.Update(ctx, subscription); err != nil {
		return err
	}
	state := subscription.State()
	if err := s.Audit.Append(ctx, a.endedEntry(state, reason, now)); err != nil {
		return err
	}
	return a.publishEnded(ctx, s, account, state, now)
}

func (a *App) endedEntry(s billing.SubscriptionState, reason billing.Change, now time.Time) audit.Entry {
	return a.entry(system, "billing.subscription_"+string(reason), "subscription:"+s.ID, "", now)
}

func (a *App) publishEnded(ctx context.Context, s billing.Stores, account billing.Account, state billing.SubscriptionState, now time.Time) error {
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
