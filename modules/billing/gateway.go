package billing

import (
	"context"
	"time"
)

// CheckoutRequest asks a provider for a page on which somebody pays. ReturnURL is
// where the customer comes back to, whatever happened.
type CheckoutRequest struct {
	Checkout    string // id; comes back as GatewayEvent.Checkout
	PlanName    string
	Interval    Interval
	Money       Money
	Email       string
	ReturnURL   string
	RequestedAt time.Time
}

// CheckoutPage is the provider's answer.
type CheckoutPage struct {
	Ref string
	URL string
}

// GatewayEventKind is what a provider reports.
type GatewayEventKind string

// The kinds that billing acts on; an adapter maps its provider's names to them
// and everything else to EventIgnored.
const (
	CheckoutPaid         GatewayEventKind = "checkout_paid"
	CheckoutDeclined     GatewayEventKind = "checkout_declined"
	CheckoutAbandoned    GatewayEventKind = "checkout_abandoned"
	SubscriptionRenewed  GatewayEventKind = "subscription_renewed"
	SubscriptionUnpaid   GatewayEventKind = "subscription_unpaid"
	SubscriptionCanceled GatewayEventKind = "subscription_canceled"
	PaymentRefunded      GatewayEventKind = "payment_refunded"
	EventIgnored         GatewayEventKind = "ignored"
)

// GatewayEvent is one event of a provider. ID is unique within the provider.
type GatewayEvent struct {
	ID           string
	Kind         GatewayEventKind
	Checkout     string    // of the Checkout kinds
	Subscription string    // the provider's id of the subscription; not of Declined and Abandoned
	PeriodEnd    time.Time // of SubscriptionRenewed
	OccurredAt   time.Time
}

// CancelRequest asks a provider to end a subscription, under an idempotency key.
type CancelRequest struct {
	Key          string
	Subscription string // the provider's id
}

// RefundRequest asks a provider to give a payment back, under an idempotency key.
type RefundRequest struct {
	Key          string
	Checkout     string // id
	Subscription string // the provider's id
	Money        Money
}

// PaymentGateway is one payment provider.
type PaymentGateway interface {
	// Name is the provider's name in routes and rows ("sandbox").
	Name() string
	// OpenCheckout is idempotent by CheckoutRequest.Checkout. It fails with
	// ErrProviderAway.
	OpenCheckout(ctx context.Context, r CheckoutRequest) (CheckoutPage, error)
	// ExpireCheckout closes the page of a checkout (CheckoutRequest.Checkout), so
	// that it cannot be paid any more. Doing so again, or after it was paid, changes
	// nothing. It fails with ErrProviderAway.
	ExpireCheckout(ctx context.Context, checkout string) error
	// CancelSubscription ends a subscription at once. Doing so again changes nothing.
	// It fails with ErrProviderAway.
	CancelSubscription(ctx context.Context, r CancelRequest) error
	// RefundPayment gives the first payment of a subscription back, once for a Key and
	// once for a payment. It fails with ErrProviderAway.
	RefundPayment(ctx context.Context, r RefundRequest) error
	// Authenticate checks the signature and the age of a webhook on its raw body;
	// ErrWebhookSignature. The header's names are in HTTP's canonical form. It returns
	// the event's id.
	Authenticate(header map[string][]string, body []byte) (eventID string, err error)
	// Parse reads a body that was authenticated; ErrWebhookMalformed.
	Parse(body []byte) (GatewayEvent, error)
}
