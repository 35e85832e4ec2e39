package billingtest

import (
	"bytes"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/billing"
	"github.com/neoforge-dev/neoforge/ports/clock"
)

// GatewayHarness is a payment gateway on its own, with its provider at the other
// end. Deliver signs an event as the provider does, at the time of Clock.
type GatewayHarness struct {
	Gateway billing.PaymentGateway
	Clock   *clock.Adjustable
	Deliver func(t *testing.T, e billing.GatewayEvent) (http.Header, []byte)
	// Ignored is the body of an event that the provider sends and billing has no
	// use for.
	Ignored []byte
	// Away has the next call of each kind that undoes something fail.
	Away func()
	// Refunds counts the payments that were given back for a subscription.
	Refunds func(subscription string) int
}

const (
	gatewayCheckout     = "0198c3f0-7d2a-7c31-9a44-3f6b1d2e4d01"
	gatewaySubscription = "sub_of_the_contract"
)

// RunGateway holds a payment gateway to what billing relies on. open is called for
// each test.
func RunGateway(t *testing.T, open func(t *testing.T) GatewayHarness) {
	run := func(name string, f func(t *testing.T, h GatewayHarness)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f(t, open(t))
		})
	}
	run("the same checkout has the same page", sameCheckoutSamePage)
	run("another checkout has another page", otherCheckoutOtherPage)
	run("what the provider signed is accepted", signedIsAccepted)
	run("an event keeps its id when it is delivered again", redeliveryKeepsID)
	run("every kind of event comes through as it was", kindsComeThrough)
	run("what nobody signed is refused", unsignedIsRefused)
	run("what was changed on its way is refused", changedIsRefused)
	run("what was signed long ago is refused", oldIsRefused)
	run("an event without use is ignored", uselessIsIgnored)
	run("what is no event is malformed", garbageIsMalformed)
	run("closing, cancelling and giving back are done once", reversalsAreIdempotent)
	run("a provider that is away says so", awayIsSaid)
}

func gatewayRequest(h GatewayHarness, id string) billing.CheckoutRequest {
	return billing.CheckoutRequest{
		Checkout: id, PlanName: "Pro", Interval: billing.Monthly,
		Money: billing.Money{Amount: 1200, Currency: "EUR"}, Email: "cleo@neoforge.test",
		ReturnURL: "https://neoforge.test/billing", RequestedAt: h.Clock.Now(),
	}
}

