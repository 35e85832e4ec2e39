// Package plans is the sample data of billing: what is sold, and who has bought it.
package plans

import (
	"github.com/neoforge-dev/neoforge/modules/billing"
	"github.com/neoforge-dev/neoforge/ports/billingport"
)

// Plans returns what is sold.
func Plans() []billing.Plan {
	return []billing.Plan{
		{
			Code: "free", Name: "Free", Position: 1,
			Summary: "For the curious: everything that is public.",
			Prices:  prices(0, 0, 0, 0),
		},
		{
			Code: "member", Name: "Member", Position: 2,
			Summary: "For friends of the workshop, who want it to go on.",
			Prices:  prices(400, 4_000, 500, 5_000),
		},
		{
			Code: "pro", Name: "Pro", Position: 3,
			Summary:      "For those whose work depends on it: every post, in full.",
			Entitlements: []billing.Entitlement{billingport.ContentPaid},
			Prices:       prices(1_200, 12_000, 1_400, 14_000),
		},
	}
}

// prices takes amounts in cents: a month and a year, in EUR and in USD.
func prices(eurMonth, eurYear, usdMonth, usdYear int64) []billing.Price {
	price := func(i billing.Interval, amount int64, c billing.Currency) billing.Price {
		return billing.Price{Interval: i, Money: billing.Money{Amount: amount, Currency: c}}
	}
	return []billing.Price{
		price(billing.Monthly, eurMonth, "EUR"), price(billing.Yearly, eurYear, "EUR"),
		price(billing.Monthly, usdMonth, "USD"), price(billing.Yearly, usdYear, "USD"),
	}
}
