package wire

import (
	"context"

	"github.com/neoforge-dev/neoforge/adapters/observe"
	"github.com/neoforge-dev/neoforge/modules/billing"
	"github.com/neoforge-dev/neoforge/modules/billing/billingapp"
	"github.com/neoforge-dev/neoforge/ports/billingport"
)

// countSubscriptions counts the subscriptions that begin.
func countSubscriptions(p *Platform) error {
	activated, err := p.Metrics.Counter("subscriptions_activated_total", "Subscriptions that were paid for and began.")
	if err != nil {
		return err
	}
	p.OnPublish(billingport.SubscriptionActivated{}, activated.Of())
	return nil
}

// watchWebhooks shows the payment providers' events that are not applied yet.
func watchWebhooks(m *observe.Metrics, app *billingapp.App) error {
	return m.WatchGroup([]observe.Gauge{{Name: "webhooks", Help: "Events of payment providers that are not applied: received, or waiting for what they are about.", Labels: []string{"state"}}},
		func() ([]observe.Sample, error) {
			ctx, cancel := context.WithTimeout(context.Background(), scrapeTimeout)
			defer cancel()
			counts, err := app.UnappliedWebhooks(ctx)
			if err != nil {
				return nil, err
			}
			return []observe.Sample{
				{Labels: []string{string(billing.WebhookReceived)}, Value: float64(counts.Received)},
				{Labels: []string{string(billing.WebhookWaiting)}, Value: float64(counts.Waiting)},
			}, nil
		})
}
