package billing_test

import (
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/billing"
)

func month(id string, kind billing.GatewayEventKind, at, until time.Duration) billing.GatewayEvent {
	e := billing.GatewayEvent{ID: id, Kind: kind, Subscription: "ref", OccurredAt: noon.Add(at)}
	if until > 0 {
		e.PeriodEnd = noon.Add(until)
	}
	return e
}

const aDay = 24 * time.Hour

// permutations calls do with every order of events.
func permutations(events []billing.GatewayEvent, do func([]billing.GatewayEvent)) {
	var walk func(k int)
	walk = func(k int) {
		if k == len(events) {
			do(events)
			return
		}
		for i := k; i < len(events); i++ {
			events[k], events[i] = events[i], events[k]
			walk(k + 1)
			events[k], events[i] = events[i], events[k]
		}
	}
	walk(0)
}

func TestSubscriptionFollow_EndsTheSameInEveryOrderAndNumber(t *testing.T) {
	t.Parallel()
	paid := month("paid", billing.CheckoutPaid, 0, 0)
	unpaid := month("unpaid", billing.SubscriptionUnpaid, 31*aDay, 0)
	renewed := month("renewed", billing.SubscriptionRenewed, 32*aDay, 60*aDay)
	again := month("again", billing.SubscriptionRenewed, 60*aDay, 90*aDay)
	canceled := month("canceled", billing.SubscriptionCanceled, 61*aDay, 0)
	sameSecond := month("same", billing.SubscriptionUnpaid, 32*aDay, 0)
	late := month("late", billing.SubscriptionUnpaid, 70*aDay, 0)
	refunded := month("refunded", billing.PaymentRefunded, 62*aDay, 0)
	for name, row := range map[string]struct {
		events []billing.GatewayEvent
		want   billing.SubscriptionStatus
		until  time.Duration
	}{
		"recovered":               {[]billing.GatewayEvent{paid, unpaid, renewed}, billing.Active, 60 * aDay},
		"failed last":             {[]billing.GatewayEvent{paid, renewed, late}, billing.PastDue, 60 * aDay},
		"within one second":       {[]billing.GatewayEvent{paid, sameSecond, renewed}, billing.Active, 60 * aDay},
		"six, cancelled":          {[]billing.GatewayEvent{paid, unpaid, renewed, again, canceled, refunded}, billing.Ended, 90 * aDay},
		"six, late and twice":     {[]billing.GatewayEvent{paid, paid, unpaid, renewed, again, late}, billing.PastDue, 90 * aDay},
		"cancelled, then renewed": {[]billing.GatewayEvent{paid, month("c", billing.SubscriptionCanceled, aDay, 0), renewed}, billing.Ended, 60 * aDay},
	} {
		permutations(row.events, func(order []billing.GatewayEvent) {
			// One after the other, each time with all that is known by then.
			s := activate()
			for i := range order {
				if _, err := s.Follow(order[:i+1], noon); err != nil {
					t.Fatalf("%s: %v: %v", name, order, err)
				}
			}
			if have := s.State(); have.Status != row.want || !have.PeriodEnd.Equal(noon.Add(row.until)) {
				t.Fatalf("%s: %v end in %s until %s", name, order, have.Status, have.PeriodEnd)
			}
			if changed, err := s.Follow(order, noon.Add(aDay)); changed || err != nil {
				t.Fatalf("%s: following again changed it: %v", name, err)
			}
		})
	}
}

func TestSubscriptionFollow_RevivesWhatARenewalCameTooLateFor(t *testing.T) {
	t.Parallel()
	later := noon.Add(40 * aDay)
	renewed := month("renewed", billing.SubscriptionRenewed, 31*aDay, 62*aDay)
	s := activate()
	if err := s.End(billing.PeriodOver, later); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Follow([]billing.GatewayEvent{month("unpaid", billing.SubscriptionUnpaid, 31*aDay, 0)}, later); err != nil || s.Live() {
		t.Errorf("unpaid: %s, %v", s.State().Status, err)
	}
	if changed, err := s.Follow([]billing.GatewayEvent{renewed}, later); !changed || err != nil || s.State().Status != billing.Active || !s.State().EndedAt.IsZero() {
		t.Errorf("renewed: %+v, %v", s.State(), err)
	}
	replaced := activate()
	if err := replaced.End(billing.Replaced, later); err != nil {
		t.Fatal(err)
	}
	if changed, err := replaced.Follow([]billing.GatewayEvent{renewed}, later); changed || err != nil {
		t.Errorf("replaced: %+v, %v", replaced.State(), err)
	}
}
