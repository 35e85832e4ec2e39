package billingapp

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/neoforge-dev/neoforge/modules/billing"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// Export is what billing holds about one person: the accounts of their
// organizations.
type Export struct {
	Accounts []ExportedAccount `json:"accounts"`
}

// ExportedAccount is one organization's account.
type ExportedAccount struct {
	OrganizationID billing.OrganizationID `json:"organization_id"`
	OpenedAt       time.Time              `json:"opened_at"`
	Subscription   *ExportedSubscription  `json:"subscription"`
	LatestCheckout *ExportedCheckout      `json:"latest_checkout"`
	Refunds        []ExportedRefund       `json:"refunds"`
}

// ExportedRefund is a payment that is given back.
type ExportedRefund struct {
	Amount    int64               `json:"amount"`
	Currency  billing.Currency    `json:"currency"`
	State     billing.RefundState `json:"state"`
	CreatedAt time.Time           `json:"created_at"`
}

// ExportedSubscription is the plan that an account has.
type ExportedSubscription struct {
	Plan      string                     `json:"plan"`
	Amount    int64                      `json:"amount"`
	Currency  billing.Currency           `json:"currency"`
	Provider  string                     `json:"provider"`
	Status    billing.SubscriptionStatus `json:"status"`
	StartedAt time.Time                  `json:"started_at"`
	PeriodEnd time.Time                  `json:"period_end"`
}

// ExportedCheckout is the last attempt to buy.
type ExportedCheckout struct {
	Status    billing.CheckoutStatus `json:"status"`
	Provider  string                 `json:"provider"`
	CreatedAt time.Time              `json:"created_at"`
	ByUser    bool                   `json:"started_by_you"`
}

// ExportUser is an [identityport.Export]; it returns an [Export].
func (a *App) ExportUser(ctx context.Context, who identityport.Subject) (any, error) {
	export := Export{Accounts: []ExportedAccount{}}
	for _, o := range who.Organizations {
		account, err := a.reads.Account(ctx, o)
		if errors.Is(err, billing.ErrAccountNotFound) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("export account of %s: %w", o, err)
		}
		exported := ExportedAccount{OrganizationID: o, OpenedAt: account.CreatedAt, Refunds: []ExportedRefund{}}
		holdings, err := a.reads.Holdings(ctx, []billing.OrganizationID{o})
		if err != nil {
			return nil, fmt.Errorf("export subscription of %s: %w", o, err)
		}
		for _, h := range holdings {
			s := h.Subscription
			exported.Subscription = &ExportedSubscription{
				Plan: s.Plan, Amount: s.Money.Amount, Currency: s.Money.Currency, Provider: s.Provider,
				Status: s.Status, StartedAt: s.StartedAt, PeriodEnd: s.PeriodEnd,
			}
		}
		checkout, found, err := a.reads.LatestCheckout(ctx, account.ID)
		if err != nil {
			return nil, fmt.Errorf("export checkout of %s: %w", o, err)
		}
		if found {
			exported.LatestCheckout = &ExportedCheckout{
				Status: checkout.Status, Provider: checkout.Provider, CreatedAt: checkout.CreatedAt,
				ByUser: checkout.StartedBy == who.User,
			}
		}
		refunds, err := a.reads.RefundsOf(ctx, account.ID)
		if err != nil {
			return nil, fmt.Errorf("export refunds of %s: %w", o, err)
		}
		for _, r := range refunds {
			exported.Refunds = append(exported.Refunds, ExportedRefund{
				Amount: r.Money.Amount, Currency: r.Money.Currency, State: r.State, CreatedAt: r.CreatedAt,
			})
		}
		export.Accounts = append(export.Accounts, exported)
	}
	return export, nil
}
