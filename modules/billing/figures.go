package billing

import (
	"context"
	"time"
)

// SubscriptionCount is how many subscriptions to a plan stand where Status says.
type SubscriptionCount struct {
	Plan   string // code
	Status SubscriptionStatus
	Count  int
}

// Figures are how much is sold.
type Figures struct {
	Subscriptions []SubscriptionCount // by plan, then status; what is 0 is left out
	// MonthlyRevenue is what live subscriptions bring in a month, before taxes, in minor
	// units of each currency: a year's price by a twelfth. What costs nothing is left out.
	MonthlyRevenue map[Currency]float64
	Customers      int // accounts that have a live subscription that costs something
	// NewCustomers are the accounts that began to pay, for the first time, within a number
	// of days.
	NewCustomers map[int]int
}

// FigureDays are the days within which new customers are counted.
var FigureDays = []int{1, 7, 30}

// FigureReads counts what is sold.
type FigureReads interface {
	// Figures goes through all subscriptions, so nobody waits for it.
	Figures(ctx context.Context, now time.Time) (Figures, error)
}
