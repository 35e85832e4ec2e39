package billing

import (
	"slices"
	"time"

	"github.com/neoforge-dev/neoforge/ports/billingport"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// The names that billing shares with the other contexts.
type (
	Entitlement    = billingport.Entitlement
	OrganizationID = identityport.OrganizationID
)

// Interval is how often a price is charged.
type Interval string

// The intervals.
const (
	Monthly Interval = "month"
	Yearly  Interval = "year"
)

// After returns the end of one interval that begins at t. The last day of a
// month stays the last day: a month after 31 January ends on 28 or 29 February.
func (i Interval) After(t time.Time) time.Time {
	months := 1
	if i == Yearly {
		months = 12
	}
	next := t.AddDate(0, months, 0)
	if next.Day() != t.Day() {
		next = next.AddDate(0, 0, -next.Day())
	}
	return next
}

// Plan is something that is sold. Code is unique and stable ("pro").
type Plan struct {
	ID           string
	Code         string
	Name         string
	Summary      string
	Entitlements []Entitlement
	Prices       []Price
	Position     int // in lists, ascending
}

// Price is what a plan costs. A price in use is never changed: it is retired and
// another takes its place.
type Price struct {
	ID       string
	Plan     string // code
	Interval Interval
	Money    Money
	Retired  bool
}

// Includes reports whether the plan gives e.
func (p Plan) Includes(e Entitlement) bool { return slices.Contains(p.Entitlements, e) }

// OfferFor is the first of the plans that includes e and costs something by the month;
// nil when there is none.
func OfferFor(plans []Plan, e Entitlement) *billingport.Offer {
	for _, plan := range plans {
		if !plan.Includes(e) {
			continue
		}
		for _, price := range plan.Prices {
			if price.Interval == Monthly && price.Money.Amount > 0 {
				return &billingport.Offer{PlanName: plan.Name, Amount: price.Money.Amount, Currency: string(price.Money.Currency)}
			}
		}
	}
	return nil
}
