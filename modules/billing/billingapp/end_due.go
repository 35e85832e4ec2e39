package billingapp

import (
	"context"
	"fmt"
	"time"

	"github.com/neoforge-dev/neoforge/modules/billing"
	"github.com/neoforge-dev/neoforge/ports/audit"
	"github.com/neoforge-dev/neoforge/ports/events"
)

// dueBatch is how many subscriptions end in one transaction.
const dueBatch = 100

// endDue ends the subscriptions whose paid time and grace have passed without a
// renewal. A batch takes as many queries as one subscription, and is one transaction.
func (a *App) endDue(ctx context.Context, _ []byte) error {
	for {
		var stale []string
		err := a.work.Do(ctx, func(ctx context.Context, s billing.Stores) (err error) {
			now := a.clock.Now()
			due, err := s.Subscriptions.Due(ctx, now.Add(-billing.PaymentGrace), dueBatch)
			if err != nil || len(due) == 0 {
				return err
			}
			stale, err = a.endAll(ctx, s, due, billing.PeriodOver, now)
			return err
		})
		if err != nil {
			return fmt.Errorf("end subscriptions that are due: %w", err)
		}
		a.invalidate(ctx, stale...)
		if len(stale) < dueBatch {
			return nil
		}
	}
}

// endAll ends live subscriptions for a reason and publishes it, as [App.end] does with
// one. It returns a cache tag for each, to be invalidated after the commit.
func (a *App) endAll(ctx context.Context, s billing.Stores, all []*billing.Subscription, reason billing.Change, now time.Time) ([]string, error) {
	owners, prices := make([]string, len(all)), make([]string, len(all))
	for i, subscription := range all {
		if err := subscription.End(reason, now); err != nil {
			return nil, err
		}
		owners[i], prices[i] = subscription.State().Account, subscription.State().Price
	}
	accounts, err := s.Accounts.ByIDs(ctx, owners)
	if err != nil {
		return nil, err
	}
	plans, err := s.Plans.ByPrices(ctx, prices)
	if err != nil {
		return nil, err
	}
	tags, entries, published := make([]string, len(all)), make([]audit.Entry, len(all)), make([]events.Event, len(all))
	for i, subscription := range all {
		state := subscription.State()
		account, known := accounts[state.Account]
		if !known {
			return nil, fmt.Errorf("account of subscription %s: %w", state.ID, billing.ErrAccountNotFound)
		}
		plan, known := plans[state.Price]
		if !known {
			return nil, fmt.Errorf("price of subscription %s: %w", state.ID, billing.ErrPriceNotFound)
		}
		tags[i] = billing.TagOrganization(account.Organization)
		entries[i] = a.endedEntry(state, reason, now)
		if published[i], err = events.New(a.ids.New(), now, endedEvent(account, plan, state)); err != nil {
			return nil, err
		}
	}
	if err := s.Subscriptions.UpdateEnded(ctx, all); err != nil {
		return nil, err
	}
	if err := s.Audit.Append(ctx, entries...); err != nil {
		return nil, err
	}
	return tags, s.Events.Write(ctx, published...)
}
