package billing

import (
	"fmt"
	"time"
)

// Account is who is charged: one for every organization.
type Account struct {
	ID           string
	Organization OrganizationID
	CreatedAt    time.Time
}

// SubscriptionStatus is where a subscription stands.
type SubscriptionStatus string

// The statuses. A live subscription is Active or PastDue.
const (
	Active  SubscriptionStatus = "active"
	PastDue SubscriptionStatus = "past_due"
	Ended   SubscriptionStatus = "ended"
)

// Change is something that happens to a subscription.
type Change string

// The changes.
const (
	Renewed       Change = "renewed"
	PaymentFailed Change = "payment_failed"
	PeriodOver    Change = "period_over" // the paid time has passed without a renewal
	Replaced      Change = "replaced"    // by a subscription to another plan
	Cancelled     Change = "cancelled"   // at once, by the provider or with the person
)

// transitions is the whole state machine: a pair that is not listed cannot happen.
var transitions = map[SubscriptionStatus]map[Change]SubscriptionStatus{
	Active: {
		Renewed:       Active,
		PaymentFailed: PastDue,
		PeriodOver:    Ended,
		Replaced:      Ended,
		Cancelled:     Ended,
	},
	PastDue: {
		Renewed:       Active,
		PaymentFailed: PastDue,
		PeriodOver:    Ended,
		Replaced:      Ended,
		Cancelled:     Ended,
	},
	Ended: {},
}

// PaymentGrace is how long after its period a subscription stays in force, so
// that a renewal that is on its way costs nobody their reading.
const PaymentGrace = 3 * 24 * time.Hour

// SubscriptionState is a subscription as a store keeps it.
type SubscriptionState struct {
	ID          string
	Account     string
	Plan        string // code
	Price       string // id
	Money       Money
	Provider    string // "sandbox"
	ProviderRef string // the provider's id for it, unique within the provider
	Status      SubscriptionStatus
	StartedAt   time.Time
	PeriodEnd   time.Time
	EndedAt     time.Time // zero while live
	EndReason   Change    // empty while live
	UpdatedAt   time.Time
	Version     int
}

// Subscription is a plan in force for an account. Its state changes through its
// methods only. It remembers the version that it was loaded at, which a store writes the
// new one over.
type Subscription struct {
	s      SubscriptionState
	loaded int
}

// Activate starts a subscription from a checkout that was paid.
func Activate(id, providerRef string, c CheckoutState, p Price, now time.Time) *Subscription {
	return RestoreSubscription(SubscriptionState{
		ID: id, Account: c.Account, Plan: p.Plan, Price: p.ID, Money: p.Money,
		Provider: c.Provider, ProviderRef: providerRef, Status: Active,
		StartedAt: now, PeriodEnd: p.Interval.After(now), UpdatedAt: now, Version: 1,
	})
}

// RestoreSubscription is a subscription that was loaded in the state s.
func RestoreSubscription(s SubscriptionState) *Subscription {
	return &Subscription{s: s, loaded: s.Version}
}

// LoadedVersion is the version before it was changed.
func (s *Subscription) LoadedVersion() int { return s.loaded }

// State returns a copy of what the subscription is.
func (s *Subscription) State() SubscriptionState { return s.s }

// Live reports whether the subscription has not ended.
func (s *Subscription) Live() bool { return s.s.Status != Ended }

// InForceAt reports whether the plan's entitlements hold at t.
func (s SubscriptionState) InForceAt(t time.Time) bool {
	return s.Status != Ended && t.Before(s.PeriodEnd.Add(PaymentGrace))
}

// Renew moves the paid period to end at until; an earlier end than the present
// one changes nothing, so that a late delivery takes nothing away.
func (s *Subscription) Renew(until, now time.Time) error {
	if err := s.apply(Renewed, now); err != nil {
		return err
	}
	if until.After(s.s.PeriodEnd) {
		s.s.PeriodEnd = until
	}
	return nil
}

// FailPayment records that a charge did not go through.
func (s *Subscription) FailPayment(now time.Time) error { return s.apply(PaymentFailed, now) }

// End ends the subscription for one of the reasons PeriodOver, Replaced, Cancelled.
func (s *Subscription) End(reason Change, now time.Time) error {
	switch reason {
	case PeriodOver, Replaced, Cancelled:
	default:
		return ErrNoTransition.WithMessage(fmt.Sprintf("A subscription cannot end for being %s.", reason))
	}
	if err := s.apply(reason, now); err != nil {
		return err
	}
	s.s.EndedAt, s.s.EndReason = now, reason
	return nil
}

func (s *Subscription) apply(c Change, now time.Time) error {
	next, ok := transitions[s.s.Status][c]
	if !ok {
		return ErrNoTransition.WithMessage(fmt.Sprintf("A subscription that is %s cannot be %s.", s.s.Status, c))
	}
	s.s.Status = next
	s.s.UpdatedAt = now
	s.s.Version++
	return nil
}
