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

// Receipt is one payment.
type Receipt struct {
	PaidAt time.Time
	Text   string
	Amount layout.Money
}

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
	StartedAt time.Time
	PeriodEnd time.Time
	Features  []string
	Receipts  []Receipt
	Refunds   []Refund
	CancelURL string // its button posts there; empty: none
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

// Option is one answer of a Question.
type Option struct {
	Value   string
	Label   string
	Note    string
	Checked bool
}

// Question is a choice of one option, posted as Name.
type Question struct {
	Name    string
	Legend  string
	Hint    string
	Options []Option
}

// CheckoutView is the sandbox's own page. The form posts to Action: the answers to
// the Questions, and the pressed button as outcome: paid, declined or abandoned.
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
	Questions []Question // the test card, how the webhook misbehaves; may be empty
	ReturnURL string     // back to the merchant, when done
	Error     string     // why the last try did not work, or why the checkout is over
}
