package sandboxpay

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/neoforge-dev/neoforge/modules/billing"
)

// tolerance is how far a webhook's time may be from the clock, either way.
const tolerance = 5 * time.Minute

// types names the kinds of events on the wire.
var types = []struct {
	kind billing.GatewayEventKind
	name string
}{
	{billing.CheckoutPaid, "checkout.paid"},
	{billing.CheckoutDeclined, "checkout.declined"},
	{billing.CheckoutAbandoned, "checkout.abandoned"},
	{billing.SubscriptionRenewed, "subscription.renewed"},
	{billing.SubscriptionUnpaid, "subscription.unpaid"},
	{billing.SubscriptionCanceled, "subscription.canceled"},
	{billing.PaymentRefunded, "payment.refunded"},
}

func nameOf(kind billing.GatewayEventKind) string {
	for _, t := range types {
		if t.kind == kind {
			return t.name
		}
	}
	return ""
}

func kindOf(name string) billing.GatewayEventKind {
	for _, t := range types {
		if t.name == name {
			return t.kind
		}
	}
	return billing.EventIgnored
}

// event is the body of a webhook.
type event struct {
	ID        string    `json:"id"`
	Type      string    `json:"type"`
	Timestamp time.Time `json:"timestamp"`
	Data      struct {
		Checkout     string     `json:"checkout,omitempty"`
		Subscription string     `json:"subscription,omitempty"`
		PeriodEnd    *time.Time `json:"period_end,omitempty"`
	} `json:"data"`
}

// Delivery returns a webhook as the sandbox sends it now: its signed header and
// its body.
func (g *Gateway) Delivery(e billing.GatewayEvent) (http.Header, []byte, error) {
	out := event{ID: e.ID, Type: nameOf(e.Kind), Timestamp: e.OccurredAt.UTC()}
	if out.Type == "" {
		return nil, nil, fmt.Errorf("sandboxpay: event %s of kind %q cannot be delivered", e.ID, e.Kind)
	}
	out.Data.Checkout, out.Data.Subscription = e.Checkout, e.Subscription
	if !e.PeriodEnd.IsZero() {
		out.Data.PeriodEnd = &e.PeriodEnd
	}
	body, err := json.Marshal(out)
	if err != nil {
		return nil, nil, fmt.Errorf("sandboxpay: encode event %s: %w", e.ID, err)
	}
	now := g.clock.Now()
	signature, err := g.keys[0].hook.Sign(e.ID, now, body)
	if err != nil {
		return nil, nil, fmt.Errorf("sandboxpay: sign event %s: %w", e.ID, err)
	}
	header := http.Header{}
	header.Set("Content-Type", "application/json")
	header.Set(standardwebhooks.HeaderWebhookID, e.ID)
	header.Set(standardwebhooks.HeaderWebhookTimestamp, strconv.FormatInt(now.Unix(), 10))
	header.Set(standardwebhooks.HeaderWebhookSignature, signature)
	return header, body, nil
}

// Authenticate implements billing.PaymentGateway.
func (g *Gateway) Authenticate(names map[string][]string, body []byte) (string, error) {
	header := http.Header(names)
	id := header.Get(standardwebhooks.HeaderWebhookID)
	if id == "" || len(id) > 200 || strings.ContainsFunc(id, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return "", billing.ErrWebhookSignature
	}
	// The age is judged below, by the clock that was given.
	if !slices.ContainsFunc(g.keys, func(k key) bool { return k.hook.VerifyIgnoringTimestamp(body, header) == nil }) {
		return "", billing.ErrWebhookSignature
	}
	seconds, err := strconv.ParseInt(header.Get(standardwebhooks.HeaderWebhookTimestamp), 10, 64)
	if err != nil {
		return "", billing.ErrWebhookSignature
	}
	if age := g.clock.Now().Sub(time.Unix(seconds, 0)); age > tolerance || age < -tolerance {
		return "", billing.ErrWebhookSignature
	}
	return id, nil
}

// Parse implements billing.PaymentGateway. Events of a type that billing does not
// act on are billing.EventIgnored.
func (g *Gateway) Parse(body []byte) (billing.GatewayEvent, error) {
	var named struct {
		Type string `json:"type"`
	}
	if err := json.Unmarshal(body, &named); err != nil || named.Type == "" {
		return billing.GatewayEvent{}, billing.ErrWebhookMalformed
	}
	// What a type that billing does not act on carries is its provider's to choose.
	if kindOf(named.Type) == billing.EventIgnored {
		return billing.GatewayEvent{Kind: billing.EventIgnored}, nil
	}
	var in event
	if err := json.Unmarshal(body, &in); err != nil {
		return billing.GatewayEvent{}, billing.ErrWebhookMalformed
	}
	e := billing.GatewayEvent{
		ID: in.ID, Kind: kindOf(in.Type), Checkout: in.Data.Checkout, Subscription: in.Data.Subscription,
		OccurredAt: in.Timestamp.UTC(),
	}
	if in.Data.PeriodEnd != nil {
		e.PeriodEnd = in.Data.PeriodEnd.UTC().Truncate(time.Microsecond)
	}
	var complete bool
	switch e.Kind {
	case billing.CheckoutPaid:
		complete = e.Checkout != "" && e.Subscription != ""
	case billing.CheckoutDeclined, billing.CheckoutAbandoned:
		complete = e.Checkout != ""
	case billing.SubscriptionRenewed:
		complete = e.Subscription != "" && !e.PeriodEnd.IsZero()
	case billing.SubscriptionUnpaid, billing.SubscriptionCanceled, billing.PaymentRefunded:
		complete = e.Subscription != ""
	}
	if !complete {
		return billing.GatewayEvent{}, billing.ErrWebhookMalformed
	}
	return e, nil
}
