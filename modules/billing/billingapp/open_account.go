package billingapp

import (
	"context"
	"fmt"

	"github.com/neoforge-dev/neoforge/modules/billing"
	"github.com/neoforge-dev/neoforge/ports/events"
	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// OpenAccount gives an organization its billing account. Doing so again changes
// nothing.
func (a *App) OpenAccount(ctx context.Context, o billing.OrganizationID) (billing.Account, error) {
	account, err := a.account(ctx, o)
	if err != nil {
		return billing.Account{}, fmt.Errorf("open account of %s: %w", o, err)
	}
	return account, nil
}

// onUserRegistered opens the account of a new person's own organization. One that
// has ended meanwhile gets none: its end may have been heard of before its
// beginning.
func (a *App) onUserRegistered(ctx context.Context, e events.Event) error {
	p, err := events.Decode[identityport.UserRegistered](e)
	if err != nil {
		return err
	}
	_, err = a.people.BillingContact(ctx, p.PersonalOrganization)
	missing := fault.KindOf(err) == fault.NotFound
	if err != nil && !missing {
		return err
	}
	return a.work.Do(ctx, func(ctx context.Context, s billing.Stores) error {
		first, err := s.Inbox.Record(ctx, e.ID, openAccount)
		if err != nil || !first || missing {
			return err
		}
		_, err = s.Accounts.Ensure(ctx, a.newAccount(p.PersonalOrganization))
		return err
	})
}
