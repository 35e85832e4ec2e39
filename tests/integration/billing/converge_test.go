package billing_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/billing"
	"github.com/neoforge-dev/neoforge/ports/jobs"
)

// orders calls do with every order of 0 to n-1.
func orders(n int, do func(order []int)) {
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	var walk func(k int)
	walk = func(k int) {
		if k == n {
			do(order)
			return
		}
		for i := k; i < n; i++ {
			order[k], order[i] = order[i], order[k]
			walk(k + 1)
			order[k], order[i] = order[i], order[k]
		}
	}
	walk(0)
}

// webhooksConverge applies up to six events in every order, some of them twice. The
// process is killed in turn before a job's transaction, at its end, and right after
// its commit. Whatever happens, the same subscription is left.
func webhooksConverge(t *testing.T, b *testApp) {
	killed := errors.New("killed")
	at := func(d time.Duration) time.Time { return b.clock.Now().Add(d) }
	day := 24 * time.Hour
	sets := map[string][]billing.GatewayEvent{
		"recovered":   {{Kind: billing.CheckoutPaid}, {Kind: billing.SubscriptionUnpaid, OccurredAt: at(day)}, {Kind: billing.SubscriptionRenewed, OccurredAt: at(2 * day), PeriodEnd: at(60 * day)}},
		"late":        {{Kind: billing.CheckoutPaid}, {Kind: billing.SubscriptionRenewed, OccurredAt: at(day), PeriodEnd: at(60 * day)}, {Kind: billing.SubscriptionUnpaid, OccurredAt: at(2 * day)}},
		"one second":  {{Kind: billing.CheckoutPaid}, {Kind: billing.SubscriptionRenewed, PeriodEnd: at(60 * day)}, {Kind: billing.SubscriptionUnpaid}},
		"cancelled":   {{Kind: billing.CheckoutPaid}, {Kind: billing.SubscriptionRenewed, OccurredAt: at(day), PeriodEnd: at(60 * day)}, {Kind: billing.SubscriptionCanceled, OccurredAt: at(2 * day)}, {Kind: billing.CheckoutDeclined}},
		"six of them": {{Kind: billing.CheckoutDeclined}, {Kind: billing.CheckoutPaid}, {Kind: billing.SubscriptionUnpaid, OccurredAt: at(day)}, {Kind: billing.SubscriptionRenewed, OccurredAt: at(2 * day), PeriodEnd: at(60 * day)}, {Kind: billing.PaymentRefunded, OccurredAt: at(3 * day)}, {Kind: billing.SubscriptionCanceled, OccurredAt: at(4 * day)}},
	}
	want := map[string]string{"recovered": "active", "late": "past_due", "one second": "active", "cancelled": "ended", "six of them": "ended"}
	for name, set := range sets {
		n := 0
		outcome := ""
		orders(len(set), func(order []int) {
			n++
			if len(set) == 6 && testing.Short() && n%12 != 0 {
				return
			}
			cleo := b.customer(fmt.Sprintf("Cleo %s %d", name, n))
			c := b.start(t, cleo, "pro")
			for step, i := range order {
				e := set[i]
				e.ID = fmt.Sprintf("evt_%s_%d", c.ID, i)
				if strings.HasPrefix(string(e.Kind), "checkout") {
					e.Checkout = c.ID
				}
				if e.Kind != billing.CheckoutDeclined {
					e.Subscription = "sub_" + c.ID
				}
				for range 2 { // delivered twice
					if err := b.receive(t, e); err != nil {
						t.Fatal(err)
					}
				}
				for _, j := range b.ledger.Take(applyWebhook) {
					b.killOnce(t, j, (n+step)%4, killed)
					for range 2 {
						if err := b.run(t, j); err != nil {
							t.Fatalf("%s, order %v: %v", name, order, err)
						}
					}
				}
			}
			var have billing.SubscriptionState
			err := b.ledger.UnitOfWork.Do(t.Context(), func(ctx context.Context, s billing.Stores) error {
				sub, err := s.Subscriptions.ByProviderRef(ctx, "sandbox", "sub_"+c.ID)
				if err == nil {
					have = sub.State()
				}
				return err
			})
			if err != nil {
				t.Fatalf("%s, order %v: %v", name, order, err)
			}
			got := fmt.Sprintf("%s from %s to %s, ended %s for %q", have.Status, have.StartedAt, have.PeriodEnd, have.EndedAt, have.EndReason)
			if outcome == "" {
				outcome = got
			}
			if got != outcome || string(have.Status) != want[name] {
				t.Fatalf("%s, order %v: %s, want %s: %s", name, slices.Clone(order), got, want[name], outcome)
			}
		})
	}
	waiting, err := b.app.WaitingWebhooks(t.Context(), 10)
	if err != nil || len(waiting) != 0 {
		t.Errorf("left behind: %+v, %v", waiting, err)
	}
}

// killOnce runs a job and kills it: before its transaction (1), at its end, so that
// it is rolled back (2), or after its commit (3).
func (b *testApp) killOnce(t *testing.T, j jobs.Job, step int, killed error) {
	t.Helper()
	if step == 0 {
		return
	}
	kill := func(at int) error {
		if at == step {
			return killed
		}
		return nil
	}
	b.ledger.kill.Store(&kill)
	err := b.run(t, j)
	b.ledger.kill.Store(nil)
	if !errors.Is(err, killed) {
		t.Fatalf("not killed at %d: %v", step, err)
	}
}

// missedPayment has a renewal applied while the payment of its subscription is being
// written: neither sees the other, and the scheduled job brings them together.
func missedPayment(t *testing.T, b *testApp) {
	cleo := b.customer("Cleo")
	c := b.start(t, cleo, "pro")
	price := b.price(t, "pro", billing.Monthly)
	until := b.clock.Now().AddDate(0, 3, 0)
	b.hear(t, billing.GatewayEvent{ID: "evt_renewed", Kind: billing.SubscriptionRenewed, Subscription: "sub_" + c.ID, PeriodEnd: until})
	err := b.ledger.UnitOfWork.Do(t.Context(), func(ctx context.Context, s billing.Stores) error {
		return s.Subscriptions.Insert(ctx, billing.Activate(b.deps.IDs.New(), "sub_"+c.ID, c, price, b.clock.Now()))
	})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := b.run(t, jobs.Job{Kind: "billing.apply_waiting"}); err != nil {
			t.Fatal(err)
		}
	}
	if o := b.overview(t, cleo); o.Subscription == nil || !o.Subscription.PeriodEnd.Equal(until) {
		t.Errorf("in force: %+v", o.Subscription)
	}
	if waiting, err := b.app.WaitingWebhooks(t.Context(), 10); err != nil || len(waiting) != 0 {
		t.Errorf("waiting: %+v, %v", waiting, err)
	}
}
