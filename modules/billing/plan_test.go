package billing_test

import (
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/billing"
	"github.com/neoforge-dev/neoforge/ports/billingport"
)

func day(year int, month time.Month, d int) time.Time {
	return time.Date(year, month, d, 15, 30, 0, 0, time.UTC)
}

func TestPlan_AnIntervalEndsOnTheSameDayOrTheLastOne(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		interval   billing.Interval
		from, want time.Time
	}{
		{billing.Monthly, day(2026, 3, 1), day(2026, 4, 1)},
		{billing.Monthly, day(2026, 1, 31), day(2026, 2, 28)},
		{billing.Monthly, day(2028, 1, 31), day(2028, 2, 29)},
		{billing.Monthly, day(2026, 1, 30), day(2026, 2, 28)},
		{billing.Monthly, day(2026, 3, 31), day(2026, 4, 30)},
		{billing.Monthly, day(2026, 12, 31), day(2027, 1, 31)},
		{billing.Yearly, day(2026, 3, 1), day(2027, 3, 1)},
		{billing.Yearly, day(2028, 2, 29), day(2029, 2, 28)},
	} {
		if got := c.interval.After(c.from); !got.Equal(c.want) {
			t.Errorf("a %s after %s ends %s, want %s", c.interval, c.from, got, c.want)
		}
	}
}

func TestOfferFor_IsTheFirstPlanThatIncludesItAndIsPaidByTheMonth(t *testing.T) {
	t.Parallel()
	monthly := func(amount int64) billing.Price {
		return billing.Price{Interval: billing.Monthly, Money: billing.Money{Amount: amount, Currency: "EUR"}}
	}
	yearly := billing.Price{Interval: billing.Yearly, Money: billing.Money{Amount: 5_000, Currency: "EUR"}}
	paid := []billing.Entitlement{billingport.ContentPaid}
	plans := []billing.Plan{
		{Name: "Member", Prices: []billing.Price{monthly(400)}},
		{Name: "Free", Entitlements: paid, Prices: []billing.Price{monthly(0)}},
		{Name: "Club", Entitlements: paid, Prices: []billing.Price{yearly}},
		{Name: "Pro", Entitlements: paid, Prices: []billing.Price{yearly, monthly(1_200)}},
		{Name: "Team", Entitlements: paid, Prices: []billing.Price{monthly(2_400)}},
	}
	if have := billing.OfferFor(plans, billingport.ContentPaid); have == nil || *have != (billingport.Offer{PlanName: "Pro", Amount: 1_200, Currency: "EUR"}) {
		t.Errorf("have %+v", have)
	}
	if have := billing.OfferFor(plans[:3], billingport.ContentPaid); have != nil {
		t.Errorf("nothing is sold that includes it, have %+v", have)
	}
}

func TestPlan_APlanIncludesWhatItLists(t *testing.T) {
	t.Parallel()
	pro := billing.Plan{Entitlements: []billing.Entitlement{billingport.ContentPaid}}
	if !pro.Includes(billingport.ContentPaid) || pro.Includes("content.other") || (billing.Plan{}).Includes(billingport.ContentPaid) {
		t.Error("a plan includes something else")
	}
}
