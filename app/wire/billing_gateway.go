package wire

import (
	"context"
	"errors"

	"github.com/neoforge-dev/neoforge/modules/billing"
	"github.com/neoforge-dev/neoforge/ports/breaker"
)

// servicePayments, and the provider's name, is what metrics and /admin/services call a
// payment provider.
const servicePayments = "payments:"

// guardedGateway leaves a payment provider alone while it is away.
type guardedGateway struct {
	billing.PaymentGateway
	breaker *breaker.Breaker
}

func (p *Platform) guardGateway(g billing.PaymentGateway) billing.PaymentGateway {
	if g == nil {
		return nil
	}
	return guardedGateway{g, p.services.Breaker(servicePayments+g.Name(), breaker.Options{})}
}

func (g guardedGateway) do(ctx context.Context, fn func(ctx context.Context) error) error {
	err := g.breaker.DoWhere(ctx, fn, func(err error) bool { return errors.Is(err, billing.ErrProviderAway) })
	if errors.Is(err, breaker.ErrOpen) {
		return errors.Join(billing.ErrProviderAway, err)
	}
	return err
}

func (g guardedGateway) OpenCheckout(ctx context.Context, r billing.CheckoutRequest) (page billing.CheckoutPage, err error) {
	err = g.do(ctx, func(ctx context.Context) (err error) {
		page, err = g.PaymentGateway.OpenCheckout(ctx, r)
		return err
	})
	return page, err
}

func (g guardedGateway) ExpireCheckout(ctx context.Context, checkout string) error {
	return g.do(ctx, func(ctx context.Context) error { return g.PaymentGateway.ExpireCheckout(ctx, checkout) })
}

func (g guardedGateway) CancelSubscription(ctx context.Context, r billing.CancelRequest) error {
	return g.do(ctx, func(ctx context.Context) error { return g.PaymentGateway.CancelSubscription(ctx, r) })
}

func (g guardedGateway) RefundPayment(ctx context.Context, r billing.RefundRequest) error {
	return g.do(ctx, func(ctx context.Context) error { return g.PaymentGateway.RefundPayment(ctx, r) })
}
