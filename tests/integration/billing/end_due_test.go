package billing_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/modules/billing"
	"github.com/neoforge-dev/neoforge/modules/billing/billingapp"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/ports/jobs"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

// TestEndDue_TakesTheSameQueriesForTenAsForAHundred: 99 are one batch.
func TestEndDue_TakesTheSameQueriesForTenAsForAHundred(t *testing.T) {
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
			end := func(n int) int64 {
				t.Helper()
				people := b.granted(t, n)
				b.clock.Advance(40 * 24 * time.Hour)
				ended, recorded := len(b.ledger.Published(endedEvent)), len(b.ledger.Did("billing.subscription_period_over"))
				asked.Store(0)
				if err := b.run(t, jobs.Job{Kind: endDue}); err != nil {
					t.Fatal(err)
				}
				count := asked.Load()
				if have := len(b.ledger.Published(endedEvent)) - ended; have != n {
					t.Errorf("of %d, %d ends were published", n, have)
				}
				if have := len(b.ledger.Did("billing.subscription_period_over")) - recorded; have != n {
					t.Errorf("of %d, %d ends were recorded", n, have)
				}
				for _, who := range people {
					if b.overview(t, who).Subscription != nil || b.entitled(t, who) {
						t.Fatalf("%s is subscribed still", who.Name)
					}
				}
				return count
			}
			ten, hundred := end(10), end(99)
			if ten == 0 || ten != hundred {
				t.Errorf("10 take %d queries, 99 take %d", ten, hundred)
			}
		})
	}
}

// TestEndDue_EndsMoreThanOneBatch: what is left over after a whole batch ends too.
func TestEndDue_EndsMoreThanOneBatch(t *testing.T) {
	t.Parallel()
	for name, open := range fixture.Databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newTestApp(t, open(t))
			b.granted(t, 103)
			b.clock.Advance(40 * 24 * time.Hour)
			if err := b.run(t, jobs.Job{Kind: endDue}); err != nil {
				t.Fatal(err)
			}
			if n := len(b.ledger.Published(endedEvent)); n != 103 {
				t.Errorf("%d of 103 ended", n)
			}
		})
	}
}

// granted gives n people a plan for a month.
func (b *testApp) granted(t *testing.T, n int) []identityport.Actor {
	t.Helper()
	people := make([]identityport.Actor, n)
	for i := range people {
		people[i] = b.customer(fmt.Sprintf("Reader%d", i))
		g := billingapp.GrantPlan{Organization: people[i].PersonalOrganization(), PlanCode: "pro", Interval: billing.Monthly, Currency: "EUR"}
		if err := b.app.GrantPlan(t.Context(), g); err != nil {
			t.Fatal(err)
		}
	}
	return people
}
