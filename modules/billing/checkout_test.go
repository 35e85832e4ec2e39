package billing_test

import (
	"errors"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/billing"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func newCheckout() *billing.Checkout {
	return billing.NewCheckout(billing.CheckoutState{ID: "id", Account: "account", Price: "price", Provider: "sandbox", Holder: "one"}, noon)
}

func TestCheckout_ACheckoutWaitsForTheProviderAndThenForTheCustomer(t *testing.T) {
	t.Parallel()
	c := newCheckout()
	if s := c.State(); s.Status != billing.Opening || s.Version != 1 || s.CreatedAt != noon {
		t.Errorf("new: %+v", s)
	}
	c.Offer("one", "ref", "https://provider.test/pay", noon.Add(time.Second))
	if s := c.State(); s.Status != billing.Pending || s.URL == "" || s.ProviderRef != "ref" || s.Version != 2 || s.UpdatedAt.Equal(noon) {
		t.Errorf("offered: %+v", s)
	}
}

func TestCheckout_ACustomerWhoPaysBeforeThePageIsNotedHasPaid(t *testing.T) {
	t.Parallel()
	c := newCheckout()
	c.Settle(billing.Completed, noon)
	c.Offer("one", "ref", "https://provider.test/pay", noon)
	if s := c.State(); s.Status != billing.Completed || s.URL == "" {
		t.Errorf("offered after it was paid: %+v", s)
	}
}

func TestCheckout_PaymentWinsOverWhateverElseIsHeard(t *testing.T) {
	t.Parallel()
	const (
		paid      = billing.Completed
		declined  = billing.Declined
		abandoned = billing.Abandoned
	)
	for _, heard := range [][]billing.CheckoutStatus{
		{paid}, {declined, paid}, {paid, declined}, {abandoned, paid}, {paid, abandoned}, {paid, paid},
		{declined, abandoned, paid}, {declined, paid, declined, abandoned},
	} {
		c := newCheckout()
		completions := 0
		for _, outcome := range heard {
			if c.Settle(outcome, noon) && outcome == paid {
				completions++
			}
		}
		if c.State().Status != paid || completions != 1 {
			t.Errorf("%v: %s, completed %d times", heard, c.State().Status, completions)
		}
	}
	c := newCheckout()
	if !c.Settle(declined, noon) || c.Settle(declined, noon) || !c.Settle(abandoned, noon) {
		t.Error("an outcome counts when it is another one, and not when it is the same")
	}
}

func TestCheckoutSettle_EndsTheSameInEveryOrder(t *testing.T) {
	t.Parallel()
	for _, order := range [][]billing.CheckoutStatus{
		{billing.Declined, billing.Abandoned, billing.Expired}, {billing.Expired, billing.Declined, billing.Abandoned},
		{billing.Abandoned, billing.Expired, billing.Declined}, {billing.Abandoned, billing.Declined, billing.Expired},
	} {
		c := newCheckout()
		for _, outcome := range order {
			c.Settle(outcome, noon)
		}
		if s := c.State(); s.Status != billing.Expired || s.Open() {
			t.Errorf("%v: %s", order, s.Status)
		}
	}
}

func TestCheckoutTakeOver_WaitsForTheLeaseOfAHolderWhoMayLive(t *testing.T) {
	t.Parallel()
	c := newCheckout()
	if err := c.TakeOver("two", false, noon.Add(billing.OpeningLease-time.Second)); !errors.Is(err, billing.ErrKeyInFlight) {
		t.Errorf("too early: %v", err)
	}
	later := noon.Add(billing.OpeningLease)
	if err := c.TakeOver("two", false, later); err != nil {
		t.Errorf("in time: %v", err)
	}
	if err := c.TakeOver("three", false, later.Add(time.Second)); !errors.Is(err, billing.ErrKeyInFlight) {
		t.Errorf("a second time: %v", err)
	}
	if c.Offer("one", "stale", "stale", later) || c.Release("one", later) {
		t.Error("the holder that lost the checkout wrote over the one that has it")
	}
	if !c.Offer("two", "ref", "url", later) {
		t.Error("the holder could not write")
	}
	if err := c.TakeOver("three", true, later.Add(time.Hour)); !errors.Is(err, billing.ErrKeyInFlight) {
		t.Errorf("although the page is open: %v", err)
	}
}

func TestCheckoutTakeOver_IsAtOnceWhenTheHolderIsLost(t *testing.T) {
	t.Parallel()
	c := newCheckout()
	if err := c.TakeOver("two", true, noon); err != nil {
		t.Errorf("lost: %v", err)
	}
	if !c.Release("two", noon) {
		t.Error("the holder could not give it back")
	}
	if err := c.TakeOver("three", false, noon); err != nil {
		t.Errorf("given back: %v", err)
	}
	settled := newCheckout()
	settled.Settle(billing.Completed, noon)
	version := settled.State().Version
	if settled.Release("one", noon) || settled.State().Version != version {
		t.Error("what is settled was given back")
	}
}
