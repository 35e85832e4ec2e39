package billing

import (
	"cmp"
	"slices"
	"time"
)

// Follow brings the subscription to where the events of its provider say that it
// is. Given all of them, in any order and any of them repeated, it ends in the same
// state: they are put in the order in which they happened, and a cancellation is
// last, for nothing happens after it. It answers false when nothing changed.
//
// A subscription that ended because its paid time was over is in force again when
// it turns out to have been renewed. One that another took the place of is not.
func (s *Subscription) Follow(events []GatewayEvent, now time.Time) (changed bool, err error) {
	is := func(k GatewayEventKind) bool {
		return slices.ContainsFunc(events, func(e GatewayEvent) bool { return e.Kind == k })
	}
	if s.s.Status == Ended && s.s.EndReason != PeriodOver && (s.s.EndReason != Cancelled || !is(SubscriptionCanceled)) {
		return false, nil
	}
	next := &Subscription{s: s.s}
	next.s.EndedAt, next.s.EndReason = time.Time{}, ""
	if s.s.Status == Ended || is(CheckoutPaid) {
		next.s.Status = Active // as it began; what is known tells the rest
	}
	for _, e := range inOrder(events) {
		switch e.Kind {
		case SubscriptionRenewed:
			err = next.Renew(e.PeriodEnd, now)
		case SubscriptionUnpaid:
			err = next.FailPayment(now)
		case SubscriptionCanceled:
			if err = next.End(Cancelled, now); err == nil {
				next.s.EndedAt = e.OccurredAt
			}
		}
		if err != nil {
			return false, err
		}
		if !next.Live() {
			break
		}
	}
	if s.s.Status == Ended && next.Live() && (next.s.Status != Active || !next.s.InForceAt(now)) {
		next.s.Status, next.s.EndedAt, next.s.EndReason = s.s.Status, s.s.EndedAt, s.s.EndReason
	}
	next.s.Version, next.s.UpdatedAt = s.s.Version, s.s.UpdatedAt
	if next.s == s.s {
		return false, nil
	}
	next.s.Version, next.s.UpdatedAt = s.s.Version+1, now
	s.s = next.s
	return true, nil
}

// inOrder puts events in the order in which they happened. Providers date them in
// whole seconds: within one, a payment that failed comes before the one that went
// through, and a shorter renewal before a longer one.
func inOrder(events []GatewayEvent) []GatewayEvent {
	rank := map[GatewayEventKind]int{SubscriptionUnpaid: 1, SubscriptionRenewed: 2}
	sorted := slices.Clone(events)
	slices.SortStableFunc(sorted, func(a, b GatewayEvent) int {
		if ca, cb := a.Kind == SubscriptionCanceled, b.Kind == SubscriptionCanceled; ca != cb {
			if ca {
				return 1
			}
			return -1
		}
		return cmp.Or(a.OccurredAt.Compare(b.OccurredAt), cmp.Compare(rank[a.Kind], rank[b.Kind]), a.PeriodEnd.Compare(b.PeriodEnd), cmp.Compare(a.ID, b.ID))
	})
	return sorted
}
