package billing_test

import (
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/billing"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

// TestWebhook_OfAnOlderReplicaWaitsForItsPayment has a replica of a release that did not
// keep what an event is about receive one which overtakes its payment.
func TestWebhook_OfAnOlderReplicaWaitsForItsPayment(t *testing.T) {
	t.Parallel()
	for name, open := range fixture.Databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := open(t)
			b := newTestApp(t, db)
			cleo := b.customer("Cleo")
			c := b.start(t, cleo, "pro")
			renewed := billing.GatewayEvent{
				ID: "evt_renewed", Kind: billing.SubscriptionRenewed, Subscription: "sub_" + c.ID, PeriodEnd: b.clock.Now().AddDate(0, 2, 0),
			}
			if err := b.receive(t, renewed); err != nil {
				t.Fatal(err)
			}
			fixture.Exec(t, db, "UPDATE billing_webhooks SET kind = '', checkout = NULL, subscription = NULL, state = 'applied'")
			if err := b.work(t, applyWebhook); err != nil {
				t.Fatalf("before the payment: %v", err)
			}
			waiting, err := b.app.WaitingWebhooks(t.Context(), 10)
			if err != nil || len(waiting) != 1 || waiting[0].Subscription != renewed.Subscription || waiting[0].Kind != renewed.Kind {
				t.Errorf("waiting: %+v, %v", waiting, err)
			}
			b.clock.Advance(3 * time.Minute)
			b.hear(t, paid(c))
			if o := b.overview(t, cleo); !o.Subscription.PeriodEnd.Equal(renewed.PeriodEnd) {
				t.Errorf("paid until %s, want %s", o.Subscription.PeriodEnd, renewed.PeriodEnd)
			}
		})
	}
}
