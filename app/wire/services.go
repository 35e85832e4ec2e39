package wire

import (
	"context"
	"errors"

	"go.uber.org/zap"

	"github.com/neoforge-dev/neoforge/modules/billing"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/breaker"
)

// The services outside of the program, as metrics and /admin/services name them.
const (
	serviceMail     = "mail"
	servicePayments = "payments:" // and the provider's name
	serviceSignIn   = "sign_in:"  // likewise
	serviceBreached = "breached_passwords"
	serviceCaptcha  = "captcha"
)

// loggedServices logs when a service is left alone, and when it is back.
func loggedServices(log *zap.Logger) func(breaker.Status) {
	return func(s breaker.Status) {
		switch s.State {
		case breaker.Open:
			log.Warn("an outside service fails and is left alone for a while", zap.String("service", s.Service), zap.Time("until", s.RetryAt), zap.String("last_error", s.LastError))
		case breaker.Closed:
			log.Info("an outside service answers again", zap.String("service", s.Service))
		}
	}
}

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

// guardedCaptcha leaves the service of a captcha alone while it is away. Nobody
// can be judged meanwhile.
type guardedCaptcha struct {
	identity.Captcha
	breaker *breaker.Breaker
}

func (p *Platform) guardCaptcha(h identity.Captcha) identity.Captcha {
	if h == nil {
		return nil
	}
	return guardedCaptcha{h, p.services.Breaker(serviceCaptcha, breaker.Options{})}
}

func (g guardedCaptcha) do(ctx context.Context, fn func(ctx context.Context) error) error {
	err := g.breaker.DoWhere(ctx, fn, func(err error) bool { return !errors.Is(err, identity.ErrCaptchaFailed) })
	if errors.Is(err, breaker.ErrOpen) {
		return errors.Join(identity.ErrBusy, err)
	}
	return err
}

func (g guardedCaptcha) Prompt(ctx context.Context) (prompt identity.CaptchaPrompt, err error) {
	err = g.do(ctx, func(ctx context.Context) (err error) {
		prompt, err = g.Captcha.Prompt(ctx)
		return err
	})
	return prompt, err
}

func (g guardedCaptcha) Verify(ctx context.Context, a identity.CaptchaAnswer) error {
	return g.do(ctx, func(ctx context.Context) error { return g.Captcha.Verify(ctx, a) })
}
