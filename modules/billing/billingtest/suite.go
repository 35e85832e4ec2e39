// Package billingtest is the contract of billing's ports, as suites that every
// adapter runs, and the builders that they and other tests use.
package billingtest

import (
	"context"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/billing"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/ports/idgen/idgentest"
	"github.com/neoforge-dev/neoforge/ports/storetest"
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
	storetest.Run(t, open, planCases, accountCases, checkoutCases, subscriptionCases, webhookCases, refundCases, figureCases)
}

// Now is the moment at which the suites begin.
var Now = storetest.Now

func (h Harness) do(t *testing.T, fn func(ctx context.Context, s billing.Stores) error) {
	t.Helper()
	storetest.Do(t, h.UnitOfWork, fn)
}

func (h Harness) fails(t *testing.T, want error, fn func(ctx context.Context, s billing.Stores) error) {
	t.Helper()
	storetest.Fails(t, h.UnitOfWork, want, fn)
}

func (h Harness) atOnce(t *testing.T, n int, fn func(ctx context.Context, s billing.Stores) error) []error {
	t.Helper()
	return storetest.AtOnce(t, h.UnitOfWork, n, fn)
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
