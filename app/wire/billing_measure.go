package wire

import (
	"context"
	"strconv"

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

// salesFigures counts what is sold.
func salesFigures(app *billingapp.App) *Figures {
	return &Figures{
		Gauges: []observe.Gauge{
			{Name: "subscriptions", Help: "Subscriptions, by plan and status.", Labels: []string{"plan", "status"}},
			{Name: "revenue_monthly_minor_units", Help: "What live subscriptions bring in a month, in minor units of the currency; a year's price counts by a twelfth.", Labels: []string{"currency"}},
			{Name: "customers", Help: "Organizations that have a subscription which costs something."},
			{Name: "customers_new", Help: "Organizations that began to pay within a number of days.", Labels: []string{"days"}},
		},
		Count: func(ctx context.Context) ([]observe.Sample, error) {
			f, err := app.Figures(ctx)
			out := []observe.Sample{{Of: 2, Value: float64(f.Customers)}}
			for _, c := range f.Subscriptions {
				out = append(out, observe.Sample{Labels: []string{c.Plan, string(c.Status)}, Value: float64(c.Count)})
			}
			for currency, revenue := range f.MonthlyRevenue {
				out = append(out, observe.Sample{Of: 1, Labels: []string{string(currency)}, Value: revenue})
			}
			for days, n := range f.NewCustomers {
				out = append(out, observe.Sample{Of: 3, Labels: []string{strconv.Itoa(days)}, Value: float64(n)})
			}
			return out, err
		},
	}
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
