package wire

import (
	"context"
	"errors"
	"testing"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/neoforge-dev/neoforge/modules/billing"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/breaker"
	"github.com/neoforge-dev/neoforge/ports/clock"
	"github.com/neoforge-dev/neoforge/ports/fault"
)

// gatewayAway is a payment provider that answers with err, and counts who asks.
type gatewayAway struct {
	billing.PaymentGateway
	err   error
	asked int
}

func (g *gatewayAway) Name() string { return "test" }

func (g *gatewayAway) OpenCheckout(context.Context, billing.CheckoutRequest) (billing.CheckoutPage, error) {
	g.asked++
	return billing.CheckoutPage{}, g.err
}

func (g *gatewayAway) ExpireCheckout(context.Context, string) error { g.asked++; return g.err }

func (g *gatewayAway) CancelSubscription(context.Context, billing.CancelRequest) error {
	g.asked++
	return g.err
}

func (g *gatewayAway) RefundPayment(context.Context, billing.RefundRequest) error {
	g.asked++
	return g.err
}

func TestGuardedGateway_LeavesAProviderAloneThatIsAway(t *testing.T) {
	t.Parallel()
	core, logged := observer.New(zap.InfoLevel)
	away := &gatewayAway{err: billing.ErrProviderAway}
	p := &Platform{services: breaker.NewSet(clock.System{}, loggedServices(zap.New(core)))}
	g := p.guardGateway(away)
	for i := range 3 {
		_, opened := g.OpenCheckout(t.Context(), billing.CheckoutRequest{})
		for what, err := range map[string]error{
			"open": opened, "expire": g.ExpireCheckout(t.Context(), "1"),
			"cancel": g.CancelSubscription(t.Context(), billing.CancelRequest{}), "refund": g.RefundPayment(t.Context(), billing.RefundRequest{}),
		} {
			if !errors.Is(err, billing.ErrProviderAway) || fault.As(err).Code != billing.ErrProviderAway.Code {
				t.Errorf("%s, round %d: %v", what, i, err)
			}
		}
	}
	if away.asked != 5 || g.Name() != "test" {
		t.Errorf("asked %d times, want 5", away.asked)
	}
	if n := logged.FilterMessageSnippet("left alone").Len(); n != 1 {
		t.Errorf("logged %d times", n)
	}
	if (&Platform{}).guardGateway(nil) != nil {
		t.Error("where no provider is, one is guarded")
	}
}

// captchaAway answers with err.
type captchaAway struct{ err error }

func (h captchaAway) Prompt(context.Context) (identity.CaptchaPrompt, error) {
	return identity.CaptchaPrompt{Label: "Say"}, nil
}

func (h captchaAway) Verify(context.Context, identity.CaptchaAnswer) error { return h.err }

func TestGuardedCaptcha_JudgesNobodyWhileItsServiceIsAway(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err, want error
		state     breaker.State
	}{
		"away":      {identity.ErrBusy, identity.ErrBusy, breaker.Open},
		"no person": {identity.ErrCaptchaFailed, identity.ErrCaptchaFailed, breaker.Closed},
		"a person":  {nil, nil, breaker.Closed},
	} {
		p := &Platform{services: breaker.NewSet(clock.System{}, nil)}
		g := p.guardCaptcha(captchaAway{c.err})
		if prompt, err := g.Prompt(t.Context()); err != nil || prompt.Label != "Say" {
			t.Errorf("%s: %+v, %v", name, prompt, err)
		}
		for range 7 {
			if err := g.Verify(t.Context(), identity.CaptchaAnswer{}); !errors.Is(err, c.want) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if got := p.services.Statuses()[0]; got.State != c.state {
			t.Errorf("%s: %+v", name, got)
		}
	}
}
