package billingstore

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/modules/billing"
)

// Figures implements billing.FigureReads.
func (s *Store) Figures(ctx context.Context, now time.Time) (billing.Figures, error) {
	out := billing.Figures{MonthlyRevenue: map[billing.Currency]float64{}, NewCustomers: map[int]int{}}
	first := make([]string, len(billing.FigureDays))
	begins, counts := make([]any, len(first)), make([]any, len(first))
	for i, days := range billing.FigureDays {
		first[i] = "count(CASE WHEN began >= " + s.db.Placeholder(i+1) + " THEN 1 END)"
		begins[i], counts[i] = now.Add(-time.Duration(days)*24*time.Hour).UTC(), new(int)
	}
	err := errors.Join(
		s.db.Each(ctx, "SELECT plan_code, status, count(*) FROM billing_subscriptions GROUP BY plan_code, status ORDER BY plan_code, status", nil,
			func(scan func(...any) error) error {
				var c billing.SubscriptionCount
				err := scan(&c.Plan, &c.Status, &c.Count)
				out.Subscriptions = append(out.Subscriptions, c)
				return err
			}),
		s.db.Each(ctx, `SELECT s.currency, count(*), CAST(sum(CASE WHEN p."interval" = 'year' THEN s.amount / 12.0 ELSE s.amount END) AS double precision)
			FROM billing_subscriptions s JOIN billing_prices p ON p.id = s.price_id WHERE s.status <> 'ended' AND s.amount > 0 GROUP BY s.currency`, nil,
			func(scan func(...any) error) error {
				var currency billing.Currency
				var customers int
				var revenue float64
				err := scan(&currency, &customers, &revenue)
				out.MonthlyRevenue[currency] = revenue
				out.Customers += customers // an account has one live subscription
				return err
			}),
		s.db.Each(ctx, "SELECT "+strings.Join(first, ", ")+" FROM (SELECT min(started_at) AS began FROM billing_subscriptions WHERE amount > 0 GROUP BY account_id) AS customers", begins,
			func(scan func(...any) error) error { return scan(counts...) }),
	)
	for i, days := range billing.FigureDays {
		out.NewCustomers[days] = *counts[i].(*int)
	}
	return out, entstore.Failure(err, noRules, "billingstore: count subscriptions")
}
