package billingstore

import (
	"context"
	"fmt"
	"slices"
	"time"

	entsql "entgo.io/ent/dialect/sql"
	"github.com/google/uuid"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/ent/billingent"
	"github.com/neoforge-dev/neoforge/ent/billingent/account"
	"github.com/neoforge-dev/neoforge/ent/billingent/predicate"
	"github.com/neoforge-dev/neoforge/ent/billingent/subscription"
	"github.com/neoforge-dev/neoforge/modules/billing"
)

type subscriptions struct{ tx transaction }

// live is written out as in the partial indices: they serve a query only when
// their condition is part of its text.
func live() predicate.Subscription {
	return func(s *entsql.Selector) {
		s.Where(entsql.P(func(b *entsql.Builder) {
			b.Ident(s.C(subscription.FieldStatus)).WriteString(" <> 'ended'")
		}))
	}
}

// Insert implements billing.Subscriptions.
func (s subscriptions) Insert(ctx context.Context, sub *billing.Subscription) error {
	v := sub.State()
	id, err := entstore.ID(v.ID)
	if err != nil {
		return entstore.Failure(err, noRules, "billingstore: insert subscription")
	}
	accountID, err := entstore.ID(v.Account)
	if err != nil {
		return entstore.Failure(err, accountRules, "billingstore: insert subscription %s", v.ID)
	}
	price, err := entstore.ID(v.Price)
	if err != nil {
		return entstore.Failure(err, priceRules, "billingstore: insert subscription %s", v.ID)
	}
	owner, found, err := accounts(s).lockShared(ctx, accountID)
	if err == nil && !found {
		err = billing.ErrAccountNotFound
	}
	if err != nil {
		return entstore.Failure(err, noRules, "billingstore: insert subscription %s", v.ID)
	}
	s.tx.Invalidate(billing.TagOrganization(owner.Organization))
	err = s.tx.Ent.Subscription.Create().
		SetID(id).
		SetAccountID(accountID).
		SetPlanCode(v.Plan).
		SetPriceID(price).
		SetAmount(v.Money.Amount).
		SetCurrency(string(v.Money.Currency)).
		SetProvider(v.Provider).
		SetNillableProviderRef(entstore.NullText(v.ProviderRef)).
		SetStatus(string(v.Status)).
		SetStartedAt(v.StartedAt.UTC()).
		SetPeriodEnd(v.PeriodEnd.UTC()).
		SetNillableEndedAt(entstore.Null(v.EndedAt)).
		SetNillableEndReason(entstore.NullText(string(v.EndReason))).
		SetUpdatedAt(v.UpdatedAt.UTC()).
		SetVersion(v.Version).
		Exec(ctx)
	return entstore.Failure(err, subscriptionRules, "billingstore: insert subscription %s", v.ID)
}

// Update implements billing.Subscriptions.
func (s subscriptions) Update(ctx context.Context, sub *billing.Subscription) error {
	v := sub.State()
	id, err := entstore.ID(v.ID)
	if err != nil {
		return entstore.Failure(err, subscriptionRules, "billingstore: update subscription")
	}
	accountID, err := entstore.ID(v.Account)
	if err != nil {
		return entstore.Failure(err, accountRules, "billingstore: update subscription %s", v.ID)
	}
	owner, found, err := accounts(s).lockShared(ctx, accountID)
	switch {
	case err != nil:
		return err
	case !found: // the subscription was deleted with it
		return entstore.Failure(billing.ErrSubscriptionChanged, noRules, "billingstore: update subscription %s", v.ID)
	}
	s.tx.Invalidate(billing.TagOrganization(owner.Organization))
	update := s.tx.Ent.Subscription.Update().
		Where(subscription.ID(id), subscription.Version(sub.LoadedVersion())).
		SetStatus(string(v.Status)).
		SetPeriodEnd(v.PeriodEnd.UTC()).
		SetUpdatedAt(v.UpdatedAt.UTC()).
		SetVersion(v.Version)
	if v.EndedAt.IsZero() {
		update.ClearEndedAt().ClearEndReason()
	} else {
		update.SetEndedAt(v.EndedAt.UTC()).SetNillableEndReason(entstore.NullText(string(v.EndReason)))
	}
	n, err := update.Save(ctx)
	if err == nil && n == 0 {
		err = billing.ErrSubscriptionChanged
	}
	return entstore.Failure(err, subscriptionRules, "billingstore: update subscription %s", v.ID)
}

// UpdateEnded implements billing.Subscriptions.
func (s subscriptions) UpdateEnded(ctx context.Context, ended []*billing.Subscription) error {
	if len(ended) == 0 {
		return nil
	}
	first := ended[0].State()
	same := make([]predicate.Subscription, len(ended))
	owners, keys := make([]string, len(ended)), make([]uuid.UUID, len(ended))
	for i, sub := range ended {
		v := sub.State()
		id, err := entstore.ID(v.ID)
		if err != nil {
			return entstore.Failure(err, subscriptionRules, "billingstore: end subscriptions")
		}
		if v.Status != billing.Ended || !v.EndedAt.Equal(first.EndedAt) || v.EndReason != first.EndReason || !v.UpdatedAt.Equal(first.UpdatedAt) {
			return fmt.Errorf("billingstore: subscription %s did not end together with %s", v.ID, first.ID)
		}
		same[i] = subscription.And(subscription.ID(id), subscription.Version(sub.LoadedVersion()))
		owners[i], keys[i] = v.Account, id
	}
	if s.tx.Dialect() == entstore.Postgres { // in one order: of two updates of many, each could wait for the other
		query := s.tx.Ent.Subscription.Query().Where(subscription.IDIn(keys...)).Order(subscription.ByID())
		if _, err := query.ForUpdate(entsql.WithLockClause("FOR NO KEY UPDATE")).IDs(ctx); err != nil {
			return entstore.Failure(err, noRules, "billingstore: lock %d subscriptions", len(ended))
		}
	}
	for part := range slices.Chunk(same, alternatives) {
		n, err := s.tx.Ent.Subscription.Update().
			Where(subscription.Or(part...)).
			SetStatus(string(billing.Ended)).
			SetEndedAt(first.EndedAt.UTC()).
			SetNillableEndReason(entstore.NullText(string(first.EndReason))).
			SetUpdatedAt(first.UpdatedAt.UTC()).
			AddVersion(1).
			Save(ctx)
		if err == nil && n != len(part) {
			err = billing.ErrSubscriptionChanged
		}
		if err != nil {
			return entstore.Failure(err, subscriptionRules, "billingstore: end %d subscriptions", len(ended))
		}
	}
	found, err := accounts(s).ByIDs(ctx, owners)
	for _, a := range found {
		s.tx.Invalidate(billing.TagOrganization(a.Organization))
	}
	return err
}

