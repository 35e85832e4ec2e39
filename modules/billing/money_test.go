package billing_test

import (
	"testing"

	"github.com/neoforge-dev/neoforge/modules/billing"
)

func TestMoney_MoneyIsWrittenInTheUnitsOfItsCurrency(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		amount   int64
		currency billing.Currency
		want     string
	}{
		{1200, "EUR", "12.00 EUR"},
		{5, "USD", "0.05 USD"},
		{0, "EUR", "0.00 EUR"},
		{-1250, "EUR", "-12.50 EUR"},
		{1200, "JPY", "1200 JPY"},
		{-7, "KRW", "-7 KRW"},
		{1234, "KWD", "1.234 KWD"},
		{1, "BHD", "0.001 BHD"},
	} {
		if got := (billing.Money{Amount: c.amount, Currency: c.currency}).String(); got != c.want {
			t.Errorf("%d %s is written %q, want %q", c.amount, c.currency, got, c.want)
		}
	}
}
