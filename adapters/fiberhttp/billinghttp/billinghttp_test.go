package billinghttp_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/billinghttp"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/fiberhttptest"
	"github.com/neoforge-dev/neoforge/modules/billing"
	"github.com/neoforge-dev/neoforge/modules/billing/billingapp"
	"github.com/neoforge-dev/neoforge/ports/billingport"
	"github.com/neoforge-dev/neoforge/ports/clock"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

var now = time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)

// fakeBilling is billing with two plans.
type fakeBilling struct {
	billinghttp.UseCases
	overview billingapp.Overview
	withheld error // of Overview
	checkout billingapp.StartCheckout
	from     *billing.CheckoutState
	err      error
	header   http.Header
	body     string
}

func (*fakeBilling) ListPlans(context.Context) ([]billing.Plan, error) {
	price := func(id string, i billing.Interval, amount int64, c billing.Currency) billing.Price {
		return billing.Price{ID: id, Plan: "pro", Interval: i, Money: billing.Money{Amount: amount, Currency: c}}
	}
	return []billing.Plan{
		{Code: "free", Name: "Free", Summary: "To look around."},
		{Code: "pro", Name: "Pro", Entitlements: []billing.Entitlement{billingport.ContentPaid}, Prices: []billing.Price{
			price("m-eur", billing.Monthly, 1200, "EUR"), price("y-eur", billing.Yearly, 12000, "EUR"),
			price("m-usd", billing.Monthly, 1300, "USD"), price("y-usd", billing.Yearly, 13000, "USD"),
		}},
	}, nil
}

func (f *fakeBilling) StartCheckout(_ context.Context, _ identityport.Actor, c billingapp.StartCheckout) (billing.CheckoutState, error) {
	f.checkout = c
	return billing.CheckoutState{ID: "c", URL: "http://forge.test/dev/sandbox/checkout/token", Status: billing.Pending}, f.err
}

func (f *fakeBilling) Checkout(_ context.Context, _ identityport.Actor, id string) (billing.CheckoutState, error) {
	if f.from == nil || id != f.from.ID {
		return billing.CheckoutState{}, billing.ErrCheckoutNotFound
	}
	return *f.from, nil
}

func (f *fakeBilling) Overview(context.Context, identityport.Actor, billing.OrganizationID) (billingapp.Overview, error) {
	return f.overview, f.withheld
}

func (f *fakeBilling) EntitlementsOf(context.Context, identityport.Actor) ([]billing.Entitlement, error) {
	return []billing.Entitlement{billingport.ContentPaid}, nil
}

func (f *fakeBilling) ReceiveWebhook(_ context.Context, provider string, h map[string][]string, body []byte) error {
	f.header, f.body = h, string(body)
	if provider != "sandbox" || f.header.Get("Webhook-Signature") == "" {
		return billing.ErrWebhookSignature
	}
	return nil
}

func site(t *testing.T) (*fakeBilling, fiberhttptest.Client) {
	t.Helper()
	f := &fakeBilling{}
	s := fiberhttptest.MustNew(t, fiberhttptest.Settings(t))
	if err := billinghttp.Register(s, billinghttp.Deps{Billing: f, Clock: clock.At(now)}); err != nil {
		t.Fatal(err)
	}
	return f, fiberhttptest.Serve(t, s)
}

func TestPricing_ShowsThePricesAskedFor(t *testing.T) {
	t.Parallel()
	_, c := site(t)
	for path, price := range map[string]string{
		"/pricing": "m-eur", "/pricing?interval=year": "y-eur", "/pricing?currency=USD": "m-usd", "/pricing?interval=year&currency=USD": "y-usd",
		"/pricing?interval=x&currency=XXX": "m-eur",
	} {
		a := c.Get(path, "")
		if a.StatusCode != 200 || !strings.Contains(a.Body, `name="price_id" value="`+price+`"`) || !strings.HasPrefix(a.Header.Get("Cache-Control"), "public") {
			t.Errorf("%s: %d, no %s", path, a.StatusCode, price)
		}
		if strings.Contains(a.Body, `name="idempotency_key" value=""`) == false {
			t.Errorf("%s: a key that every visitor shares", path)
		}
	}
	keys := map[string]bool{}
	for range 2 {
		a := c.Get("/pricing?return_to=/posts/a", "cleo")
		_, rest, _ := strings.Cut(a.Body, `name="idempotency_key" value="`)
		key, _, _ := strings.Cut(rest, `"`)
		if len(key) < 20 || keys[key] || !strings.Contains(a.Body, `name="return_to" value="/posts/a"`) {
			t.Errorf("key %q", key)
		}
		keys[key] = true
	}
}

