package billingapp

import (
	"context"
	"fmt"

	"github.com/neoforge-dev/neoforge/modules/billing"
)

// pruneBatch bounds what one transaction deletes, so that none holds locks for long.
const pruneBatch = 500

// pruneWebhooks deletes the providers' events that were dealt with long ago. What they
// did is in the subscriptions; a provider that sends one again does so within days. One
// that still waits for something unknown goes as well: [App.WaitingWebhooks] showed it.
func (a *App) pruneWebhooks(ctx context.Context, _ []byte) error {
	if a.keepWebhooks == 0 {
		return nil
	}
	before := a.clock.Now().Add(-a.keepWebhooks)
	for deleted := pruneBatch; deleted == pruneBatch; {
		err := a.work.Do(ctx, func(ctx context.Context, s billing.Stores) (err error) {
			deleted, err = s.Webhooks.DeleteProcessed(ctx, before, pruneBatch)
			return err
		})
		if err != nil {
			return fmt.Errorf("prune webhooks: %w", err)
		}
	}
	return nil
}

// UnappliedWebhooks counts the providers' events that have no effect yet, for operators.
func (a *App) UnappliedWebhooks(ctx context.Context) (billing.UnappliedWebhooks, error) {
	return a.reads.UnappliedWebhooks(ctx)
}