// LiveOf implements billing.Subscriptions.
func (s subscriptions) LiveOf(ctx context.Context, accountID string) (*billing.Subscription, error) {
	key, err := entstore.ID(accountID)
	if err != nil {
		return nil, entstore.Failure(err, subscriptionRules, "billingstore: live subscription")
	}
	return only(ctx, s.tx.Ent.Subscription.Query().Where(subscription.AccountID(key), live()),
		"billingstore: live subscription of account %s", accountID)
}

// LiveOfAll implements billing.Subscriptions.
func (s subscriptions) LiveOfAll(ctx context.Context, all []string) ([]*billing.Subscription, error) {
	keys := entstore.IDs(all)
	if len(keys) == 0 {
		return nil, nil
	}
	rows, err := s.tx.Ent.Subscription.Query().Where(subscription.AccountIDIn(keys...), live()).Order(subscription.ByID()).All(ctx)
	if err != nil {
		return nil, entstore.Failure(err, noRules, "billingstore: live subscriptions of %d accounts", len(all))
	}
	return restored(rows), nil
}

// ByProviderRef implements billing.Subscriptions.
func (s subscriptions) ByProviderRef(ctx context.Context, provider, ref string) (*billing.Subscription, error) {
	return only(ctx, s.tx.Ent.Subscription.Query().Where(subscription.Provider(provider), subscription.ProviderRef(ref)),
		"billingstore: subscription %s of %s", ref, provider)
}

func only(ctx context.Context, q *billingent.SubscriptionQuery, operation string, args ...any) (*billing.Subscription, error) {
	row, err := q.Only(ctx)
	if err != nil {
		return nil, entstore.Failure(err, subscriptionRules, operation, args...)
	}
	return billing.RestoreSubscription(subscriptionOf(row)), nil
}

// Due implements billing.Subscriptions.
func (s subscriptions) Due(ctx context.Context, t time.Time, limit int) ([]*billing.Subscription, error) {
	rows, err := s.tx.Ent.Subscription.Query().
		Where(subscription.PeriodEndLT(t.UTC()), live()).
		Order(subscription.ByPeriodEnd(), subscription.ByID()).
		Limit(limit).
		All(ctx)
	if err != nil {
		return nil, entstore.Failure(err, noRules, "billingstore: subscriptions that are due")
	}
	return restored(rows), nil
}

func restored(rows []*billingent.Subscription) []*billing.Subscription {
	out := make([]*billing.Subscription, len(rows))
	for i, row := range rows {
		out[i] = billing.RestoreSubscription(subscriptionOf(row))
	}
	return out
}

// Holdings implements billing.Reads.
func (s *Store) Holdings(ctx context.Context, organizations []billing.OrganizationID) ([]billing.Holding, error) {
	ids := entstore.IDs(organizations)
	if len(ids) == 0 {
		return nil, nil
	}
	rows, err := s.reads.Subscription.Query().
		Where(live(), entstore.Among[predicate.Subscription](subscription.FieldAccountID, account.Table, account.FieldID, account.OrganizationIDIn(ids...))).
		WithAccount().
		Order(subscription.ByStartedAt(), subscription.ByID()).
		All(ctx)
	if err != nil {
		return nil, entstore.Failure(err, noRules, "billingstore: holdings of %d organizations", len(organizations))
	}
	out := make([]billing.Holding, 0, len(rows))
	for _, row := range rows {
		if row.Edges.Account == nil {
			continue // deleted between the two queries, and the subscription with it
		}
		out = append(out, billing.Holding{
			Organization: billing.OrganizationID(row.Edges.Account.OrganizationID.String()),
			Subscription: subscriptionOf(row),
		})
	}
	return out, nil
}

func subscriptionOf(r *billingent.Subscription) billing.SubscriptionState {
	return billing.SubscriptionState{
		ID:          r.ID.String(),
		Account:     r.AccountID.String(),
		Plan:        r.PlanCode,
		Price:       r.PriceID.String(),
		Money:       billing.Money{Amount: r.Amount, Currency: billing.Currency(r.Currency)},
		Provider:    r.Provider,
		ProviderRef: entstore.Text(r.ProviderRef),
		Status:      billing.SubscriptionStatus(r.Status),
		StartedAt:   r.StartedAt.UTC(),
		PeriodEnd:   r.PeriodEnd.UTC(),
		EndedAt:     entstore.Time(r.EndedAt),
		EndReason:   billing.Change(entstore.Text(r.EndReason)),
		UpdatedAt:   r.UpdatedAt.UTC(),
		Version:     r.Version,
	}
}
