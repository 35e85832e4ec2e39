package billing_test

import (
	"errors"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/billing"
)

var (
	proMonthly = billing.Price{ID: "price", Plan: "pro", Interval: billing.Monthly, Money: billing.Money{Amount: 1200, Currency: "EUR"}}
	periodEnd  = time.Date(2026, 4, 1, 12, 0, 0, 0, time.UTC)
)

func activate() *billing.Subscription {
	return billing.Activate("id", "ref", billing.CheckoutState{Account: "account", Provider: "sandbox"}, proMonthly, noon)
}

func TestSubscription_APaidCheckoutStartsASubscriptionForOneInterval(t *testing.T) {
	t.Parallel()
	want := billing.SubscriptionState{
		ID: "id", Account: "account", Plan: "pro", Price: "price", Money: proMonthly.Money,
		Provider: "sandbox", ProviderRef: "ref", Status: billing.Active,
		StartedAt: noon, PeriodEnd: periodEnd, UpdatedAt: noon, Version: 1,
	}
	if got := activate().State(); got != want {
		t.Errorf("activated: %+v, want %+v", got, want)
	}
}

func TestSubscription_ASubscriptionIsInForceUntilItsGraceIsOver(t *testing.T) {
	t.Parallel()
	s := activate().State()
	for at, want := range map[time.Time]bool{
		noon:      true,
		periodEnd: true,
		periodEnd.Add(billing.PaymentGrace - time.Microsecond): true,
		periodEnd.Add(billing.PaymentGrace):                    false,
	} {
		if got := s.InForceAt(at); got != want {
			t.Errorf("at %s: %v", at, got)
		}
	}
	s.Status = billing.PastDue
	if !s.InForceAt(noon) {
		t.Error("a payment that is late ends the plan before its time")
	}
	s.Status = billing.Ended
	if s.InForceAt(noon) {
		t.Error("an ended subscription is in force")
	}
}

func TestSubscription_ARenewalNeverTakesTimeAway(t *testing.T) {
	t.Parallel()
	s := activate()
	for _, until := range []time.Time{periodEnd.AddDate(0, 1, 0), periodEnd, noon} {
		if err := s.Renew(until, noon); err != nil {
			t.Fatal(err)
		}
	}
	if got := s.State().PeriodEnd; !got.Equal(periodEnd.AddDate(0, 1, 0)) {
		t.Errorf("paid until %s", got)
	}
}

func TestSubscription_ARenewalMakesUpForAPaymentThatFailed(t *testing.T) {
	t.Parallel()
	s := activate()
	if err := s.FailPayment(noon); err != nil {
		t.Fatal(err)
	}
	if got := s.State().Status; got != billing.PastDue || !s.Live() {
		t.Errorf("after the failure: %s", got)
	}
	if err := s.Renew(periodEnd.AddDate(0, 1, 0), noon); err != nil {
		t.Fatal(err)
	}
	if got := s.State().Status; got != billing.Active {
		t.Errorf("after the renewal: %s", got)
	}
}

func TestSubscription_ASubscriptionEndsForAReasonAndForGood(t *testing.T) {
	t.Parallel()
	for _, reason := range []billing.Change{billing.PeriodOver, billing.Replaced, billing.Cancelled} {
		for _, late := range []bool{false, true} {
			s := activate()
			if late {
				if err := s.FailPayment(noon); err != nil {
					t.Fatal(err)
				}
			}
			if err := s.End(reason, periodEnd); err != nil {
				t.Fatalf("%s: %v", reason, err)
			}
			if got := s.State(); s.Live() || got.EndedAt != periodEnd {
				t.Errorf("%s: %+v", reason, got)
			}
			for name, change := range map[string]func() error{
				"renewed": func() error { return s.Renew(periodEnd.AddDate(0, 1, 0), noon) },
				"failed":  func() error { return s.FailPayment(noon) },
				"ended":   func() error { return s.End(reason, noon) },
			} {
				before := s.State()
				if err := change(); !errors.Is(err, billing.ErrNoTransition) {
					t.Errorf("%s after %s: %v", name, reason, err)
				}
				if s.State() != before {
					t.Errorf("%s after %s changed something", name, reason)
				}
			}
		}
	}
}

func TestSubscription_OnlyAReasonToEndEndsASubscription(t *testing.T) {
	t.Parallel()
	s := activate()
	for _, reason := range []billing.Change{"", "bored", billing.Renewed, billing.PaymentFailed} {
		if err := s.End(reason, noon); !errors.Is(err, billing.ErrNoTransition) || !s.Live() {
			t.Errorf("%q: %v", reason, err)
		}
	}
}

func TestSubscription_EveryChangeCountsTheVersion(t *testing.T) {
	t.Parallel()
	s := activate()
	for _, change := range []func() error{
		func() error { return s.FailPayment(noon) },
		func() error { return s.Renew(periodEnd, noon) },
		func() error { return s.End(billing.Cancelled, noon) },
	} {
		before := s.State().Version
		if err := change(); err != nil {
			t.Fatal(err)
		}
		if got := s.State().Version; got != before+1 {
			t.Errorf("version %d after %d", got, before)
		}
	}
}
