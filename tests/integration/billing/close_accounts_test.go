package billing_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/adapters/entstore/entstoretest"
	"github.com/neoforge-dev/neoforge/modules/billing"
	"github.com/neoforge-dev/neoforge/modules/billing/billingapp"
	"github.com/neoforge-dev/neoforge/ports/events"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/ports/idgen/idgentest"
	"github.com/neoforge-dev/neoforge/tests/harness"
	"github.com/neoforge-dev/neoforge/tests/harness/program"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

// erased is the event of somebody's erasure with whom organizations end.
func (b *testApp) erased(t *testing.T, who ...identityport.Actor) events.Event {
	t.Helper()
	p := identityport.UserErased{UserID: who[0].UserID}
	for _, w := range who {
		p.Organizations = append(p.Organizations, w.PersonalOrganization())
	}
	e, err := events.New(idgentest.New(), b.clock.Now(), p)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// TestCloseAccounts_TakesTheSameQueriesForTenAsForAHundred: half of them pay, half have
// their plan as a present.
func TestCloseAccounts_TakesTheSameQueriesForTenAsForAHundred(t *testing.T) {
	t.Parallel()
	for name, open := range fixture.Databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := open(t)
			var asked atomic.Int64
			db.Watch(func(_ context.Context, s entstore.Statement) {
				if s.InTransaction {
					asked.Add(1)
				}
			})
			b := newTestApp(t, db)
			paying := 0
			closeAccounts := func(n int) int64 {
				t.Helper()
				people := b.granted(t, n)
				for i := range n / 2 {
					people = append(people, b.customer(fmt.Sprintf("Buyer%d", i)))
					b.buy(t, people[len(people)-1], "pro")
					paying++
				}
				ended, closed := len(b.ledger.Published(endedEvent)), len(b.ledger.Did("billing.account_closed"))
				e := b.erased(t, people...)
				asked.Store(0)
				if err := fixture.Deliver(t, b.app.Subscribers(), e); err != nil {
					t.Fatal(err)
				}
				count := asked.Load()
				if have := len(b.ledger.Published(endedEvent)) - ended; have != len(people) {
					t.Errorf("of %d, %d ends were published", len(people), have)
				}
				if have := len(b.ledger.Did("billing.account_closed")) - closed; have != len(people) {
					t.Errorf("of %d, %d closed accounts were recorded", len(people), have)
				}
				for _, who := range people {
					if _, err := b.deps.Reads.Account(t.Context(), who.PersonalOrganization()); !errors.Is(err, billing.ErrAccountNotFound) || b.entitled(t, who) {
						t.Fatalf("the account of %s: %v", who.Name, err)
					}
				}
				return count
			}
			ten, hundred := closeAccounts(10), closeAccounts(100)
			if ten == 0 || ten != hundred {
				t.Errorf("10 take %d queries, 100 take %d", ten, hundred)
			}
			if owed := b.owed(t); len(owed) != paying || len(b.ledger.Queued("billing.refund")) != paying {
				t.Errorf("%d paid, and %d are to be ended at the provider", paying, len(owed))
			}
		})
	}
}

// pausing stops one transaction after it changed a checkout or a subscription, with the
// row locked.
type pausing struct {
	billing.UnitOfWork
	locked, goOn chan struct{}
	paused       atomic.Bool
}

func (p *pausing) Do(ctx context.Context, fn func(ctx context.Context, s billing.Stores) error) error {
	return p.UnitOfWork.Do(ctx, func(ctx context.Context, s billing.Stores) error {
		s.Checkouts = pausingCheckouts{s.Checkouts, p}
		s.Subscriptions = pausingSubscriptions{s.Subscriptions, p}
		return fn(ctx, s)
	})
}

func (p *pausing) pause(err error) error {
	if err == nil && p.paused.CompareAndSwap(false, true) {
		close(p.locked)
		<-p.goOn
	}
	return err
}

type pausingCheckouts struct {
	billing.Checkouts
	p *pausing
}

func (c pausingCheckouts) Update(ctx context.Context, checkout *billing.Checkout) error {
	return c.p.pause(c.Checkouts.Update(ctx, checkout))
}

