package billing

import (
	"context"
	"time"

	"github.com/neoforge-dev/neoforge/ports/audit"
	"github.com/neoforge-dev/neoforge/ports/billingport"
	"github.com/neoforge-dev/neoforge/ports/events"
	"github.com/neoforge-dev/neoforge/ports/jobs"
)

// Stores is what a use case may change in one transaction.
type Stores struct {
	Plans         Plans
	Accounts      Accounts
	Checkouts     Checkouts
	Subscriptions Subscriptions
	Webhooks      Webhooks
	Refunds       Refunds
	Audit         audit.Trail
	Events        events.Writer
	Inbox         events.Inbox
	Jobs          jobs.Enqueuer
}

// UnitOfWork runs fn in one transaction: committed when fn returns nil, rolled
// back otherwise. fn must return every error of a store. Do does not nest.
type UnitOfWork interface {
	Do(ctx context.Context, fn func(ctx context.Context, s Stores) error) error
}

// Plans keeps what is sold.
type Plans interface {
	// Put inserts a plan, or replaces name, summary, entitlements and position of
	// the one with its code. Prices that are new are added; those that are missing
	// are retired; none is changed.
	Put(ctx context.Context, p Plan) error
	// Price returns a price, retired or not, with its plan: a checkout that began
	// at a price is honoured at it. ErrPriceNotFound.
	Price(ctx context.Context, id string) (Price, Plan, error)
	// ByPrices returns the plans that prices belong to, retired ones too, by the ids of
	// the prices, in a constant number of queries. A price that is absent is left out.
	ByPrices(ctx context.Context, prices []string) (map[string]Plan, error)
}

// Accounts keeps who is charged.
type Accounts interface {
	// Ensure returns the organization's account, opening it as given when there is
	// none. Of many at once, one opens it and all return the same.
	Ensure(ctx context.Context, a Account) (Account, error)
	// ByID fails with ErrAccountNotFound.
	ByID(ctx context.Context, id string) (Account, error)
	// ByIDs returns accounts by their ids, in one query. One that is absent is left out.
	ByIDs(ctx context.Context, ids []string) (map[string]Account, error)
	// LockAll returns the accounts of organizations, in one query, and keeps everybody
	// else from changing them and what hangs on them until the transaction ends. It comes
	// before the transaction's first look at a checkout or subscription of theirs.
	LockAll(ctx context.Context, organizations []OrganizationID) ([]Account, error)
	// Delete deletes organizations' accounts with their checkouts and subscriptions.
	Delete(ctx context.Context, organizations ...OrganizationID) error
}

// Checkouts keeps attempts to buy.
type Checkouts interface {
	// Insert fails with ErrKeyInFlight when the account has a checkout under the
	// same IdempotencyKey, and with ErrCheckoutChanged when it has an open one.
	Insert(ctx context.Context, c *Checkout) error
	// Update writes the checkout over the version that it was loaded at; ErrCheckoutChanged.
	Update(ctx context.Context, c *Checkout) error
	// ByID fails with ErrCheckoutNotFound.
	ByID(ctx context.Context, id string) (*Checkout, error)
	// OpenOf returns the account's open checkout; ErrCheckoutNotFound.
	OpenOf(ctx context.Context, account string) (*Checkout, error)
}

// Subscriptions keeps plans in force.
type Subscriptions interface {
	// Insert fails with ErrAlreadySubscribed when the account has a live one.
	Insert(ctx context.Context, s *Subscription) error
	// Update writes the subscription over the version that it was loaded at;
	// ErrSubscriptionChanged.
	Update(ctx context.Context, s *Subscription) error
	// UpdateEnded writes subscriptions that have just ended, at one time and for one
	// reason, each over the version that it was loaded at, in a constant number of queries. It fails
	// with ErrSubscriptionChanged when one of them has changed meanwhile.
	UpdateEnded(ctx context.Context, ended []*Subscription) error
	// LiveOf fails with ErrSubscriptionNotFound.
	LiveOf(ctx context.Context, account string) (*Subscription, error)
	// LiveOfAll returns the live ones of accounts, in one query.
	LiveOfAll(ctx context.Context, accounts []string) ([]*Subscription, error)
	// ByProviderRef fails with ErrSubscriptionNotFound.
	ByProviderRef(ctx context.Context, provider, ref string) (*Subscription, error)
	// Due returns up to limit live ones whose PeriodEnd is before t.
	Due(ctx context.Context, t time.Time, limit int) ([]*Subscription, error)
}

// WebhookState is what has become of an event.
type WebhookState string

// The states.
const (
	WebhookReceived WebhookState = "received"
	WebhookApplied  WebhookState = "applied"
	WebhookWaiting  WebhookState = "waiting" // what it is about is not known yet
	WebhookIgnored  WebhookState = "ignored" // it changes nothing
)