func TestCheckout_LeadsToTheProvidersPage(t *testing.T) {
	t.Parallel()
	f, c := site(t)
	fields := url.Values{"price_id": {"m-eur"}, "idempotency_key": {"k"}, "return_to": {"/posts/a"}}
	if a := c.Submit("/billing/checkout", "", fields, "Referer", fiberhttptest.BaseURL+"/pricing?return_to=/posts/a"); a.StatusCode != 303 ||
		a.Header.Get("Location") != "/login?return_to=%2Fpricing%3Freturn_to%3D%2Fposts%2Fa" {
		t.Errorf("a visitor: %d %q", a.StatusCode, a.Header.Get("Location"))
	}
	a := c.Submit("/billing/checkout", "cleo", fields)
	if a.StatusCode != 303 || a.Header.Get("Location") != "http://forge.test/dev/sandbox/checkout/token" || f.checkout.IdempotencyKey != "k" || f.checkout.ReturnTo != "/posts/a" {
		t.Errorf("%d %q %+v", a.StatusCode, a.Header.Get("Location"), f.checkout)
	}
	api := c.JSON("POST", "/api/v1/billing/checkout", "cleo", `{"price_id":"m-eur"}`, "Idempotency-Key", "k2")
	if api.StatusCode != 201 || !strings.Contains(api.Body, `"checkout_url":"http://forge.test/dev/sandbox/checkout/token"`) || f.checkout.IdempotencyKey != "k2" {
		t.Errorf("%d %s", api.StatusCode, api.Body)
	}
	f.err = billing.ErrAlreadySubscribed
	if a := c.Submit("/billing/checkout", "cleo", fields); a.Header.Get("Location") != "/billing" {
		t.Errorf("%q", a.Header.Get("Location"))
	}
	f.err = billing.ErrKeyReused
	if a := c.JSON("POST", "/api/v1/billing/checkout", "cleo", `{"price_id":"m-eur"}`, "Idempotency-Key", "k2"); a.StatusCode != 422 {
		t.Errorf("%d", a.StatusCode)
	}
	f.err = billing.ErrNoProvider
	if a := c.Submit("/billing/checkout", "cleo", fields); a.StatusCode != 503 || a.Header.Get("Retry-After") == "" {
		t.Errorf("%d", a.StatusCode)
	}
}

func TestBillingPage_WaitsForTheProvidersAnswer(t *testing.T) {
	t.Parallel()
	f, c := site(t)
	checkout := func(s billing.CheckoutStatus, age time.Duration) *billing.CheckoutState {
		return &billing.CheckoutState{Status: s, CreatedAt: now.Add(-age)}
	}
	subscription := &billing.SubscriptionState{
		Plan: "pro", Status: billing.Active, Money: billing.Money{Amount: 1200, Currency: "EUR"}, StartedAt: now, PeriodEnd: now.AddDate(0, 1, 0),
	}
	for name, row := range map[string]struct {
		overview billingapp.Overview
		refresh  string
	}{
		"nothing":           {billingapp.Overview{}, ""},
		"begun":             {billingapp.Overview{LatestCheckout: checkout(billing.Pending, time.Minute)}, ""},
		"just paid":         {billingapp.Overview{LatestCheckout: checkout(billing.Completed, time.Minute)}, "2"},
		"given up long ago": {billingapp.Overview{LatestCheckout: checkout(billing.Pending, time.Hour)}, ""},
		"declined":          {billingapp.Overview{LatestCheckout: checkout(billing.Declined, time.Minute)}, ""},
		"active":            {billingapp.Overview{Subscription: subscription, LatestCheckout: checkout(billing.Completed, time.Minute)}, ""},
	} {
		f.overview = row.overview
		a := c.Get("/billing?return_to=/posts/a", "cleo")
		if a.StatusCode != 200 || a.Header.Get("Refresh") != row.refresh || a.Header.Get("Cache-Control") != "private, no-store" {
			t.Errorf("%s: %d, refresh %q", name, a.StatusCode, a.Header.Get("Refresh"))
		}
	}
	f.overview = billingapp.Overview{Organization: "o-cleo", Subscription: subscription}
	if a := c.Get("/api/v1/billing/subscription", "cleo"); !strings.Contains(a.Body, `"status":"active","plan_code":"pro","price":{"amount":1200,"currency":"EUR"}`) {
		t.Errorf("%s", a.Body)
	}
	f.overview = billingapp.Overview{Organization: "o-cleo"}
	if a := c.Get("/api/v1/billing/subscription", "cleo"); !strings.Contains(a.Body, `"status":"none","plan_code":null`) {
		t.Errorf("%s", a.Body)
	}
	if a := c.Get("/api/v1/billing/entitlements", "cleo"); strings.TrimSpace(a.Body) != `{"items":["content.paid"],"next_cursor":null}` {
		t.Errorf("%s", a.Body)
	}
	if a := c.Get("/api/v1/billing/plans", ""); !strings.Contains(a.Body, `{"id":"m-eur","interval":"month","amount":1200,"currency":"EUR"}`) || a.Header.Get("ETag") == "" {
		t.Errorf("%s", a.Body)
	}
}

