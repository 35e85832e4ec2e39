package sandboxpay

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/billing"
	"github.com/neoforge-dev/neoforge/modules/billing/billingtest"
	"github.com/neoforge-dev/neoforge/ports/clock"
)

const testSecret = "whsec_dGhlIHNlY3JldCBvZiB0aGVzZSB0ZXN0cyBhbG9uZQ=="

func mustNew(tb testing.TB, baseURL string) (*Gateway, *clock.Adjustable) {
	tb.Helper()
	now := clock.NewAdjustable(clock.At(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)))
	g, err := New(Config{BaseURL: baseURL, Secrets: []string{testSecret}, Clock: now})
	if err != nil {
		tb.Fatal(err)
	}
	g.pause = func(ctx context.Context, _ time.Duration) error { return ctx.Err() }
	return g, now
}

func mustToken(tb testing.TB, g *Gateway, c *clock.Adjustable) string {
	tb.Helper()
	page, err := g.OpenCheckout(tb.Context(), billing.CheckoutRequest{
		Checkout: "0198c3f0-7d2a-7c31-9a44-3f6b1d2e4d01", PlanName: "Pro", Interval: billing.Yearly,
		Money: billing.Money{Amount: 12000, Currency: "USD"}, Email: "cleo@neoforge.test",
		ReturnURL: "http://localhost:8080/billing", RequestedAt: c.Now(),
	})
	if err != nil {
		tb.Fatal(err)
	}
	token, found := strings.CutPrefix(page.URL, g.baseURL+CheckoutPath)
	if !found {
		tb.Fatalf("the page is at %s", page.URL)
	}
	return token
}

func TestSandbox_IsAGateway(t *testing.T) {
	t.Parallel()
	billingtest.RunGateway(t, func(t *testing.T) billingtest.GatewayHarness {
		g, c := mustNew(t, "http://localhost:8080")
		return billingtest.GatewayHarness{
			Gateway: g, Clock: c,
			Deliver: func(t *testing.T, e billing.GatewayEvent) (http.Header, []byte) {
				header, body, err := g.Delivery(e)
				if err != nil {
					t.Fatal(err)
				}
				return header, body
			},
			Away: func() {
				for _, o := range []Operation{Expire, Cancel, Refund} {
					g.Fail(o, 1)
				}
			},
			Refunds: func(subscription string) int {
				n, err := g.Refunds(subscription)
				if err != nil {
					t.Fatal(err)
				}
				return n
			},
			Ignored: []byte(`{"type":"customer.created","timestamp":"2026-03-01T12:00:00Z","data":{}}`),
		}
	})
}

func TestSandbox_ATokenCarriesTheWholeRequest(t *testing.T) {
	t.Parallel()
	g, c := mustNew(t, "http://localhost:8080/")
	s, err := g.Open(mustToken(t, g, c))
	if err != nil {
		t.Fatal(err)
	}
	want := Session{
		Checkout: "0198c3f0-7d2a-7c31-9a44-3f6b1d2e4d01", Ref: s.Ref, PlanName: "Pro", Interval: billing.Yearly,
		Money: billing.Money{Amount: 12000, Currency: "USD"}, Email: "cleo@neoforge.test",
		ReturnURL: "http://localhost:8080/billing", ExpiresAt: c.Now().Add(24 * time.Hour),
	}
	if s != want {
		t.Errorf("opened %+v, want %+v", s, want)
	}
}

func TestSandbox_ATokenThatWasChangedIsUnknown(t *testing.T) {
	t.Parallel()
	g, c := mustNew(t, "http://localhost:8080")
	token := mustToken(t, g, c)
	body, signature, _ := strings.Cut(token, ".")
	for _, changed := range []string{
		"", ".", body, body + ".", "." + signature, body + "." + signature[1:], "A" + body[1:] + "." + signature,
		body + "." + signature + ".x", strings.Repeat("A", 10_000), signature + "." + body,
	} {
		if _, err := g.Open(changed); !errors.Is(err, ErrUnknownCheckout) {
			t.Errorf("%.40q: %v", changed, err)
		}
		if _, err := g.Settle(t.Context(), changed, Paid); !errors.Is(err, ErrUnknownCheckout) {
			t.Errorf("settled %.40q: %v", changed, err)
		}
	}
	other, err := New(Config{BaseURL: "http://localhost:8080", Secrets: []string{"whsec_YW5vdGhlciBzZWNyZXQgb2YgYW5vdGhlciBzaXRl"}, Clock: c})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.Open(token); !errors.Is(err, ErrUnknownCheckout) {
		t.Errorf("another site opened it: %v", err)
	}
}