// Webhook is a provider's event as it came in, with what it is about.
type Webhook struct {
	Provider     string
	EventID      string
	Body         []byte
	Kind         GatewayEventKind
	Checkout     string // may be empty
	Subscription string // the provider's id; may be empty
	State        WebhookState
	ReceivedAt   time.Time
	ProcessedAt  time.Time // zero: not yet
}

// UnappliedWebhooks is how many events have no effect yet.
type UnappliedWebhooks struct{ Received, Waiting int }

// Webhooks is the inbox of providers' events, keyed by (Provider, EventID).
type Webhooks interface {
	// Receive answers false when the event is in the inbox already.
	Receive(ctx context.Context, w Webhook) (first bool, err error)
	// Claim returns the event and marks it processed at t; false when it was
	// processed before. Of many at once, one gets true.
	Claim(ctx context.Context, provider, eventID string, t time.Time) (Webhook, bool, error)
	// Describe writes what an event is about (Kind, Checkout, Subscription): releases
	// that did not keep it may have received it while an upgrade went on.
	Describe(ctx context.Context, w Webhook) error
	// Mark records what has become of an event.
	Mark(ctx context.Context, provider, eventID string, state WebhookState) error
	// Of returns every event of a subscription that was received, processed or not,
	// in the order in which they came.
	Of(ctx context.Context, provider, subscription string) ([]Webhook, error)
	// DeleteProcessed deletes up to limit events that were received before t and
	// processed, whatever became of them.
	DeleteProcessed(ctx context.Context, t time.Time, limit int) (int, error)
}

// Refunds keeps what is owed to customers, and what was made good.
type Refunds interface {
	// Insert inserts those whose subscription has none yet, in a constant number of
	// queries, and returns them. Of several at once for one subscription one is written;
	// the others fail with ErrSubscriptionChanged.
	Insert(ctx context.Context, all ...Refund) (inserted []Refund, err error)
	// Update writes State, Attempts, LastError and UpdatedAt. One that is done stays as
	// it is.
	Update(ctx context.Context, r Refund) error
	// BySubscription fails with ErrRefundNotFound.
	BySubscription(ctx context.Context, provider, subscription string) (Refund, error)
}

// Holding is a plan in force, with its account's organization.
type Holding struct {
	Organization OrganizationID
	Subscription SubscriptionState
}

// Reads is what needs no transaction.
type Reads interface {
	FigureReads
	// UnappliedWebhooks counts the events that are received or wait, without looking at
	// the others.
	UnappliedWebhooks(ctx context.Context) (UnappliedWebhooks, error)
	// Plans lists them by position, with the prices that are not retired, by
	// currency, then interval.
	Plans(ctx context.Context) ([]Plan, error)
	// Price returns a price that is not retired, with its plan; ErrPriceNotFound.
	Price(ctx context.Context, id string) (Price, Plan, error)
	// Account fails with ErrAccountNotFound.
	Account(ctx context.Context, o OrganizationID) (Account, error)
	// Holdings returns the live subscriptions of organizations.
	Holdings(ctx context.Context, organizations []OrganizationID) ([]Holding, error)
	// CheckoutByKey answers false when the account has none under the key.
	CheckoutByKey(ctx context.Context, account, key string) (CheckoutState, bool, error)
	// LatestCheckout answers false when the account has none.
	LatestCheckout(ctx context.Context, account string) (CheckoutState, bool, error)
	// CheckoutByID fails with ErrCheckoutNotFound.
	CheckoutByID(ctx context.Context, id string) (CheckoutState, error)
	// Refund fails with ErrRefundNotFound.
	Refund(ctx context.Context, id string) (Refund, error)
	// RefundsOf returns the latest refunds of an account that give money back, newest
	// first.
	RefundsOf(ctx context.Context, account string) ([]Refund, error)
	// PendingRefunds returns up to limit that are not made good, oldest first.
	PendingRefunds(ctx context.Context, limit int) ([]Refund, error)
	// WaitingWebhooks returns up to limit events that wait, oldest first.
	WaitingWebhooks(ctx context.Context, limit int) ([]Webhook, error)
	// ReadyWebhooks returns those whose subscription exists by now.
	ReadyWebhooks(ctx context.Context, limit int) ([]Webhook, error)
	// OrganizationOf returns whose account it is; ErrAccountNotFound.
	OrganizationOf(ctx context.Context, account string) (OrganizationID, error)
}

// TagPlans is the cache tag of the list of plans.
const TagPlans = billingport.TagPlans

// TagOrganization returns the cache tag of what an organization is entitled to.
func TagOrganization(o OrganizationID) string { return "billing.organization:" + string(o) }