func TestWebhook_ReachesItsVerificationByteForByte(t *testing.T) {
	t.Parallel()
	f, c := site(t)
	const body = "{\"a\" : 1,\r\n \"b\":\"\u00e9\"}\n"
	a := c.Do("POST", "/webhooks/sandbox", body, "Content-Type", "application/json", "Webhook-Signature", "v1,x", "webhook-id", "e1", "Origin", "http://pay.test")
	if a.StatusCode != 204 || f.body != body || f.header.Get("Webhook-Id") != "e1" {
		t.Fatalf("%d %q %v", a.StatusCode, f.body, f.header)
	}
	if a := c.Do("POST", "/webhooks/sandbox", body); a.StatusCode != 401 || a.Header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("unsigned: %d", a.StatusCode)
	}
	if a := c.Do("POST", "/webhooks/sandbox", strings.Repeat("x", 256<<10+1), "Webhook-Signature", "v1,x"); a.StatusCode != 413 {
		t.Errorf("too large: %d", a.StatusCode)
	}
	if a := c.Do("POST", "/webhooks/sandbox", strings.Repeat("x", 256<<10), "Webhook-Signature", "v1,x"); a.StatusCode != 204 {
		t.Errorf("just large enough: %d", a.StatusCode)
	}
}

func TestBillingPage_FollowsTheCheckoutItCameFrom(t *testing.T) {
	t.Parallel()
	f, c := site(t)
	active := &billing.SubscriptionState{
		Plan: "pro", Status: billing.Active, Money: billing.Money{Amount: 1200, Currency: "EUR"}, StartedAt: now.Add(-time.Minute), PeriodEnd: now.AddDate(0, 1, 0),
	}
	checkout := func(s billing.CheckoutStatus, changed time.Duration) *billing.CheckoutState {
		return &billing.CheckoutState{ID: "c1", Status: s, CreatedAt: now.Add(-30 * time.Second), UpdatedAt: now.Add(-changed)}
	}
	other := checkout(billing.Abandoned, time.Second)
	other.ID = "c2"
	refund := billing.Refund{ID: "r", Checkout: "c1", Money: billing.Money{Amount: 1200, Currency: "EUR"}, State: billing.RefundPending, CreatedAt: now}
	for name, row := range map[string]struct {
		overview billingapp.Overview
		from     *billing.CheckoutState
		refresh  string
		says     string
	}{
		"declined a moment ago, paid since":  {billingapp.Overview{LatestCheckout: other}, checkout(billing.Declined, time.Second), "2", "If you have paid with another one since"},
		"declined, and paid minutes later":   {billingapp.Overview{LatestCheckout: other}, checkout(billing.Declined, 10*time.Minute), "2", "If you have paid with another one since"},
		"declined, and the plan is active":   {billingapp.Overview{LatestCheckout: other, Subscription: active}, checkout(billing.Declined, time.Second), "", "Active"},
		"waiting although another was begun": {billingapp.Overview{LatestCheckout: other}, checkout(billing.Pending, time.Second), "2", "Waiting for the payment provider"},
		"paid, and no plan yet":              {billingapp.Overview{LatestCheckout: other}, checkout(billing.Completed, time.Second), "2", "Your payment went through"},
		"paid twice":                         {billingapp.Overview{Refunds: []billing.Refund{refund}}, checkout(billing.Completed, time.Second), "", "Being refunded"},
		"somebody else's":                    {billingapp.Overview{LatestCheckout: other}, nil, "", "You left the payment page"},
	} {
		f.overview, f.from = row.overview, row.from
		a := c.Get("/billing?checkout=c1", "cleo")
		if a.StatusCode != 200 || a.Header.Get("Refresh") != row.refresh || !strings.Contains(a.Body, row.says) {
			t.Errorf("%s: %d, refresh %q, does not say %q", name, a.StatusCode, a.Header.Get("Refresh"), row.says)
		}
		if row.overview.Subscription != nil && strings.Contains(a.Body, "declined") {
			t.Errorf("%s: speaks of a declined card", name)
		}
		if row.from != nil && row.from.Status == billing.Pending && strings.Contains(a.Body, "payment went through") {
			t.Errorf("%s: claims a payment that nobody knows of", name)
		}
		if strings.Contains(a.Body, "Change plan") {
			t.Errorf("%s: offers a change", name)
		}
	}
	f.overview, f.from = billingapp.Overview{}, checkout(billing.Pending, time.Second)
	f.from.CreatedAt = now.AddDate(0, 0, -2)
	if a := c.Get("/billing?checkout=c1", "cleo"); a.Header.Get("Refresh") != "2" || !strings.Contains(a.Body, "Waiting for the payment provider") {
		t.Errorf("paid two days after it was begun: %s", a.Body)
	}
	begun := checkout(billing.Pending, time.Second)
	begun.URL = "https://pay.test/c1"
	f.overview, f.from = billingapp.Overview{LatestCheckout: begun}, nil
	if a := c.Get("/billing", "cleo"); a.Header.Get("Refresh") != "" || !strings.Contains(a.Body, "You have begun to pay") || !strings.Contains(a.Body, `href="https://pay.test/c1"`) || strings.Contains(a.Body, "went through") {
		t.Errorf("begun and not finished: %s", a.Body)
	}
	done := refund
	done.State = billing.Refunded
	f.overview = billingapp.Overview{Refunds: []billing.Refund{done}}
	if a := c.Get("/billing", "cleo"); !strings.Contains(a.Body, "Refunded") || strings.Contains(a.Body, "Being refunded") {
		t.Error("the page does not tell of the refund")
	}
	if a := c.Get("/api/v1/billing/subscription", "cleo"); !strings.Contains(a.Body, `"refunds":[{"id":"r","amount":{"amount":1200,"currency":"EUR"},"status":"refunded"`) {
		t.Errorf("%s", a.Body)
	}
}

