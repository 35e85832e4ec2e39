package billingstore

import (
	"context"

	entsql "entgo.io/ent/dialect/sql"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/ent/billingent"
	"github.com/neoforge-dev/neoforge/ent/billingent/checkout"
	"github.com/neoforge-dev/neoforge/ent/billingent/predicate"
	"github.com/neoforge-dev/neoforge/modules/billing"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

type checkouts struct{ tx transaction }

// Insert implements billing.Checkouts.
func (s checkouts) Insert(ctx context.Context, c *billing.Checkout) error {
	v := c.State()
	id, err := entstore.ID(v.ID)
	if err != nil {
		return entstore.Failure(err, noRules, "billingstore: insert checkout")
	}
	account, err := entstore.ID(v.Account)
	if err != nil {
		return entstore.Failure(err, accountRules, "billingstore: insert checkout %s", v.ID)
	}
	price, err := entstore.ID(v.Price)
	if err != nil {
		return entstore.Failure(err, priceRules, "billingstore: insert checkout %s", v.ID)
	}
	person, err := entstore.ID(v.StartedBy)
	if err != nil {
		return entstore.Failure(err, noRules, "billingstore: insert checkout %s", v.ID)
	}
	err = s.tx.Ent.Checkout.Create().
		SetID(id).
		SetAccountID(account).
		SetPriceID(price).
		SetStartedBy(person).
		SetProvider(v.Provider).
		SetProviderRef(v.ProviderRef).
		SetURL(v.URL).
		SetNillableIdempotencyKey(entstore.NullText(v.IdempotencyKey)).
		SetRequestHash(v.RequestHash).
		SetStatus(string(v.Status)).
		SetHolder(v.Holder).
		SetCreatedAt(v.CreatedAt.UTC()).
		SetUpdatedAt(v.UpdatedAt.UTC()).
		SetVersion(v.Version).
		Exec(ctx)
	return entstore.Failure(err, checkoutRules, "billingstore: insert checkout %s", v.ID)
}

// Update implements billing.Checkouts.
func (s checkouts) Update(ctx context.Context, c *billing.Checkout) error {
	v := c.State()
	id, err := entstore.ID(v.ID)
	if err != nil {
		return entstore.Failure(err, checkoutRules, "billingstore: update checkout")
	}
	account, err := entstore.ID(v.Account)
	if err != nil {
		return entstore.Failure(err, accountRules, "billingstore: update checkout %s", v.ID)
	}
	if s.tx.Dialect() == entstore.Postgres { // SQLite has one writer at a time
		if _, _, err := accounts(s).lockShared(ctx, account); err != nil {
			return err
		}
	}
	n, err := s.tx.Ent.Checkout.Update().
		Where(checkout.ID(id), checkout.Version(c.LoadedVersion())).
		SetProviderRef(v.ProviderRef).
		SetURL(v.URL).
		SetStatus(string(v.Status)).
		SetHolder(v.Holder).
		SetUpdatedAt(v.UpdatedAt.UTC()).
		SetVersion(v.Version).
		Save(ctx)
	if err == nil && n == 0 {
		err = billing.ErrCheckoutChanged
	}
	return entstore.Failure(err, checkoutRules, "billingstore: update checkout %s", v.ID)
}

// ByID implements billing.Checkouts.
func (s checkouts) ByID(ctx context.Context, id string) (*billing.Checkout, error) {
	key, err := entstore.ID(id)
	if err != nil {
		return nil, entstore.Failure(err, checkoutRules, "billingstore: checkout")
	}
	row, err := s.tx.Ent.Checkout.Get(ctx, key)
	if err != nil {
		return nil, entstore.Failure(err, checkoutRules, "billingstore: checkout %s", id)
	}
	return billing.RestoreCheckout(checkoutOf(row)), nil
}

// open is written out as in the partial index.
func open() predicate.Checkout {
	return func(s *entsql.Selector) {
		s.Where(entsql.P(func(b *entsql.Builder) {
			b.Ident(s.C(checkout.FieldStatus)).WriteString(" NOT IN ('completed', 'expired')")
		}))
	}
}

// OpenOf implements billing.Checkouts.
func (s checkouts) OpenOf(ctx context.Context, account string) (*billing.Checkout, error) {
	key, err := entstore.ID(account)
	if err != nil {
		return nil, entstore.Failure(err, checkoutRules, "billingstore: open checkout")
	}
	row, err := s.tx.Ent.Checkout.Query().Where(checkout.AccountID(key), open()).Only(ctx)
	if err != nil {
		return nil, entstore.Failure(err, checkoutRules, "billingstore: open checkout of account %s", account)
	}
	return billing.RestoreCheckout(checkoutOf(row)), nil
}

// CheckoutByKey implements billing.Reads.
func (s *Store) CheckoutByKey(ctx context.Context, account, key string) (billing.CheckoutState, bool, error) {
	id, err := entstore.ID(account)
	if err != nil || key == "" {
		return billing.CheckoutState{}, false, nil
	}
	return firstCheckout(ctx, s.reads.Checkout.Query().
		Where(checkout.AccountID(id), checkout.IdempotencyKey(key)), account)
}

// CheckoutByID implements billing.Reads.
func (s *Store) CheckoutByID(ctx context.Context, id string) (billing.CheckoutState, error) {
	key, err := entstore.ID(id)
	if err != nil {
		return billing.CheckoutState{}, entstore.Failure(err, checkoutRules, "billingstore: checkout")
	}
	row, err := s.reads.Checkout.Query().Where(checkout.ID(key)).Only(ctx)
	if err != nil {
		return billing.CheckoutState{}, entstore.Failure(err, checkoutRules, "billingstore: checkout %s", id)
	}
	return checkoutOf(row), nil
}

// LatestCheckout implements billing.Reads.
func (s *Store) LatestCheckout(ctx context.Context, account string) (billing.CheckoutState, bool, error) {
	id, err := entstore.ID(account)
	if err != nil {
		return billing.CheckoutState{}, false, nil
	}
	return firstCheckout(ctx, s.reads.Checkout.Query().
		Where(checkout.AccountID(id)).
		Order(checkout.ByCreatedAt(entsql.OrderDesc()), checkout.ByID(entsql.OrderDesc())), account)
}

func firstCheckout(ctx context.Context, q *billingent.CheckoutQuery, account string) (billing.CheckoutState, bool, error) {
	row, err := q.First(ctx)
	switch {
	case billingent.IsNotFound(err):
		return billing.CheckoutState{}, false, nil
	case err != nil:
		return billing.CheckoutState{}, false, entstore.Failure(err, noRules, "billingstore: checkouts of account %s", account)
	}
	return checkoutOf(row), true, nil
}

func checkoutOf(r *billingent.Checkout) billing.CheckoutState {
	return billing.CheckoutState{
		ID:             r.ID.String(),
		Account:        r.AccountID.String(),
		Price:          r.PriceID.String(),
		StartedBy:      identityport.UserID(r.StartedBy.String()),
		Provider:       r.Provider,
		ProviderRef:    r.ProviderRef,
		URL:            r.URL,
		IdempotencyKey: entstore.Text(r.IdempotencyKey),
		RequestHash:    r.RequestHash,
		Status:         billing.CheckoutStatus(r.Status),
		Holder:         r.Holder,
		CreatedAt:      r.CreatedAt.UTC(),
		UpdatedAt:      r.UpdatedAt.UTC(),
		Version:        r.Version,
	}
}
