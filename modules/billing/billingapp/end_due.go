package billingapp

import (
	"context"
	"fmt"

	"github.com/neoforge-dev/neoforge/modules/billing"
)

// dueBatch is how many subscriptions end in one transaction.
const dueBatch = 100

// endDue ends the subscriptions whose paid time and grace have passed without a
// renewal.
func (a *App) endDue(ctx context.Context, _ []byte) error {
	for {
		var stale []string
		var found int
		err := a.work.Do(ctx, func(ctx context.Context, s billing.Stores) error {
			stale = nil
			now := a.clock.Now()
			due, err := s.Subscriptions.Due(ctx, now.Add(-billing.PaymentGrace), dueBatch)
			if err != nil {
				return err
			}
			found = len(due)
			for _, subscription := range due {
				account, err := s.Accounts.ByID(ctx, subscription.State().Account)
				if err != nil {
					return err
				}
				if err := a.end(ctx, s, account, subscription, billing.PeriodOver, now); err != nil {
					return err
				}
				stale = append(stale, billing.TagOrganization(account.Organization))
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("end subscriptions that are due: %w", err)
		}
		a.forget(ctx, stale...)
		if found < dueBatch {
			return nil
		}
	}
}
