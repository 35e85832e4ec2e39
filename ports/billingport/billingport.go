// Package billingport is what billing publishes to the other contexts: what an
// organization has paid for.
package billingport

import (
	"context"
	"time"

	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// Entitlement names something that a plan includes: "content.paid".
type Entitlement string

// ContentPaid lets a reader open posts that are for paying customers.
const ContentPaid Entitlement = "content.paid"

// APIRequests raises how often the personal access tokens of an organization's members may
// ask the API.
const APIRequests Entitlement = "api.requests"

// Entitlements answers what readers have paid for.
type Entitlements interface {
	// Entitled reports whether any of the organizations holds e now. No
	// organizations hold nothing.
	Entitled(ctx context.Context, organizations []identityport.OrganizationID, e Entitlement) (bool, error)
}

// TagPlans is the cache tag of what is sold: pages that show an offer carry it.
const TagPlans = "billing.plans"

// Offer is a plan as it is offered to somebody who lacks what it includes.
type Offer struct {
	PlanName string
	Amount   int64  // of one month, in minor units
	Currency string // ISO 4217
}

// Offers answers what somebody would buy.
type Offers interface {
	// OfferFor returns the first plan on sale that includes e and is paid by the month;
	// nil when there is none.
	OfferFor(ctx context.Context, e Entitlement) (*Offer, error)
}

// SubscriptionActivated reports that an organization's payment went through and
// its plan is in force.
type SubscriptionActivated struct {
	SubscriptionID string                      `json:"subscription_id"`
	OrganizationID identityport.OrganizationID `json:"organization_id"`
	PlanCode       string                      `json:"plan_code"`
	PlanName       string                      `json:"plan_name"`
	Entitlements   []Entitlement               `json:"entitlements"`
	Amount         int64                       `json:"amount"`   // minor units
	Currency       string                      `json:"currency"` // ISO 4217
	PeriodEnd      time.Time                   `json:"period_end"`
}

// EventName implements events.Payload.
func (SubscriptionActivated) EventName() string { return "billing.subscription_activated.v1" }

// SubscriptionEnded reports that an organization's plan is no longer in force.
type SubscriptionEnded struct {
	SubscriptionID string                      `json:"subscription_id"`
	OrganizationID identityport.OrganizationID `json:"organization_id"`
	PlanCode       string                      `json:"plan_code"`
	Entitlements   []Entitlement               `json:"entitlements"`
}

// EventName implements events.Payload.
func (SubscriptionEnded) EventName() string { return "billing.subscription_ended.v1" }
