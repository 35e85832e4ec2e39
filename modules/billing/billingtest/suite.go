// Package billingtest is the contract of billing's ports, as suites that every
// adapter runs, and the builders that they and other tests use.
package billingtest

import (
	"context"
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/billing"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/ports/idgen/idgentest"
)

// Harness is one empty database, as billing sees it.
type Harness struct {
	UnitOfWork billing.UnitOfWork
	Reads      billing.Reads
}

// RunStores checks a database against billing's ports. open is called for each
// case and gives it a database of its own.
func RunStores(t *testing.T, open func(t *testing.T) Harness) {
	t.Helper()
	for _, group := range []map[string]func(t *testing.T, h Harness){
		planCases, accountCases, checkoutCases, subscriptionCases, webhookCases, refundCases,
	} {
		for name, run := range group {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				run(t, open(t))
			})
		}
	}
}

// Now is the moment at which the suites begin, to the microsecond that both
// databases keep.
var Now = time.Date(2026, 3, 4, 5, 6, 7, 891_234_000, time.UTC)

// notIDs are ids that nothing can have.
var notIDs = []string{"", "x", "00000000-0000-0000-0000", "{0190a8f0-0000-7000-8000-000000000000}", "0190A8F0-0000-7000-8000-000000000000", "' OR 1=1 --"}

func (h Harness) do(t *testing.T, fn func(ctx context.Context, s billing.Stores) error) {
	t.Helper()
	if err := h.UnitOfWork.Do(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

func (h Harness) fails(t *testing.T, want error, fn func(ctx context.Context, s billing.Stores) error) {
	t.Helper()
	if err := h.UnitOfWork.Do(t.Context(), fn); !errors.Is(err, want) {
		t.Fatalf("have %v, want %v", err, want)
	}
}

// atOnce runs fn in n transactions at the same moment and returns how each ended.
func (h Harness) atOnce(t *testing.T, n int, fn func(ctx context.Context, s billing.Stores) error) []error {
	t.Helper()
	ctx, ready, done := t.Context(), make(chan struct{}), make(chan error)
	for range n {
		go func() {
			<-ready
			done <- h.UnitOfWork.Do(ctx, fn)
		}()
	}
	close(ready)
	all := make([]error, n)
	for i := range all {
		all[i] = <-done
	}
	return all
}

// succeeded counts the transactions that did, and checks that the others failed
// with want.
func succeeded(t *testing.T, all []error, want error) int {
	t.Helper()
	n := 0
	for _, err := range all {
		switch {
		case err == nil:
			n++
		case !errors.Is(err, want):
			t.Errorf("have %v, want %v", err, want)
		}
	}
	return n
}

func equal(t *testing.T, have, want any) {
	t.Helper()
	if !reflect.DeepEqual(have, want) {
		t.Fatalf("\nhave %+v\nwant %+v", have, want)
	}
}

func is(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("have %v, want %v", err, want)
	}
}

func must[T any](t *testing.T) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// Plan is one with a monthly and a yearly price in euro.
func Plan(code string) billing.Plan {
	return billing.Plan{
		ID: idgentest.New(), Code: code, Name: "The plan " + code, Summary: "What is in it.",
		Entitlements: []billing.Entitlement{"content.paid", "content.archive"}, Position: 2,
		Prices: []billing.Price{
			{ID: idgentest.New(), Plan: code, Interval: billing.Monthly, Money: billing.Money{Amount: 1200, Currency: "EUR"}},
			{ID: idgentest.New(), Plan: code, Interval: billing.Yearly, Money: billing.Money{Amount: 12000, Currency: "EUR"}},
		},
	}
}

// Account is an organization's.
func Account() billing.Account {
	return billing.Account{ID: idgentest.New(), Organization: billing.OrganizationID(idgentest.New()), CreatedAt: Now}
}

// Checkout is one that has just begun.
func Checkout(account, key string) *billing.Checkout {
	return billing.NewCheckout(billing.CheckoutState{
		ID: idgentest.New(), Account: account, Price: idgentest.New(), StartedBy: identityport.UserID(idgentest.New()),
		Provider: "sandbox", IdempotencyKey: key, RequestHash: []byte{0, 1, 2, 255}, Holder: "holder",
	}, Now)
}

// Subscription is one that begins now, by the month.
func Subscription(account string) *billing.Subscription {
	price := Plan("pro").Prices[0]
	return billing.Activate(idgentest.New(), "sub_"+idgentest.New(), Checkout(account, "").State(), price, Now)
}

// Webhook is an event that has just come in.
func Webhook() billing.Webhook {
	return billing.Webhook{Provider: "sandbox", EventID: "evt_" + idgentest.New(), Body: []byte("{\"type\": \"x\"}\n\x00"), ReceivedAt: Now,
		Kind: billing.SubscriptionRenewed, Checkout: idgentest.New(), Subscription: "sub_" + idgentest.New(), State: billing.WebhookReceived,
	}
}

// Refund is one that is owed.
func Refund(account string) billing.Refund {
	return billing.Refund{
		ID: idgentest.New(), Checkout: idgentest.New(), Account: account, Provider: "sandbox", Subscription: "sub_" + idgentest.New(),
		Money: billing.Money{Amount: 1200, Currency: "EUR"}, Reason: billing.PaidTwice, State: billing.RefundPending, Attempts: 2,
		LastError: "it was away", CreatedAt: Now, UpdatedAt: Now.Add(time.Second),
	}
}

// account opens an account.
func (h Harness) account(t *testing.T) billing.Account {
	t.Helper()
	a := Account()
	h.do(t, func(ctx context.Context, s billing.Stores) error {
		_, err := s.Accounts.Ensure(ctx, a)
		return err
	})
	return a
}
