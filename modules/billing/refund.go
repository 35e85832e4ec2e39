package billing

import "time"

// RefundState is where a refund stands.
type RefundState string

// The states.
const (
	RefundPending RefundState = "pending" // asked for until the provider has done it
	Refunded      RefundState = "refunded"
)

// RefundReason is why a payment bought nothing.
type RefundReason string

// The reasons.
const (
	PaidTwice     RefundReason = "paid_twice"     // the account had a plan in force
	PlanReplaced  RefundReason = "plan_replaced"  // only cancelled: a new purchase took its place
	AccountClosed RefundReason = "account_closed" // only cancelled: nobody is left whom it could serve
)

// Refund makes good at the provider what must not be charged: the subscription
// ends there, and Money, when there is any, goes back. It is done once for a
// subscription, and outlives the account: money is owed also to who has left.
type Refund struct {
	ID           string // also the idempotency key at the provider
	Checkout     string
	Account      string
	Provider     string
	Subscription string // the provider's id
	Money        Money  // zero amount: only cancel
	Reason       RefundReason
	State        RefundState
	Attempts     int // that failed
	LastError    string
	CreatedAt    time.Time
	UpdatedAt    time.Time
}

// Failed records an attempt that did not go through; another one follows.
func (r *Refund) Failed(reason string, now time.Time) {
	if len(reason) > 500 {
		reason = reason[:500]
	}
	r.Attempts++
	r.LastError, r.UpdatedAt = reason, now
}

// Done records that the provider has made it good. It answers false when that was
// known.
func (r *Refund) Done(now time.Time) bool {
	if r.State == Refunded {
		return false
	}
	r.State, r.UpdatedAt = Refunded, now
	return true
}
