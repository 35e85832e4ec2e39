package billingstore

import (
	"cmp"
	"context"
	"slices"

	entsql "entgo.io/ent/dialect/sql"
	"github.com/google/uuid"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/ent/billingent"
	"github.com/neoforge-dev/neoforge/ent/billingent/plan"
	"github.com/neoforge-dev/neoforge/ent/billingent/price"
	"github.com/neoforge-dev/neoforge/modules/billing"
)

type plans struct{ tx transaction }

// Put implements billing.Plans. A price is one that there is when its id is, or
// when a price on sale has its terms: two replicas that put the same plan at once
// make one set of prices, because the plan's row makes the second wait.
func (s plans) Put(ctx context.Context, p billing.Plan) error {
	id, err := entstore.ID(p.ID)
	if err != nil {
		return entstore.Failure(err, noRules, "billingstore: put plan %s", p.Code)
	}
	s.tx.Invalidate(billing.TagPlans)
	err = s.tx.Ent.Plan.Create().
		SetID(id).SetCode(p.Code).SetName(p.Name).SetSummary(p.Summary).
		SetEntitlements(textsOf(p.Entitlements)).SetPosition(p.Position).
		OnConflict(entsql.ConflictColumns(plan.FieldCode)).
		Update(func(u *billingent.PlanUpsert) { u.UpdateName().UpdateSummary().UpdateEntitlements().UpdatePosition() }).
		Exec(ctx)
	if err != nil {
		return entstore.Failure(err, noRules, "billingstore: put plan %s", p.Code)
	}
	row, err := s.tx.Ent.Plan.Query().Where(plan.Code(p.Code)).WithPrices().Only(ctx)
	if err != nil {
		return entstore.Failure(err, noRules, "billingstore: put plan %s", p.Code)
	}
	return s.putPrices(ctx, p, row)
}

func (s plans) putPrices(ctx context.Context, p billing.Plan, row *billingent.Plan) error {
	var (
		kept []uuid.UUID
		add  []*billingent.PriceCreate
	)
	for _, wanted := range p.Prices {
		i := slices.IndexFunc(row.Edges.Prices, func(r *billingent.Price) bool {
			return r.ID.String() == wanted.ID || !r.Retired && r.Interval == string(wanted.Interval) &&
				r.Amount == wanted.Money.Amount && r.Currency == string(wanted.Money.Currency)
		})
		if i >= 0 {
			kept = append(kept, row.Edges.Prices[i].ID)
			continue
		}
		id, err := entstore.ID(wanted.ID)
		if err != nil {
			return entstore.Failure(err, noRules, "billingstore: put a price of plan %s", p.Code)
		}
		kept = append(kept, id)
		add = append(add, s.tx.Ent.Price.Create().
			SetID(id).SetPlanID(row.ID).SetInterval(string(wanted.Interval)).
			SetAmount(wanted.Money.Amount).SetCurrency(string(wanted.Money.Currency)).SetRetired(false))
	}
	err := s.tx.Ent.Price.Update().
		Where(price.PlanID(row.ID), price.Retired(false), price.IDNotIn(kept...)).
		SetRetired(true).
		Exec(ctx)
	if err != nil {
		return entstore.Failure(err, noRules, "billingstore: retire prices of plan %s", p.Code)
	}
	if len(add) == 0 {
		return nil
	}
	err = s.tx.Ent.Price.CreateBulk(add...).Exec(ctx)
	return entstore.Failure(err, noRules, "billingstore: add prices of plan %s", p.Code)
}

// Price implements billing.Plans.
func (s plans) Price(ctx context.Context, id string) (billing.Price, billing.Plan, error) {
	return priceWhere(ctx, s.tx.Ent, id)
}

// ByPrices implements billing.Plans.
func (s plans) ByPrices(ctx context.Context, prices []string) (map[string]billing.Plan, error) {
	keys := entstore.IDs(prices)
	if len(keys) == 0 {
		return nil, nil
	}
	rows, err := s.tx.Ent.Price.Query().Where(price.IDIn(keys...)).
		WithPlan(func(q *billingent.PlanQuery) { q.WithPrices(onSale) }).All(ctx)
	if err != nil {
		return nil, entstore.Failure(err, noRules, "billingstore: plans of %d prices", len(prices))
	}
	out := make(map[string]billing.Plan, len(rows))
	for _, row := range rows {
		if row.Edges.Plan != nil {
			out[row.ID.String()] = planOf(row.Edges.Plan)
		}
	}
	return out, nil
}

// Price implements billing.Reads.
func (s *Store) Price(ctx context.Context, id string) (billing.Price, billing.Plan, error) {
	return priceWhere(ctx, s.reads, id, price.Retired(false))
}

func priceWhere(ctx context.Context, c *billingent.Client, id string, where ...func(*entsql.Selector)) (billing.Price, billing.Plan, error) {
	key, err := entstore.ID(id)
	if err != nil {
		return billing.Price{}, billing.Plan{}, entstore.Failure(err, priceRules, "billingstore: price")
	}
	q := c.Price.Query().Where(price.ID(key)).WithPlan(func(q *billingent.PlanQuery) { q.WithPrices(onSale) })
	for _, w := range where {
		q.Where(w)
	}
	row, err := q.Only(ctx)
	if err == nil && row.Edges.Plan == nil {
		err = billing.ErrPriceNotFound
	}
	if err != nil {
		return billing.Price{}, billing.Plan{}, entstore.Failure(err, priceRules, "billingstore: price %s", id)
	}
	return priceOf(row, row.Edges.Plan.Code), planOf(row.Edges.Plan), nil
}

func onSale(q *billingent.PriceQuery) { q.Where(price.Retired(false)) }

// Plans implements billing.Reads.
func (s *Store) Plans(ctx context.Context) ([]billing.Plan, error) {
	rows, err := s.reads.Plan.Query().
		WithPrices(onSale).
		Order(plan.ByPosition(), plan.ByCode()).
		All(ctx)
	if err != nil {
		return nil, entstore.Failure(err, noRules, "billingstore: plans")
	}
	out := make([]billing.Plan, len(rows))
	for i, row := range rows {
		out[i] = planOf(row)
	}
	return out, nil
}

func planOf(r *billingent.Plan) billing.Plan {
	p := billing.Plan{
		ID: r.ID.String(), Code: r.Code, Name: r.Name, Summary: r.Summary, Position: r.Position,
	}
	for _, e := range r.Entitlements {
		p.Entitlements = append(p.Entitlements, billing.Entitlement(e))
	}
	for _, row := range r.Edges.Prices {
		p.Prices = append(p.Prices, priceOf(row, r.Code))
	}
	slices.SortFunc(p.Prices, func(a, b billing.Price) int {
		return cmp.Or(
			cmp.Compare(a.Money.Currency, b.Money.Currency),
			cmp.Compare(a.Interval, b.Interval),
			cmp.Compare(a.ID, b.ID),
		)
	})
	return p
}

func priceOf(r *billingent.Price, code string) billing.Price {
	return billing.Price{
		ID: r.ID.String(), Plan: code, Interval: billing.Interval(r.Interval), Retired: r.Retired,
		Money: billing.Money{Amount: r.Amount, Currency: billing.Currency(r.Currency)},
	}
}

func textsOf(entitlements []billing.Entitlement) []string {
	out := make([]string, len(entitlements))
	for i, e := range entitlements {
		out[i] = string(e)
	}
	return out
}