type pausingSubscriptions struct {
	billing.Subscriptions
	p *pausing
}

func (s pausingSubscriptions) Update(ctx context.Context, sub *billing.Subscription) error {
	return s.p.pause(s.Subscriptions.Update(ctx, sub))
}

// TestCloseAccounts_NeverDeadlocksWithAChangeOfTheAccount has an account closed at the
// moment at which another transaction has changed what hangs on it and is about to
// add something. Each is done, one after the other.
func TestCloseAccounts_NeverDeadlocksWithAChangeOfTheAccount(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		before func(t *testing.T, b *testApp, who identityport.Actor)
		change func(t *testing.T, b *testApp, who identityport.Actor) error
		owed   int // what is to be ended at the provider afterwards
	}{
		"a payment is applied": {
			before: func(t *testing.T, b *testApp, who identityport.Actor) {
				if err := b.receive(t, paid(b.start(t, who, "pro"))); err != nil {
					t.Fatal(err)
				}
			},
			change: func(t *testing.T, b *testApp, _ identityport.Actor) error { return b.work(t, applyWebhook) },
			owed:   1,
		},
		"another checkout is begun": {
			before: func(t *testing.T, b *testApp, who identityport.Actor) { b.start(t, who, "member") },
			change: func(t *testing.T, b *testApp, who identityport.Actor) error {
				price := b.price(t, "pro", billing.Monthly).ID
				_, err := b.app.StartCheckout(t.Context(), who, billingapp.StartCheckout{PriceID: price})
				if errors.Is(err, billing.ErrCheckoutNotFound) { // the account was closed before the provider's page was kept
					return nil
				}
				return err
			},
		},
		"a plan is granted in the place of another": {
			before: func(t *testing.T, b *testApp, who identityport.Actor) {
				g := billingapp.GrantPlan{Organization: who.PersonalOrganization(), PlanCode: "member", Interval: billing.Monthly, Currency: "EUR"}
				if err := b.app.GrantPlan(t.Context(), g); err != nil {
					t.Fatal(err)
				}
			},
			change: func(t *testing.T, b *testApp, who identityport.Actor) error {
				return b.app.GrantPlan(t.Context(), billingapp.GrantPlan{Organization: who.PersonalOrganization(), PlanCode: "pro", Interval: billing.Monthly, Currency: "EUR"})
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := entstoretest.MustOpen(t, harness.Database(t, program.MigrateUp))
			b := newTestApp(t, db)
			cleo := b.customer("Cleo")
			c.before(t, b, cleo)
			p := &pausing{UnitOfWork: b.ledger.UnitOfWork, locked: make(chan struct{}), goOn: make(chan struct{})}
			b.ledger.UnitOfWork = p
			changed, closed := make(chan error, 1), make(chan error, 1)
			go func() { changed <- c.change(t, b, cleo) }()
			receive(t, p.locked)
			e := b.erased(t, cleo)
			go func() { closed <- fixture.Deliver(t, b.app.Subscribers(), e) }()
			if !eventually(t, func() bool { return waitsForALock(t, db) }) {
				t.Error("the account was closed without waiting for who changes it")
			}
			close(p.goOn)
			if err := receive(t, changed); err != nil {
				t.Errorf("the change: %v", err)
			}
			if err := receive(t, closed); err != nil {
				t.Errorf("the account is not closed: %v", err)
			}
			if _, err := b.deps.Reads.Account(t.Context(), cleo.PersonalOrganization()); !errors.Is(err, billing.ErrAccountNotFound) {
				t.Errorf("the account: %v", err)
			}
			if owed := b.owed(t); len(owed) != c.owed {
				t.Errorf("to be ended at the provider: %+v", owed)
			}
		})
	}
}

func waitsForALock(t *testing.T, db *entstore.DB) bool {
	t.Helper()
	var n int
	query := "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
	if err := db.SQL().QueryRowContext(t.Context(), query).Scan(&n); err != nil {
		t.Error(err)
	}
	return n > 0
}

func receive[T any](t *testing.T, from <-chan T) T {
	t.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(30 * time.Second):
		t.Fatal("nothing came")
		panic("unreachable")
	}
}
