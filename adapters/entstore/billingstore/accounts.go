package billingstore

import (
	"context"
	"database/sql"
	"errors"

	entsql "entgo.io/ent/dialect/sql"
	"github.com/google/uuid"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/ent/billingent"
	"github.com/neoforge-dev/neoforge/ent/billingent/account"
	"github.com/neoforge-dev/neoforge/modules/billing"
)

type accounts struct{ tx transaction }

// Ensure implements billing.Accounts.
func (s accounts) Ensure(ctx context.Context, a billing.Account) (billing.Account, error) {
	id, err := entstore.ID(a.ID)
	if err != nil {
		return billing.Account{}, entstore.Failure(err, noRules, "billingstore: ensure account")
	}
	organization, err := entstore.ID(a.Organization)
	if err != nil {
		return billing.Account{}, entstore.Failure(err, noRules, "billingstore: ensure account of organization")
	}
	err = s.tx.Ent.Account.Create().
		SetID(id).SetOrganizationID(organization).SetCreatedAt(a.CreatedAt.UTC()).
		OnConflict(entsql.ConflictColumns(account.FieldOrganizationID), entsql.DoNothing()).
		Exec(ctx)
	if err != nil && !errors.Is(err, sql.ErrNoRows) { // no rows: there is one already
		return billing.Account{}, entstore.Failure(err, noRules, "billingstore: ensure account of %s", a.Organization)
	}
	return accountWhere(ctx, s.tx.Ent, account.OrganizationID(organization), "billingstore: account of %s", a.Organization)
}

// ByID implements billing.Accounts.
func (s accounts) ByID(ctx context.Context, id string) (billing.Account, error) {
	key, err := entstore.ID(id)
	if err != nil {
		return billing.Account{}, entstore.Failure(err, accountRules, "billingstore: account")
	}
	return accountWhere(ctx, s.tx.Ent, account.ID(key), "billingstore: account %s", id)
}

// ByIDs implements billing.Accounts.
func (s accounts) ByIDs(ctx context.Context, ids []string) (map[string]billing.Account, error) {
	keys := entstore.IDs(ids)
	if len(keys) == 0 {
		return nil, nil
	}
	rows, err := s.tx.Ent.Account.Query().Where(account.IDIn(keys...)).All(ctx)
	if err != nil {
		return nil, entstore.Failure(err, noRules, "billingstore: %d accounts", len(ids))
	}
	out := make(map[string]billing.Account, len(rows))
	for _, row := range rows {
		out[row.ID.String()] = accountOf(row)
	}
	return out, nil
}

// LockAll implements billing.Accounts. SQLite has one writer at a time, who needs no lock.
func (s accounts) LockAll(ctx context.Context, organizations []billing.OrganizationID) ([]billing.Account, error) {
	keys := entstore.IDs(organizations)
	if len(keys) == 0 {
		return nil, nil
	}
	query := s.tx.Ent.Account.Query().Where(account.OrganizationIDIn(keys...)).Order(account.ByID())
	if s.tx.Dialect() == entstore.Postgres {
		query.ForUpdate()
	}
	rows, err := query.All(ctx)
	if err != nil {
		return nil, entstore.Failure(err, noRules, "billingstore: lock the accounts of %d organizations", len(organizations))
	}
	out := make([]billing.Account, len(rows))
	for i, row := range rows {
		out[i] = accountOf(row)
	}
	return out, nil
}

// lockShared keeps an account from being deleted until the transaction ends, and returns it;
// false when it is deleted already. Whoever changes a checkout or a subscription does this
// first: a row that refers to the account would be locked, and then the account, while
// who deletes the account locks it first, and then what refers to it.
func (s accounts) lockShared(ctx context.Context, key uuid.UUID) (billing.Account, bool, error) {
	query := s.tx.Ent.Account.Query().Where(account.ID(key))
	if s.tx.Dialect() == entstore.Postgres {
		query.ForUpdate(entsql.WithLockClause("FOR KEY SHARE"))
	}
	row, err := query.Only(ctx)
	switch {
	case billingent.IsNotFound(err):
		return billing.Account{}, false, nil
	case err != nil:
		return billing.Account{}, false, entstore.Failure(err, noRules, "billingstore: lock account %s", key)
	}
	return accountOf(row), true, nil
}

// Delete implements billing.Accounts. Checkouts and subscriptions go with the
// accounts, by foreign keys.
func (s accounts) Delete(ctx context.Context, organizations ...billing.OrganizationID) error {
	keys := entstore.IDs(organizations) // no organization has another id, so there is no account
	if len(keys) == 0 {
		return nil
	}
	n, err := s.tx.Ent.Account.Delete().Where(account.OrganizationIDIn(keys...)).Exec(ctx)
	if n > 0 {
		for _, o := range organizations {
			s.tx.Invalidate(billing.TagOrganization(o))
		}
	}
	return entstore.Failure(err, noRules, "billingstore: delete the accounts of %d organizations", len(organizations))
}

// Account implements billing.Reads.
func (s *Store) Account(ctx context.Context, o billing.OrganizationID) (billing.Account, error) {
	key, err := entstore.ID(o)
	if err != nil {
		return billing.Account{}, entstore.Failure(err, accountRules, "billingstore: account")
	}
	return accountWhere(ctx, s.reads, account.OrganizationID(key), "billingstore: account of %s", o)
}

// OrganizationOf implements billing.Reads.
func (s *Store) OrganizationOf(ctx context.Context, id string) (billing.OrganizationID, error) {
	key, err := entstore.ID(id)
	if err != nil {
		return "", entstore.Failure(err, accountRules, "billingstore: organization of account")
	}
	a, err := accountWhere(ctx, s.reads, account.ID(key), "billingstore: organization of account %s", id)
	return a.Organization, err
}

func accountWhere(ctx context.Context, c *billingent.Client, where func(*entsql.Selector), operation string, args ...any) (billing.Account, error) {
	row, err := c.Account.Query().Where(where).Only(ctx)
	if err != nil {
		return billing.Account{}, entstore.Failure(err, accountRules, operation, args...)
	}
	return accountOf(row), nil
}

func accountOf(r *billingent.Account) billing.Account {
	return billing.Account{
		ID:           r.ID.String(),
		Organization: billing.OrganizationID(r.OrganizationID.String()),
		CreatedAt:    r.CreatedAt.UTC(),
	}
}
