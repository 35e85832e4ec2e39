package billingpages

import (
	"time"

	"github.com/neoforge-dev/neoforge/web/pages/layout"
)

// Interval is how often a price is charged.
type Interval string

// The intervals.
const (
	Monthly Interval = "month"
	Yearly  Interval = "year"
)

// Plan is an offer as the pricing page shows it.
type Plan struct {
	Code     string
	Name     string
	Text     string // one sentence: whom it is for
	Features []string
	Price    layout.Money // zero amount: free
	Interval Interval
	PriceID  string // empty: nothing to buy
	Current  bool   // the viewer has it
	Featured bool
}

// PricingView is the page of plans. Each plan's button posts to /billing/checkout:
// price_id, idempotency_key, return_to.
type PricingView struct {
	layout.Page
	Plans      []Plan
	Intervals  []layout.Choice // monthly, yearly
	Currencies []layout.Choice // EUR, USD
	// IdempotencyKeys by price id, so that a button pressed twice buys once.
	IdempotencyKeys map[string]string
	ReturnTo        string // the post that led here; may be empty
	Unavailable     bool   // no payment provider is set up
	Running         bool   // the viewer's plan is in force: no other can be bought
}

// SubscriptionState is where a subscription stands, as its page tells it.
type SubscriptionState string

// The states.
const (
	NoSubscription SubscriptionState = ""
	Confirming     SubscriptionState = "confirming" // back from the provider, whose word is awaited
	Activating     SubscriptionState = "activating" // paid
	Active         SubscriptionState = "active"
	Ending         SubscriptionState = "ending" // cancelled, in force until PeriodEnd
	PastDue        SubscriptionState = "past_due"
	Ended          SubscriptionState = "ended"
)

// Refund is a payment that is given back.
type Refund struct {
	AskedAt time.Time
	Amount  layout.Money
	Done    bool
}

// BillingView is the page of one's subscription.
type BillingView struct {
	layout.Page
	State     SubscriptionState
	PlanName  string
	Price     layout.Money
	Interval  Interval
	PeriodEnd time.Time
	Features  []string
	Refunds   []Refund
	ReturnTo  string // where reading goes on; empty: /posts
	// Attempt is where a checkout stands that the person began: CheckoutOpen,
	// CheckoutDeclined or CheckoutAbandoned; empty otherwise.
	Attempt     CheckoutState
	CheckoutURL string // where CheckoutOpen goes on; may be empty
}

// CheckoutState is where a payment at the sandbox stands.
type CheckoutState string

// The states.
const (
	CheckoutOpen      CheckoutState = "open"
	CheckoutPaid      CheckoutState = "paid"
	CheckoutDeclined  CheckoutState = "declined"
	CheckoutAbandoned CheckoutState = "abandoned"
	CheckoutExpired   CheckoutState = "expired"
)

// CheckoutView is the sandbox's own page. The form posts the pressed button to Action, as
// outcome: paid, declined or abandoned.
type CheckoutView struct {
	layout.Page
	State     CheckoutState
	Reference string // the checkout's id
	Merchant  string
	PlanName  string
	Interval  Interval
	Amount    layout.Money
	Email     string // of the customer; empty: not said
	Action    string
	ReturnURL string // back to the merchant, when done
	Error     string // why the last try did not work, or why the checkout is over
}
