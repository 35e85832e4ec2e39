package sandboxpay

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"time"

	"github.com/neoforge-dev/neoforge/modules/billing"
)

// Operation is a call of the site that the sandbox can be told to refuse.
type Operation string

// The operations.
const (
	Expire Operation = "expire"
	Cancel Operation = "cancel"
	Refund Operation = "refund"
)

// Fail has the next calls of an operation fail with billing.ErrProviderAway.
func (g *Gateway) Fail(o Operation, calls int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.failing[o] = calls
}

func (g *Gateway) fails(o Operation) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.failing[o] == 0 {
		return false
	}
	g.failing[o]--
	return true
}

// factName is a file's name that any id can have, whichever secret signs.
func factName(o Operation, id string) string {
	sum := sha256.Sum256([]byte(string(o) + " " + id))
	return string(o) + "-" + hex.EncodeToString(sum[:16])
}

// ExpireCheckout implements billing.PaymentGateway.
func (g *Gateway) ExpireCheckout(_ context.Context, checkout string) error {
	if g.fails(Expire) {
		return billing.ErrProviderAway
	}
	_, _, err := g.facts.put(factName(Expire, checkout), fact{At: g.now()})
	return err
}

// CancelSubscription implements billing.PaymentGateway. The site hears of it by a
// webhook, as of everything.
func (g *Gateway) CancelSubscription(ctx context.Context, r billing.CancelRequest) error {
	if g.fails(Cancel) {
		return billing.ErrProviderAway
	}
	made, _, err := g.facts.put(factName(Cancel, r.Subscription), fact{At: g.now(), Key: r.Key})
	if err != nil {
		return err
	}
	g.report(ctx, billing.GatewayEvent{
		ID: g.keys[0].derive("evt_", "canceled "+r.Subscription), Kind: billing.SubscriptionCanceled,
		Subscription: r.Subscription, OccurredAt: made.At,
	})
	return nil
}

// RefundPayment implements billing.PaymentGateway.
func (g *Gateway) RefundPayment(ctx context.Context, r billing.RefundRequest) error {
	if g.fails(Refund) {
		return billing.ErrProviderAway
	}
	made, _, err := g.facts.put(factName(Refund, r.Subscription), fact{At: g.now(), Key: r.Key})
	if err != nil {
		return err
	}
	g.report(ctx, billing.GatewayEvent{
		ID: g.keys[0].derive("evt_", "refunded "+r.Subscription), Kind: billing.PaymentRefunded,
		Checkout: r.Checkout, Subscription: r.Subscription, OccurredAt: made.At,
	})
	return nil
}

// report tells the site what its own call did, after that call has been answered.
func (g *Gateway) report(ctx context.Context, e billing.GatewayEvent) {
	if g.background == nil {
		return
	}
	g.background(func() { _ = g.deliver(context.WithoutCancel(ctx), e) })
}

// Refunds counts the payments that were refunded for a subscription: 0 or 1.
func (g *Gateway) Refunds(subscription string) (int, error) {
	_, done, err := g.facts.get(factName(Refund, subscription))
	if err != nil || !done {
		return 0, err
	}
	return 1, nil
}

func (g *Gateway) now() time.Time { return g.clock.Now().UTC().Truncate(time.Second) }