func TestSandbox_ACheckoutExpiresAfterADay(t *testing.T) {
	t.Parallel()
	g, c := mustNew(t, "http://localhost:8080")
	token := mustToken(t, g, c)
	c.Advance(checkoutTTL - time.Second)
	if _, err := g.Open(token); err != nil {
		t.Errorf("just before: %v", err)
	}
	c.Advance(time.Second)
	if s, err := g.Open(token); !errors.Is(err, ErrExpiredCheckout) || s.ReturnURL == "" {
		t.Errorf("just then: %+v, %v", s, err)
	}
}

// site answers webhooks with the statuses it is given, one after the other.
type site struct {
	t       *testing.T
	g       *Gateway
	answers []int

	mu  sync.Mutex
	got []billing.GatewayEvent
}

func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	body, err := io.ReadAll(r.Body)
	if err != nil || r.Method != http.MethodPost || r.URL.Path != "/webhooks/sandbox" {
		s.t.Errorf("%s %s: %v", r.Method, r.URL.Path, err)
	}
	id, err := s.g.Authenticate(r.Header, body)
	if err != nil {
		s.t.Errorf("a delivery is not signed: %v", err)
	}
	e, err := s.g.Parse(body)
	if err != nil || e.ID != id {
		s.t.Errorf("event %+v under id %s: %v", e, id, err)
	}
	s.got = append(s.got, e)
	if n := len(s.got); n <= len(s.answers) {
		w.WriteHeader(s.answers[n-1])
	}
}

func mustSite(t *testing.T, answers ...int) (*site, *Gateway, string) {
	t.Helper()
	s := &site{t: t, answers: answers}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	g, c := mustNew(t, server.URL)
	s.g = g
	return s, g, mustToken(t, g, c)
}

func TestSandbox_SettlingDeliversOneEventForEachOutcome(t *testing.T) {
	t.Parallel()
	for outcome, kind := range map[string]billing.GatewayEventKind{
		Paid: billing.CheckoutPaid, Declined: billing.CheckoutDeclined, Abandoned: billing.CheckoutAbandoned,
	} {
		s, g, token := mustSite(t)
		session, err := g.Settle(t.Context(), token, outcome)
		if err != nil {
			t.Fatal(err)
		}
		if len(s.got) != 1 || s.got[0].Kind != kind || s.got[0].Checkout != session.Checkout {
			t.Errorf("%s: delivered %+v", outcome, s.got)
		}
	}
}

func TestSandbox_SettlingAgainDeliversTheSameEvent(t *testing.T) {
	t.Parallel()
	s, g, token := mustSite(t)
	for _, outcome := range []string{Declined, Paid, Paid} {
		if _, err := g.Settle(t.Context(), token, outcome); err != nil {
			t.Fatal(err)
		}
	}
	if s.got[1] != s.got[2] {
		t.Errorf("paid was delivered as %+v and as %+v", s.got[1], s.got[2])
	}
	if s.got[0].ID == s.got[1].ID {
		t.Error("two outcomes share an event id")
	}
}

func TestSandbox_ADeliveryIsTriedAgainWhileThatMayHelp(t *testing.T) {
	t.Parallel()
	s, g, token := mustSite(t, http.StatusServiceUnavailable, http.StatusTooManyRequests, http.StatusOK)
	if _, err := g.Settle(t.Context(), token, Paid); err != nil {
		t.Fatal(err)
	}
	if len(s.got) != 3 {
		t.Errorf("delivered %d times", len(s.got))
	}
}

