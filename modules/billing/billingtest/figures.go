package billingtest

import (
	"context"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/billing"
	"github.com/neoforge-dev/neoforge/ports/idgen/idgentest"
	"github.com/neoforge-dev/neoforge/ports/storetest"
)

var figureCases = map[string]func(t *testing.T, h Harness){
	"where nothing is sold there is nothing to count": func(t *testing.T, h Harness) {
		have, err := h.Reads.Figures(t.Context(), Now)
		if err != nil {
			t.Fatal(err)
		}
		storetest.Equal(t, have, billing.Figures{MonthlyRevenue: map[billing.Currency]float64{}, NewCustomers: map[int]int{1: 0, 7: 0, 30: 0}})
	},
	"subscriptions are counted, and what they bring in a month": func(t *testing.T, h Harness) {
		plan := Plan("pro")
		h.do(t, func(ctx context.Context, s billing.Stores) error { return s.Plans.Put(ctx, plan) })
		monthly, yearly := plan.Prices[0], plan.Prices[1]
		begin := func(account billing.Account, price billing.Price, ago time.Duration) *billing.Subscription {
			t.Helper()
			sub := billing.Activate(idgentest.New(), "sub_"+idgentest.New(), Checkout(account.ID, "").State(), price, Now.Add(-ago))
			h.do(t, func(ctx context.Context, s billing.Stores) error { return s.Subscriptions.Insert(ctx, sub) })
			return billing.RestoreSubscription(sub.State())
		}
		const day = 24 * time.Hour
		gift := monthly
		gift.Money.Amount = 0
		begin(h.account(t), gift, time.Hour) // brings nothing, and is nobody's who pays
		begin(h.account(t), monthly, time.Hour)
		begin(h.account(t), yearly, 3*day)
		late := begin(h.account(t), monthly, 40*day)
		h.change(t, late, func() error { return late.FailPayment(Now) })
		back := h.account(t) // paid long ago, and again since yesterday
		left := begin(back, monthly, 60*day)
		h.change(t, left, func() error { return left.End(billing.PeriodOver, Now.Add(-30*day)) })
		begin(back, monthly, time.Hour)
		have, err := h.Reads.Figures(t.Context(), Now)
		if err != nil {
			t.Fatal(err)
		}
		storetest.Equal(t, have, billing.Figures{
			Subscriptions: []billing.SubscriptionCount{
				{Plan: "pro", Status: billing.Active, Count: 4}, {Plan: "pro", Status: billing.Ended, Count: 1}, {Plan: "pro", Status: billing.PastDue, Count: 1},
			},
			MonthlyRevenue: map[billing.Currency]float64{"EUR": 3*float64(monthly.Money.Amount) + float64(yearly.Money.Amount)/12},
			Customers:      4, NewCustomers: map[int]int{1: 1, 7: 2, 30: 2},
		})
	},
}
