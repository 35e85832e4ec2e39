package billingstore

import (
	"context"
	"slices"

	entsql "entgo.io/ent/dialect/sql"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/ent/billingent"
	"github.com/neoforge-dev/neoforge/ent/billingent/predicate"
	"github.com/neoforge-dev/neoforge/ent/billingent/refund"
	"github.com/neoforge-dev/neoforge/modules/billing"
	"github.com/neoforge-dev/neoforge/ports/textform"
)

// maxLastError bounds what is kept of a provider's error, in bytes.
const maxLastError = 2000

type refunds struct{ tx transaction }

// Insert implements billing.Refunds.
func (s refunds) Insert(ctx context.Context, all ...billing.Refund) (inserted []billing.Refund, err error) {
	for part := range slices.Chunk(all, alternatives) {
		those, err := s.insert(ctx, part)
		if err != nil {
			return nil, err
		}
		inserted = append(inserted, those...)
	}
	return inserted, nil
}

func (s refunds) insert(ctx context.Context, all []billing.Refund) ([]billing.Refund, error) {
	type subscription struct{ provider, ref string }
	same := make([]predicate.Refund, len(all))
	for i, r := range all {
		same[i] = refund.And(refund.Provider(r.Provider), refund.Subscription(r.Subscription))
	}
	rows, err := s.tx.Ent.Refund.Query().Where(refund.Or(same...)).All(ctx)
	if err != nil {
		return nil, entstore.Failure(err, noRules, "billingstore: refunds of %d subscriptions", len(all))
	}
	known := map[subscription]bool{}
	for _, row := range rows {
		known[subscription{row.Provider, row.Subscription}] = true
	}
	var create []*billingent.RefundCreate
	var inserted []billing.Refund
	for _, r := range all {
		of := subscription{r.Provider, r.Subscription}
		if known[of] {
			continue
		}
		known[of] = true
		row, err := s.row(r)
		if err != nil {
			return nil, entstore.Failure(err, noRules, "billingstore: insert refund")
		}
		create, inserted = append(create, row), append(inserted, r)
	}
	if len(create) == 0 {
		return nil, nil
	}
	if err := s.tx.Ent.Refund.CreateBulk(create...).Exec(ctx); err != nil {
		return nil, entstore.Failure(err, refundRules, "billingstore: insert %d refunds, the first %s", len(create), inserted[0].ID)
	}
	return inserted, nil
}

func (s refunds) row(r billing.Refund) (*billingent.RefundCreate, error) {
	id, err := entstore.ID(r.ID)
	if err != nil {
		return nil, err
	}
	return s.tx.Ent.Refund.Create().
		SetID(id).
		SetCheckout(r.Checkout).
		SetAccount(r.Account).
		SetProvider(r.Provider).
		SetSubscription(r.Subscription).
		SetAmount(r.Money.Amount).
		SetCurrency(string(r.Money.Currency)).
		SetReason(string(r.Reason)).
		SetState(string(r.State)).
		SetAttempts(r.Attempts).
		SetLastError(textform.Storable(r.LastError, maxLastError)).
		SetCreatedAt(r.CreatedAt.UTC()).
		SetUpdatedAt(r.UpdatedAt.UTC()), nil
}

// Update implements billing.Refunds.
func (s refunds) Update(ctx context.Context, r billing.Refund) error {
	id, err := entstore.ID(r.ID)
	if err != nil {
		return entstore.Failure(err, refundRules, "billingstore: update refund")
	}
	// One that is done stays done.
	_, err = s.tx.Ent.Refund.Update().
		Where(refund.ID(id), refund.StateNEQ(string(billing.Refunded))).
		SetState(string(r.State)).
		SetAttempts(r.Attempts).
		SetLastError(textform.Storable(r.LastError, maxLastError)).
		SetUpdatedAt(r.UpdatedAt.UTC()).
		Save(ctx)
	return entstore.Failure(err, refundRules, "billingstore: update refund %s", r.ID)
}

// BySubscription implements billing.Refunds.
func (s refunds) BySubscription(ctx context.Context, provider, subscription string) (billing.Refund, error) {
	row, err := s.tx.Ent.Refund.Query().Where(refund.Provider(provider), refund.Subscription(subscription)).Only(ctx)
	if err != nil {
		return billing.Refund{}, entstore.Failure(err, refundRules, "billingstore: refund of %s of %s", subscription, provider)
	}
	return refundOf(row), nil
}

// Refund implements billing.Reads.
func (s *Store) Refund(ctx context.Context, id string) (billing.Refund, error) {
	key, err := entstore.ID(id)
	if err != nil {
		return billing.Refund{}, entstore.Failure(err, refundRules, "billingstore: refund")
	}
	row, err := s.reads.Refund.Query().Where(refund.ID(key)).Only(ctx)
	if err != nil {
		return billing.Refund{}, entstore.Failure(err, refundRules, "billingstore: refund %s", id)
	}
	return refundOf(row), nil
}

// pending is written out as in the partial index.
func pending() predicate.Refund {
	return func(s *entsql.Selector) {
		s.Where(entsql.P(func(b *entsql.Builder) {
			b.Ident(s.C(refund.FieldState)).WriteString(" = 'pending'")
		}))
	}
}

// PendingRefunds implements billing.Reads.
func (s *Store) PendingRefunds(ctx context.Context, limit int) ([]billing.Refund, error) {
	rows, err := s.reads.Refund.Query().Where(pending()).
		Order(refund.ByCreatedAt(), refund.ByID()).Limit(limit).All(ctx)
	return refundsOf(rows), entstore.Failure(err, noRules, "billingstore: pending refunds")
}

// latestRefunds is how many refunds of an account are shown.
const latestRefunds = 20

// RefundsOf implements billing.Reads.
func (s *Store) RefundsOf(ctx context.Context, account string) ([]billing.Refund, error) {
	rows, err := s.reads.Refund.Query().Where(refund.Account(account), refund.AmountGT(0)).
		Order(refund.ByCreatedAt(entsql.OrderDesc()), refund.ByID(entsql.OrderDesc())).Limit(latestRefunds).All(ctx)
	return refundsOf(rows), entstore.Failure(err, noRules, "billingstore: refunds of account %s", account)
}

func refundsOf(rows []*billingent.Refund) []billing.Refund {
	out := make([]billing.Refund, len(rows))
	for i, row := range rows {
		out[i] = refundOf(row)
	}
	return out
}

func refundOf(r *billingent.Refund) billing.Refund {
	return billing.Refund{
		ID:           r.ID.String(),
		Checkout:     r.Checkout,
		Account:      r.Account,
		Provider:     r.Provider,
		Subscription: r.Subscription,
		Money:        billing.Money{Amount: r.Amount, Currency: billing.Currency(r.Currency)},
		Reason:       billing.RefundReason(r.Reason),
		State:        billing.RefundState(r.State),
		Attempts:     r.Attempts,
		LastError:    r.LastError,
		CreatedAt:    r.CreatedAt.UTC(),
		UpdatedAt:    r.UpdatedAt.UTC(),
	}
}