func mustOpenCheckout(t *testing.T, h GatewayHarness, r billing.CheckoutRequest) billing.CheckoutPage {
	t.Helper()
	page, err := h.Gateway.OpenCheckout(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	if page.URL == "" || page.Ref == "" {
		t.Fatalf("page %+v lacks a URL or a reference", page)
	}
	return page
}

func sameCheckoutSamePage(t *testing.T, h GatewayHarness) {
	r := gatewayRequest(h, gatewayCheckout)
	if first, second := mustOpenCheckout(t, h, r), mustOpenCheckout(t, h, r); first != second {
		t.Errorf("the second request got %+v, the first %+v", second, first)
	}
}

func otherCheckoutOtherPage(t *testing.T, h GatewayHarness) {
	one := mustOpenCheckout(t, h, gatewayRequest(h, gatewayCheckout))
	other := mustOpenCheckout(t, h, gatewayRequest(h, "0198c3f0-7d2a-7c31-9a44-3f6b1d2e4d02"))
	if one.Ref == other.Ref || one.URL == other.URL {
		t.Errorf("two checkouts share %+v", one)
	}
}

func gatewayEvents(h GatewayHarness) []billing.GatewayEvent {
	at := h.Clock.Now().Truncate(time.Second)
	return []billing.GatewayEvent{
		{ID: "evt_paid", Kind: billing.CheckoutPaid, Checkout: gatewayCheckout, Subscription: gatewaySubscription, OccurredAt: at},
		{ID: "evt_declined", Kind: billing.CheckoutDeclined, Checkout: gatewayCheckout, OccurredAt: at},
		{ID: "evt_abandoned", Kind: billing.CheckoutAbandoned, Checkout: gatewayCheckout, OccurredAt: at},
		{ID: "evt_renewed", Kind: billing.SubscriptionRenewed, Subscription: gatewaySubscription, PeriodEnd: at.AddDate(0, 1, 0), OccurredAt: at},
		{ID: "evt_unpaid", Kind: billing.SubscriptionUnpaid, Subscription: gatewaySubscription, OccurredAt: at},
		{ID: "evt_refunded", Kind: billing.PaymentRefunded, Checkout: gatewayCheckout, Subscription: gatewaySubscription, OccurredAt: at},
		{ID: "evt_canceled", Kind: billing.SubscriptionCanceled, Subscription: gatewaySubscription, OccurredAt: at},
	}
}

func signedIsAccepted(t *testing.T, h GatewayHarness) {
	for _, e := range gatewayEvents(h) {
		header, body := h.Deliver(t, e)
		if id, err := h.Gateway.Authenticate(header, body); err != nil || id == "" {
			t.Errorf("%s: id %q, %v", e.Kind, id, err)
		}
	}
}

func redeliveryKeepsID(t *testing.T, h GatewayHarness) {
	events := gatewayEvents(h)
	authenticated := func(e billing.GatewayEvent) string {
		id, err := h.Gateway.Authenticate(h.Deliver(t, e))
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	first := authenticated(events[0])
	h.Clock.Advance(time.Hour)
	if again := authenticated(events[0]); again != first {
		t.Errorf("delivered again as %q, first as %q", again, first)
	}
	if other := authenticated(events[1]); other == first {
		t.Errorf("two events have the id %q", first)
	}
}

func kindsComeThrough(t *testing.T, h GatewayHarness) {
	for _, want := range gatewayEvents(h) {
		_, body := h.Deliver(t, want)
		got, err := h.Gateway.Parse(body)
		if err != nil {
			t.Errorf("%s: %v", want.Kind, err)
			continue
		}
		if got != want {
			t.Errorf("%s came through as %+v, want %+v", want.Kind, got, want)
		}
	}
}

func refused(t *testing.T, h GatewayHarness, what string, header http.Header, body []byte) {
	t.Helper()
	if id, err := h.Gateway.Authenticate(header, body); !errors.Is(err, billing.ErrWebhookSignature) {
		t.Errorf("%s: id %q, %v, want %v", what, id, err, billing.ErrWebhookSignature)
	}
}

func unsignedIsRefused(t *testing.T, h GatewayHarness) {
	header, body := h.Deliver(t, gatewayEvents(h)[0])
	refused(t, h, "no header", http.Header{}, body)
	for name := range header {
		if name == "Content-Type" {
			continue
		}
		without, empty := header.Clone(), header.Clone()
		without.Del(name)
		refused(t, h, "without "+name, without, body)
		empty.Set(name, "")
		refused(t, h, "with an empty "+name, empty, body)
	}
}

func changedIsRefused(t *testing.T, h GatewayHarness) {
	header, body := h.Deliver(t, gatewayEvents(h)[1])
	refused(t, h, "no body", header, nil)
	refused(t, h, "a longer body", header, append(bytes.Clone(body), ' '))
	refused(t, h, "another checkout", header, bytes.ReplaceAll(body, []byte(gatewayCheckout), []byte("0198c3f0-7d2a-7c31-9a44-3f6b1d2e4d99")))
	other, _ := h.Deliver(t, gatewayEvents(h)[2])
	refused(t, h, "the header of another event", other, body)
}

func oldIsRefused(t *testing.T, h GatewayHarness) {
	header, body := h.Deliver(t, gatewayEvents(h)[0])
	h.Clock.Advance(time.Minute)
	if _, err := h.Gateway.Authenticate(header, body); err != nil {
		t.Errorf("after a minute: %v", err)
	}
	h.Clock.Advance(time.Hour)
	refused(t, h, "after an hour", header, body)
}

func uselessIsIgnored(t *testing.T, h GatewayHarness) {
	e, err := h.Gateway.Parse(h.Ignored)
	if err != nil || e.Kind != billing.EventIgnored {
		t.Errorf("read as %+v, %v", e, err)
	}
	// Whatever its data look like: they are another matter.
	for _, data := range []string{`[]`, `"text"`, `7`, `null`, `{"checkout":7,"subscription":{"id":"s"},"period_end":"soon"}`, `{"period_end":{}}`} {
		for _, body := range []string{
			`{"type":"matter.of.tomorrow","id":"evt_1","timestamp":"2026-01-02T03:04:05Z","data":` + data + `}`,
			`{"type":"matter.of.tomorrow","id":7,"timestamp":1767323045,"created":1767323045,"data":` + data + `}`,
			`{"type":"matter.of.tomorrow","data":` + data + `}`,
			`{"type":"matter.of.tomorrow"}`,
		} {
			if e, err := h.Gateway.Parse([]byte(body)); err != nil || e.Kind != billing.EventIgnored {
				t.Errorf("%s was read as %+v, %v", body, e, err)
			}
		}
	}
}

func garbageIsMalformed(t *testing.T, h GatewayHarness) {
	_, body := h.Deliver(t, gatewayEvents(h)[0])
	for _, garbage := range []string{"", "null", "{}", "[]", "7", `"text"`, "{", string(body[:len(body)/2]), string(body) + string(body)} {
		if e, err := h.Gateway.Parse([]byte(garbage)); !errors.Is(err, billing.ErrWebhookMalformed) {
			t.Errorf("%q was read as %+v, %v", garbage, e, err)
		}
	}
}

func reversals(h GatewayHarness) map[string]func(t *testing.T) error {
	return map[string]func(t *testing.T) error{
		"expire": func(t *testing.T) error { return h.Gateway.ExpireCheckout(t.Context(), gatewayCheckout) },
		"cancel": func(t *testing.T) error {
			return h.Gateway.CancelSubscription(t.Context(), billing.CancelRequest{Key: "k1", Subscription: gatewaySubscription})
		},
		"refund": func(t *testing.T) error {
			return h.Gateway.RefundPayment(t.Context(), billing.RefundRequest{
				Key: "k2", Checkout: gatewayCheckout, Subscription: gatewaySubscription, Money: billing.Money{Amount: 1200, Currency: "EUR"},
			})
		},
	}
}

func reversalsAreIdempotent(t *testing.T, h GatewayHarness) {
	mustOpenCheckout(t, h, gatewayRequest(h, gatewayCheckout))
	for name, do := range reversals(h) {
		for range 3 {
			if err := do(t); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	if n := h.Refunds(gatewaySubscription); n != 1 {
		t.Errorf("given back %d times", n)
	}
}

func awayIsSaid(t *testing.T, h GatewayHarness) {
	h.Away()
	for name, do := range reversals(h) {
		if err := do(t); !errors.Is(err, billing.ErrProviderAway) {
			t.Errorf("%s while it is away: %v", name, err)
		}
		if name == "refund" && h.Refunds(gatewaySubscription) != 0 {
			t.Error("given back although it was away")
		}
		if err := do(t); err != nil {
			t.Errorf("%s when it is back: %v", name, err)
		}
	}
}