func TestSandbox_ARefusedDeliveryIsNotTriedAgain(t *testing.T) {
	t.Parallel()
	s, g, token := mustSite(t, http.StatusUnauthorized)
	if _, err := g.Settle(t.Context(), token, Paid); !errors.Is(err, ErrNotDelivered) {
		t.Errorf("settled: %v", err)
	}
	if len(s.got) != 1 {
		t.Errorf("delivered %d times", len(s.got))
	}
}

func TestSandbox_ASiteThatStaysAwayIsAnError(t *testing.T) {
	t.Parallel()
	s, g, token := mustSite(t, 500, 500, 500, 500, 500)
	if _, err := g.Settle(t.Context(), token, Paid); !errors.Is(err, ErrNotDelivered) {
		t.Errorf("settled: %v", err)
	}
	if len(s.got) != attempts {
		t.Errorf("delivered %d times, want %d", len(s.got), attempts)
	}
}

func TestSandbox_AnUnknownOutcomeIsRefused(t *testing.T) {
	t.Parallel()
	s, g, token := mustSite(t)
	if _, err := g.Settle(t.Context(), token, "refunded"); !errors.Is(err, ErrUnknownOutcome) {
		t.Errorf("settled: %v", err)
	}
	if len(s.got) != 0 {
		t.Errorf("delivered %+v", s.got)
	}
}

