package billingapp

import (
	"context"
	"errors"
	"time"

	"github.com/neoforge-dev/neoforge/modules/billing"
	"github.com/neoforge-dev/neoforge/ports/audit"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// system is who acts where no person does.
const system = "system"

// organizationOf returns the organization that an actor means: the one named, or
// the personal one. One that the actor is no member of is as absent as one that
// does not exist: billing.ErrAccountNotFound.
func organizationOf(actor identityport.Actor, named billing.OrganizationID) (billing.OrganizationID, error) {
	if named == "" {
		named = actor.PersonalOrganization()
	}
	if named == "" || !actor.MemberOf(named) {
		return "", billing.ErrAccountNotFound
	}
	return named, nil
}

// account returns an organization's account and opens it when the subscriber that
// does so has not come to it yet.
func (a *App) account(ctx context.Context, o billing.OrganizationID) (billing.Account, error) {
	account, err := a.reads.Account(ctx, o)
	if !errors.Is(err, billing.ErrAccountNotFound) {
		return account, err
	}
	err = a.work.Do(ctx, func(ctx context.Context, s billing.Stores) (err error) {
		account, err = s.Accounts.Ensure(ctx, a.newAccount(o))
		return err
	})
	return account, err
}

func (a *App) newAccount(o billing.OrganizationID) billing.Account {
	return billing.Account{ID: a.ids.New(), Organization: o, CreatedAt: a.clock.Now()}
}

func (a *App) entry(actor, action, resource, ip string, at time.Time) audit.Entry {
	return audit.Entry{ID: a.ids.New(), Actor: actor, Action: action, Resource: resource, IP: ip, At: at}
}

// invalidate makes cached answers stale after a commit. Its error is not the caller's: the
// stores have noted the same tags in the transaction, and every replica reads them from there.
func (a *App) invalidate(ctx context.Context, tags ...string) {
	if len(tags) > 0 {
		_ = a.cache.Invalidate(context.WithoutCancel(ctx), tags...)
	}
}
