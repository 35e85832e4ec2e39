package billingapp

import (
	"context"
	"errors"

	"github.com/neoforge-dev/neoforge/modules/billing"
	"github.com/neoforge-dev/neoforge/ports/events"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// onUserErased ends and forgets what the organizations had that ended with a person.
func (a *App) onUserErased(ctx context.Context, e events.Event) error {
	p, err := events.Decode[identityport.UserErased](e)
	if err != nil {
		return err
	}
	return a.closeAll(ctx, e.ID, closeAccounts, p.Organizations)
}

// onOrganizationDeleted ends and forgets what a shared organization had.
func (a *App) onOrganizationDeleted(ctx context.Context, e events.Event) error {
	p, err := events.Decode[identityport.OrganizationDeleted](e)
	if err != nil {
		return err
	}
	return a.closeAll(ctx, e.ID, closeAccount, []billing.OrganizationID{p.OrganizationID})
}

// closeAll closes the accounts of organizations once for an event.
func (a *App) closeAll(ctx context.Context, event, subscriber string, organizations []billing.OrganizationID) error {
	var accounts []billing.Account
	for _, o := range organizations {
		account, err := a.reads.Account(ctx, o)
		if errors.Is(err, billing.ErrAccountNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		accounts = append(accounts, account)
	}
	var stale []string
	err := a.work.Do(ctx, func(ctx context.Context, s billing.Stores) error {
		stale = nil
		first, err := s.Inbox.Record(ctx, event, subscriber)
		if err != nil || !first {
			return err
		}
		for _, account := range accounts {
			if err := a.close(ctx, s, account); err != nil {
				return err
			}
			stale = append(stale, billing.TagOrganization(account.Organization))
		}
		return nil
	})
	if err == nil {
		a.forget(ctx, stale...)
	}
	return err
}

func (a *App) close(ctx context.Context, s billing.Stores, account billing.Account) error {
	now := a.clock.Now()
	live, err := liveOf(ctx, s, account)
	if err != nil {
		return err
	}
	if live != nil {
		if err := a.end(ctx, s, account, live, billing.Cancelled, now); err != nil {
			return err
		}
		if state := live.State(); state.ProviderRef != "" { // or it would be charged for ever
			err := a.giveBack(ctx, s, billing.Refund{
				Account: account.ID, Provider: state.Provider, Subscription: state.ProviderRef,
				Money: billing.Money{Currency: state.Money.Currency}, Reason: billing.AccountClosed,
			}, now)
			if err != nil {
				return err
			}
		}
	}
	if err := s.Accounts.Delete(ctx, account.Organization); err != nil {
		return err
	}
	return s.Audit.Append(ctx, a.entry(system, "billing.account_closed", "account:"+account.ID, "", now))
}
