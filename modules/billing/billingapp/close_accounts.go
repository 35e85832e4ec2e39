package billingapp

import (
	"context"

	"github.com/neoforge-dev/neoforge/modules/billing"
	"github.com/neoforge-dev/neoforge/ports/audit"
	"github.com/neoforge-dev/neoforge/ports/events"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// onUserErased ends and deletes what the organizations had that ended with a person.
func (a *App) onUserErased(ctx context.Context, e events.Event) error {
	p, err := events.Decode[identityport.UserErased](e)
	if err != nil {
		return err
	}
	return a.closeAll(ctx, e.ID, closeAccounts, p.Organizations)
}

// onOrganizationDeleted ends and deletes what a shared organization had.
func (a *App) onOrganizationDeleted(ctx context.Context, e events.Event) error {
	p, err := events.Decode[identityport.OrganizationDeleted](e)
	if err != nil {
		return err
	}
	return a.closeAll(ctx, e.ID, closeAccount, []billing.OrganizationID{p.OrganizationID})
}

// closeAll closes the accounts of organizations once for an event, in as many queries as
// it takes for one.
func (a *App) closeAll(ctx context.Context, event, subscriber string, organizations []billing.OrganizationID) error {
	var stale []string
	err := a.work.Do(ctx, func(ctx context.Context, s billing.Stores) error {
		stale = nil
		first, err := s.Inbox.Record(ctx, event, subscriber)
		if err != nil || !first {
			return err
		}
		accounts, err := s.Accounts.LockAll(ctx, organizations)
		if err != nil || len(accounts) == 0 {
			return err
		}
		for _, account := range accounts {
			stale = append(stale, billing.TagOrganization(account.Organization))
		}
		return a.close(ctx, s, accounts)
	})
	if err == nil {
		a.invalidate(ctx, stale...)
	}
	return err
}

// close ends what accounts have, which are locked, and deletes them.
func (a *App) close(ctx context.Context, s billing.Stores, accounts []billing.Account) error {
	now := a.clock.Now()
	ids, organizations, entries := make([]string, len(accounts)), make([]billing.OrganizationID, len(accounts)), make([]audit.Entry, len(accounts))
	for i, account := range accounts {
		ids[i], organizations[i] = account.ID, account.Organization
		entries[i] = a.entry(system, "billing.account_closed", "account:"+account.ID, "", now)
	}
	live, err := s.Subscriptions.LiveOfAll(ctx, ids)
	if err != nil {
		return err
	}
	if len(live) > 0 {
		if _, err := a.endAll(ctx, s, live, billing.Cancelled, now); err != nil {
			return err
		}
	}
	var owed []billing.Refund
	for _, subscription := range live {
		if state := subscription.State(); atProvider(state) { // or it would be charged for ever
			owed = append(owed, billing.Refund{
				Account: state.Account, Provider: state.Provider, Subscription: state.ProviderRef,
				Money: billing.Money{Currency: state.Money.Currency}, Reason: billing.AccountClosed,
			})
		}
	}
	if err := a.refund(ctx, s, now, owed...); err != nil {
		return err
	}
	if err := s.Accounts.Delete(ctx, organizations...); err != nil {
		return err
	}
	return s.Audit.Append(ctx, entries...)
}
