package sandboxpay

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/neoforge-dev/neoforge/modules/billing"
	"github.com/neoforge-dev/neoforge/ports/fault"
)

// How the customer can leave the checkout page.
const (
	Paid      = "paid"
	Declined  = "declined"
	Abandoned = "abandoned"
)

// What can go wrong when a checkout is settled.
var (
	ErrUnknownOutcome = fault.New(fault.Invalid, "sandbox.outcome_unknown", "The outcome must be paid, declined or abandoned.")
	ErrNotDelivered   = fault.New(fault.Unavailable, "sandbox.webhook_not_accepted", "The site did not accept the sandbox's webhook. Look into its log, and try again.")
)

// attempts is how often a webhook is sent, and firstPause how long the sandbox
// waits after the first; each pause is three times the one before.
const (
	attempts   = 4
	firstPause = 100 * time.Millisecond
)

// Settle ends a checkout as the customer says and returns once the site has
// accepted the event. Settling again delivers the same event again. It fails with
// ErrUnknownOutcome, ErrNotDelivered, and as [Gateway.Open] does.
func (g *Gateway) Settle(ctx context.Context, token, outcome string) (Session, error) {
	s, k, err := g.open(token)
	if err != nil {
		return s, err
	}
	e := billing.GatewayEvent{
		ID:         k.derive("evt_", s.Checkout+" "+outcome),
		Checkout:   s.Checkout,
		OccurredAt: g.clock.Now(),
	}
	switch outcome {
	case Paid:
		e.Kind, e.Subscription = billing.CheckoutPaid, k.subscription(s.Checkout)
	case Declined:
		e.Kind = billing.CheckoutDeclined
	case Abandoned:
		e.Kind = billing.CheckoutAbandoned
	default:
		return Session{}, ErrUnknownOutcome
	}
	if err := g.deliver(ctx, e); err != nil {
		return Session{}, fmt.Errorf("sandboxpay: deliver %s of checkout %s: %w", e.ID, s.Checkout, err)
	}
	return s, nil
}

func (g *Gateway) deliver(ctx context.Context, e billing.GatewayEvent) error {
	wait := firstPause
	for attempt := 1; ; attempt++ {
		again, err := g.send(ctx, e)
		if err == nil {
			return nil
		}
		if !again || attempt == attempts {
			return fmt.Errorf("%w (%w)", ErrNotDelivered, err)
		}
		if err := g.pause(ctx, wait); err != nil {
			return err
		}
		wait *= 3
	}
}

// send makes one attempt. again says whether another one could help.
func (g *Gateway) send(ctx context.Context, e billing.GatewayEvent) (again bool, err error) {
	header, body, err := g.Delivery(e)
	if err != nil {
		return false, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, g.baseURL+"/webhooks/"+Name, bytes.NewReader(body))
	if err != nil {
		return false, err
	}
	r.Header = header
	answer, err := g.client.Do(r)
	if err != nil {
		return ctx.Err() == nil, err
	}
	defer func() { _ = answer.Body.Close() }()
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, 64<<10))
	if answer.StatusCode/100 == 2 {
		return false, nil
	}
	switch answer.StatusCode {
	case http.StatusRequestTimeout, http.StatusTooManyRequests:
		again = true
	default:
		again = answer.StatusCode >= http.StatusInternalServerError
	}
	return again, fmt.Errorf("the webhook was answered with %s", answer.Status)
}