func TestSandbox_FaultySettingsAreNamed(t *testing.T) {
	t.Parallel()
	good := Config{BaseURL: "http://localhost:8080", Secrets: []string{testSecret}, Clock: clock.System{}}
	for name, spoil := range map[string]func(*Config){
		"BaseURL":    func(c *Config) { c.BaseURL = "localhost" },
		"Secrets":    func(c *Config) { c.Secrets = nil },
		"Secrets[0]": func(c *Config) { c.Secrets = []string{"whsec_c2hvcnQ="} },
		"Secrets[1]": func(c *Config) { c.Secrets = []string{testSecret, "whsec_c2hvcnQ="} },
		"whsec_":     func(c *Config) { c.Secrets = []string{strings.TrimPrefix(testSecret, "whsec_")} },
		"base64":     func(c *Config) { c.Secrets = []string{"whsec_***"} },
		"Clock":      func(c *Config) { c.Clock = nil },
	} {
		c := good
		spoil(&c)
		if _, err := New(c); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := New(good); err != nil {
		t.Error(err)
	}
}

func FuzzSandbox_NoBodyBreaksTheParser(f *testing.F) {
	g, _ := mustNew(f, "http://localhost:8080")
	for _, seed := range []string{"", "{}", `{"type":"checkout.paid","data":{"checkout":"a","subscription":"b"}}`, `{"type":"x","timestamp":1}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		e, err := g.Parse(body)
		if err != nil && !errors.Is(err, billing.ErrWebhookMalformed) {
			t.Errorf("%q: %v", body, err)
		}
		if err == nil && e.Kind == billing.CheckoutPaid && (e.Checkout == "" || e.Subscription == "") {
			t.Errorf("%q was read as %+v", body, e)
		}
	})
}

func FuzzSandbox_NoTokenBreaksTheCheckout(f *testing.F) {
	g, c := mustNew(f, "http://localhost:8080")
	good := mustToken(f, g, c)
	f.Add("")
	f.Add(".")
	f.Add(good[1:])
	f.Fuzz(func(t *testing.T, token string) {
		if _, err := g.Open(token); err == nil && token != good {
			t.Errorf("%q was opened", token)
		}
	})
}

func TestSecrets_RotateWithoutRefusingWhatTheOldOneSigned(t *testing.T) {
	t.Parallel()
	const newSecret = "whsec_dGhlIHNlY3JldCBhZnRlciB0aGUgcm90YXRpb24="
	old, c := mustNew(t, "http://localhost:8080")
	rotated, err := New(Config{BaseURL: "http://localhost:8080", Secrets: []string{newSecret, " " + testSecret}, Clock: c})
	if err != nil {
		t.Fatal(err)
	}
	after, err := New(Config{BaseURL: "http://localhost:8080", Secrets: []string{newSecret}, Clock: c})
	if err != nil {
		t.Fatal(err)
	}
	e := billing.GatewayEvent{ID: "evt_1", Kind: billing.CheckoutDeclined, Checkout: "c", OccurredAt: c.Now()}
	accepted := func(what string, by, from *Gateway, want bool) {
		t.Helper()
		header, body, err := from.Delivery(e)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := by.Authenticate(header, body); (err == nil) != want {
			t.Errorf("%s: %v", what, err)
		}
	}
	accepted("signed by the old one, both are known", rotated, old, true)
	accepted("signed by the new one, both are known", rotated, rotated, true)
	accepted("signed by the new one, only it is known", after, rotated, true)
	accepted("signed by the old one, only the new one is known", after, old, false)
	accepted("signed by the new one, only the old one is known", old, rotated, false)

	header, body, err := rotated.Delivery(e)
	if err != nil {
		t.Fatal(err)
	}
	elsewhere, _, err := old.Delivery(e)
	if err != nil {
		t.Fatal(err)
	}
	for _, signatures := range []string{
		elsewhere.Get("webhook-signature") + " " + header.Get("webhook-signature"),
		"v2,x v1 v1,x " + header.Get("webhook-signature"),
	} {
		header.Set("webhook-signature", signatures)
		if _, err := after.Authenticate(header, body); err != nil {
			t.Errorf("several signatures, one of them right: %v", err)
		}
	}

	token := mustToken(t, old, c)
	before, beforeKey, err := old.open(token)
	if err != nil {
		t.Fatal(err)
	}
	s, k, err := rotated.open(token)
	if err != nil || s.Ref != before.Ref || k.subscription(s.Checkout) != beforeKey.subscription(s.Checkout) {
		t.Errorf("a checkout from before the rotation: %+v, %v", s, err)
	}
	if _, err := after.Open(token); !errors.Is(err, ErrUnknownCheckout) {
		t.Errorf("a checkout whose secret is gone: %v", err)
	}
}

func TestExpireCheckout_IsRememberedByTheNextProcess(t *testing.T) {
	t.Parallel()
	c := clock.NewAdjustable(clock.At(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)))
	config := Config{BaseURL: "http://localhost:8080", Secrets: []string{testSecret}, Clock: c, Folder: t.TempDir() + "/sandbox"}
	one, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	token := mustToken(t, one, c)
	s, err := one.Open(token)
	if err != nil {
		t.Fatal(err)
	}
	next, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	if err := one.ExpireCheckout(t.Context(), s.Checkout); err != nil {
		t.Fatal(err)
	}
	for name, g := range map[string]*Gateway{"the same": one, "the next": next} {
		if over, err := g.Settle(t.Context(), token, Paid); !errors.Is(err, ErrClosedCheckout) || over != s {
			t.Errorf("%s process: %+v, %v", name, over, err)
		}
	}
	for _, g := range []*Gateway{one, next} {
		if err := g.RefundPayment(t.Context(), billing.RefundRequest{Key: "k", Subscription: "sub"}); err != nil {
			t.Error(err)
		}
		if n, err := g.Refunds("sub"); n != 1 || err != nil {
			t.Errorf("%d refunds, %v", n, err)
		}
	}
}

func TestRefundPayment_IsToldByAWebhookUnderOneID(t *testing.T) {
	t.Parallel()
	s, g, _ := mustSite(t)
	g.background = func(deliver func()) { deliver() }
	for range 2 {
		if err := g.RefundPayment(t.Context(), billing.RefundRequest{Key: "k", Checkout: "c", Subscription: "sub"}); err != nil {
			t.Fatal(err)
		}
		if err := g.CancelSubscription(t.Context(), billing.CancelRequest{Key: "l", Subscription: "sub"}); err != nil {
			t.Fatal(err)
		}
	}
	if len(s.got) != 4 || s.got[0] != s.got[2] || s.got[1] != s.got[3] ||
		s.got[0].Kind != billing.PaymentRefunded || s.got[1].Kind != billing.SubscriptionCanceled || s.got[0].Subscription != "sub" {
		t.Errorf("told %+v", s.got)
	}
}
