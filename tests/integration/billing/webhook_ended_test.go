package billing_test

import (
	"maps"
	"testing"

	"github.com/neoforge-dev/neoforge/modules/billing"
	"github.com/neoforge-dev/neoforge/modules/billing/billingapp"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

// TestWebhookEnded_TellsWhatBecameOfEachEvent: each event once, though what is known of a
// subscription is applied together; one that waited twice.
func TestWebhookEnded_TellsWhatBecameOfEachEvent(t *testing.T) {
	t.Parallel()
	for name, open := range fixture.Databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newTestApp(t, open(t))
			published := map[billing.WebhookState]int{}
			b.deps.WebhookEnded = func(state billing.WebhookState) { published[state]++ }
			var err error
			if b.app, err = billingapp.New(b.deps); err != nil {
				t.Fatal(err)
			}
			cleo := b.customer("Cleo")
			c := b.start(t, cleo, "pro")
			about := func(id string, kind billing.GatewayEventKind) billing.GatewayEvent {
				return billing.GatewayEvent{ID: id, Kind: kind, Subscription: "sub_" + c.ID, PeriodEnd: b.clock.Now().AddDate(0, 2, 0)}
			}
			for n, step := range []struct {
				event billing.GatewayEvent
				want  map[billing.WebhookState]int
			}{
				{about("evt_renewed", billing.SubscriptionRenewed), map[billing.WebhookState]int{billing.WebhookWaiting: 1}},
				{paid(c), map[billing.WebhookState]int{billing.WebhookWaiting: 1, billing.WebhookApplied: 2}},
				{declined(c), map[billing.WebhookState]int{billing.WebhookWaiting: 1, billing.WebhookApplied: 3}},
				{about("evt_late", billing.SubscriptionRenewed), map[billing.WebhookState]int{billing.WebhookWaiting: 1, billing.WebhookApplied: 3, billing.WebhookIgnored: 1}},
			} {
				b.hear(t, step.event)
				if !maps.Equal(published, step.want) {
					t.Errorf("after event %d: %v, want %v", n, published, step.want)
				}
			}
			b.hear(t, paid(c)) // once more
			if published[billing.WebhookApplied] != 3 {
				t.Errorf("an event that came again is told of: %v", published)
			}
		})
	}
}
