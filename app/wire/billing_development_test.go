//go:build !release

package wire

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/billinghttp/billingdev"
	"github.com/neoforge-dev/neoforge/adapters/payments/sandboxpay"
	"github.com/neoforge-dev/neoforge/modules/billing"
	"github.com/neoforge-dev/neoforge/ports/clock"
)

// A checkout that was replaced or left open too long says so on a page of its own; a
// token that never was one does not.
func TestPayments_TellACheckoutThatIsOverFromNone(t *testing.T) {
	t.Parallel()
	now := clock.NewAdjustable(clock.At(time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)))
	gateway, err := sandboxpay.New(sandboxpay.Config{
		BaseURL: "http://localhost:8080", Secrets: []string{"whsec_" + base64.StdEncoding.EncodeToString([]byte(strings.Repeat("s", 32)))}, Clock: now, Folder: t.TempDir(),
	})
	if err != nil {
		t.Fatal(err)
	}
	open := func(checkout string) string {
		page, err := gateway.OpenCheckout(t.Context(), billing.CheckoutRequest{
			Checkout: checkout, PlanName: "Pro", Interval: billing.Yearly, Money: billing.Money{Amount: 12000, Currency: "EUR"},
			ReturnURL: "http://localhost:8080/billing", RequestedAt: now.Now(),
		})
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimPrefix(page.URL, "http://localhost:8080"+sandboxpay.CheckoutPath)
	}
	p := payments{gateway}
	replaced := open("0198c3f0-7d2a-7c31-9a44-3f6b1d2e4d01")
	if err := gateway.ExpireCheckout(t.Context(), "0198c3f0-7d2a-7c31-9a44-3f6b1d2e4d01"); err != nil {
		t.Fatal(err)
	}
	old := open("0198c3f0-7d2a-7c31-9a44-3f6b1d2e4d02")
	if _, err := p.Open(t.Context(), old); err != nil {
		t.Errorf("an open one: %v", err)
	}
	now.Advance(24 * time.Hour)
	for name, token := range map[string]string{"replaced": replaced, "left open": old} {
		if c, err := p.Open(t.Context(), token); !errors.Is(err, billingdev.ErrCheckoutOver) || c.ReturnURL == "" {
			t.Errorf("%s, opened: %+v, %v", name, c, err)
		}
		if c, err := p.Settle(t.Context(), token, sandboxpay.Paid); !errors.Is(err, billingdev.ErrCheckoutOver) || c.ReturnURL == "" {
			t.Errorf("%s, paid: %+v, %v", name, c, err)
		}
	}
	if _, err := p.Open(t.Context(), "other.token"); err == nil || errors.Is(err, billingdev.ErrCheckoutOver) {
		t.Errorf("a token that was none: %v", err)
	}
}