func TestPricing_IsOpenToWhomTheirAccountIsWithheld(t *testing.T) {
	t.Parallel()
	f, c := site(t)
	f.withheld = billing.ErrAccountNotFound
	if a := c.Get("/pricing", "cleo"); a.StatusCode != http.StatusOK || !strings.Contains(a.Body, "Pro") {
		t.Errorf("%d %s", a.StatusCode, a.Body)
	}
}

func TestPricing_OffersNoOtherPlanWhileOneIsInForce(t *testing.T) {
	t.Parallel()
	f, c := site(t)
	f.overview = billingapp.Overview{
		Plan:         &billing.Plan{Code: "member"},
		Subscription: &billing.SubscriptionState{Plan: "member", Status: billing.Active, PeriodEnd: now.AddDate(0, 1, 0)},
	}
	if a := c.Get("/pricing", "cleo"); strings.Contains(a.Body, `name="price_id"`) || !strings.Contains(a.Body, "It cannot be changed for another yet") {
		t.Error("another plan is offered")
	}
	f.overview.Subscription.Status = billing.PastDue
	if a := c.Get("/pricing", "cleo"); !strings.Contains(a.Body, `name="price_id"`) {
		t.Error("a late plan cannot be bought anew")
	}
	f.err = billing.ErrPlanRunning
	if a := c.JSON("POST", "/api/v1/billing/checkout", "cleo", `{"price_id":"m-eur"}`); a.StatusCode != 409 || !strings.Contains(a.Body, "billing.plan_running") {
		t.Errorf("%d %s", a.StatusCode, a.Body)
	}
	f.err = billing.ErrCheckoutExpired
	if a := c.Submit("/billing/checkout", "cleo", url.Values{"price_id": {"m-eur"}}); a.Header.Get("Location") != "/pricing" {
		t.Errorf("%q", a.Header.Get("Location"))
	}
}
