package builder_test

import (
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"
	"entgo.io/ent/dialect/sql/schema"
	"github.com/google/uuid"
	_ "modernc.org/sqlite"

	"github.com/neoforge-dev/neoforge/ent/billingent"
	"github.com/neoforge-dev/neoforge/ent/billingent/checkout"
	"github.com/neoforge-dev/neoforge/ent/billingent/plan"
	"github.com/neoforge-dev/neoforge/ent/billingent/predicate"
	"github.com/neoforge-dev/neoforge/ent/billingent/price"
	"github.com/neoforge-dev/neoforge/ent/builder"
	"github.com/neoforge-dev/neoforge/ent/declared"
	"github.com/neoforge-dev/neoforge/ent/identityent"
)

// newClient is a client of billing's tables, on a database of its own.
func newClient(t *testing.T) *billingent.Client {
	t.Helper()
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { _ = db.Close() })
	if _, err := db.ExecContext(t.Context(), "PRAGMA foreign_keys = ON"); err != nil {
		t.Fatal(err)
	}
	driver := entsql.OpenDB(dialect.SQLite, db)
	tables, err := declared.Tables("github.com/neoforge-dev/neoforge/ent/billingent/schema")
	if err != nil {
		t.Fatal(err)
	}
	m, err := schema.NewMigrate(driver)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Create(t.Context(), tables...); err != nil {
		t.Fatal(err)
	}
	return billingent.NewClient(billingent.Driver(driver))
}

func create(c *billingent.Client, code string, position int) *billingent.PlanCreate {
	return c.Plan.Create().SetID(uuid.New()).SetCode(code).SetName("Plan " + code).SetSummary("").
		SetEntitlements([]string{"read"}).SetPosition(position)
}

// plans is a client with the plans a, b and c, at positions 1, 2 and 3.
func plans(t *testing.T) (*billingent.Client, []*billingent.Plan) {
	t.Helper()
	c := newClient(t)
	rows, err := c.Plan.CreateBulk(create(c, "a", 1), create(c, "b", 2), create(c, "c", 3)).Save(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return c, rows
}

func TestQuery_FindsRestrictsAndOrders(t *testing.T) {
	t.Parallel()
	c, made := plans(t)
	ctx := t.Context()
	codes := func(q *billingent.PlanQuery) string {
		t.Helper()
		rows, err := q.All(ctx)
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, r := range rows {
			out = append(out, r.Code)
		}
		return strings.Join(out, "")
	}
	down := plan.ByPosition(entsql.OrderDesc())
	for want, q := range map[string]*billingent.PlanQuery{
		"cba": c.Plan.Query().Order(down),
		"cb":  c.Plan.Query().Order(down).Limit(2),
		"ba":  c.Plan.Query().Order(down).Offset(1),
		"b":   c.Plan.Query().Order(down).Offset(1).Limit(1),
		"a":   c.Plan.Query().Where(plan.Not(plan.CodeIn("b", "c"))),
		"ac":  c.Plan.Query().Where(plan.Or(plan.Code("a"), plan.And(plan.PositionGT(2), plan.NameHasPrefix("Plan")))).Order(plan.ByCode()),
		"":    c.Plan.Query().Where(plan.Code("a"), plan.Code("b")),
	} {
		if have := codes(q); have != want {
			t.Errorf("have %q, want %q", have, want)
		}
	}
	if row, err := c.Plan.Get(ctx, made[1].ID); err != nil || row.Code != "b" || !slices.Equal(row.Entitlements, []string{"read"}) {
		t.Errorf("have %v and %v", row, err)
	}
	if n, err := c.Plan.Query().Where(plan.PositionGTE(2)).Count(ctx); n != 2 || err != nil {
		t.Errorf("have %d and %v, want 2", n, err)
	}
	for code, want := range map[string]bool{"a": true, "x": false} {
		if have, err := c.Plan.Query().Where(plan.Code(code)).Exist(ctx); have != want || err != nil {
			t.Errorf("%s: have %v and %v", code, have, err)
		}
	}
	ids, err := c.Plan.Query().Order(plan.ByPosition()).IDs(ctx)
	if err != nil || len(ids) != 3 || ids[2] != made[2].ID {
		t.Errorf("have %v and %v", ids, err)
	}
}

func TestQuery_SaysWhenThereIsNotOneRow(t *testing.T) {
	t.Parallel()
	c, _ := plans(t)
	ctx := t.Context()
	_, only := c.Plan.Query().Only(ctx)
	_, onlyID := c.Plan.Query().OnlyID(ctx)
	for _, err := range []error{only, onlyID} {
		if !billingent.IsNotSingular(err) || err.Error() != "ent: plan not singular" {
			t.Errorf("have %v", err)
		}
	}
	none := func() *billingent.PlanQuery { return c.Plan.Query().Where(plan.Code("x")) }
	_, first := none().First(ctx)
	_, firstID := none().FirstID(ctx)
	_, only = none().Only(ctx)
	_, got := c.Plan.Get(ctx, uuid.New())
	_, text := none().Select(plan.FieldName).String(ctx)
	for _, err := range []error{
		first, firstID, only, got, text,
		c.Plan.UpdateOneID(uuid.New()).SetName("x").Exec(ctx), c.Plan.DeleteOneID(uuid.New()).Exec(ctx),
	} {
		if !billingent.IsNotFound(err) || err.Error() != "ent: plan not found" {
			t.Errorf("have %v", err)
		}
	}
}

func TestSelect_ReadsChosenFieldsOnly(t *testing.T) {
	t.Parallel()
	c, made := plans(t)
	ctx := t.Context()
	row, err := c.Plan.Query().Where(plan.Code("a")).Select(plan.FieldName).Only(ctx)
	if err != nil || row.Name != "Plan a" || row.Code != "" || row.ID != made[0].ID {
		t.Errorf("have %v and %v", row, err)
	}
	names, err := c.Plan.Query().Order(plan.ByCode()).Select(plan.FieldName).Strings(ctx)
	if err != nil || !slices.Equal(names, []string{"Plan a", "Plan b", "Plan c"}) {
		t.Errorf("have %v and %v", names, err)
	}
	sum, err := c.Plan.Query().Aggregate(func(s *entsql.Selector) string { return entsql.Sum(s.C(plan.FieldPosition)) }).Int(ctx)
	if err != nil || sum != 6 {
		t.Errorf("have %d and %v, want 6", sum, err)
	}
	_, err = c.Plan.Query().Select("no_column; DROP TABLE billing_plans").All(ctx)
	if !billingent.IsValidationError(err) {
		t.Errorf("a column that is none: have %v", err)
	}
}

func TestCreate_SaysWhatIsMissingAndWhatIsTaken(t *testing.T) {
	t.Parallel()
	c, _ := plans(t)
	ctx := t.Context()
	err := c.Plan.Create().SetID(uuid.New()).SetCode("d").SetSummary("").SetEntitlements(nil).SetPosition(1).Exec(ctx)
	var missing *builder.ValidationError
	if !errors.As(err, &missing) || missing.Name != plan.FieldName || err.Error() != `ent: missing required field "Plan.name"` {
		t.Errorf("have %v", err)
	}
	if err := c.Plan.Create().SetCode("d").Exec(ctx); !billingent.IsValidationError(err) {
		t.Errorf("without an id: have %v", err)
	}
	if err := create(c, "a", 9).Exec(ctx); !billingent.IsConstraintError(err) {
		t.Errorf("a code that is taken: have %v", err)
	}
	err = c.Plan.CreateBulk(create(c, "e", 1), create(c, "a", 2)).Exec(ctx)
	if n, counted := c.Plan.Query().Count(ctx); !billingent.IsConstraintError(err) || n != 3 || counted != nil {
		t.Errorf("a bulk of which one is taken: have %v, and %d rows", err, n)
	}
}

func TestCreate_SetsDefaultsAndReturnsTheRow(t *testing.T) {
	t.Parallel()
	c, _ := plans(t)
	ctx := t.Context()
	now := time.Now().UTC().Truncate(time.Millisecond)
	made, err := c.Webhook.Create().SetProvider("p").SetEventID("1").SetBody([]byte("{}")).SetReceivedAt(now).Save(ctx)
	if err != nil {
		t.Fatal(err)
	}
	have, err := c.Webhook.Get(ctx, made.ID)
	if err != nil || have.State != "applied" || have.Kind != "" || have.Checkout != nil || !have.ReceivedAt.Equal(now) || made.State != "applied" {
		t.Errorf("have %v and %v of %v", have, err, made)
	}
}

func TestOnConflict_ResolvesAsTold(t *testing.T) {
	t.Parallel()
	c, made := plans(t)
	ctx := t.Context()
	again := func() *billingent.PlanUpsertOne {
		return create(c, "a", 8).SetName("again").OnConflict(entsql.ConflictColumns(plan.FieldCode))
	}
	name := func() string {
		t.Helper()
		row, err := c.Plan.Query().Where(plan.Code("a")).Only(ctx)
		if err != nil || row.ID != made[0].ID {
			t.Fatalf("have %v and %v", row, err)
		}
		return row.Name
	}
	if err := again().DoNothing().Exec(ctx); !errors.Is(err, sql.ErrNoRows) || name() != "Plan a" {
		t.Errorf("nothing is to be done: have %v and %q", err, name())
	}
	if err := again().Ignore().Exec(ctx); err != nil || name() != "Plan a" {
		t.Errorf("ignored: have %v and %q", err, name())
	}
	err := again().Update(func(u *billingent.PlanUpsert) { u.UpdateName().AddPosition(5) }).Exec(ctx)
	if row, _ := c.Plan.Get(ctx, made[0].ID); err != nil || row.Name != "again" || row.Position != 6 {
		t.Errorf("updated: have %v and %v", err, row)
	}
	err = create(c, "a", 8).SetName("new").OnConflictColumns(plan.FieldCode).UpdateNewValues().Exec(ctx)
	if row, _ := c.Plan.Get(ctx, made[0].ID); err != nil || row.Name != "new" || row.Position != 8 {
		t.Errorf("new values: have %v and %v", err, row)
	}
}

func TestOnConflict_ResolvesManyRowsAtOnce(t *testing.T) {
	t.Parallel()
	c, made := plans(t)
	ctx := t.Context()
	positions := func() string {
		t.Helper()
		all, err := c.Plan.Query().Order(plan.ByCode()).Select(plan.FieldPosition).Ints(ctx)
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprint(all)
	}
	bulk := func() *billingent.PlanUpsertBulk {
		return c.Plan.CreateBulk(create(c, "a", 7), create(c, "d", 8)).OnConflictColumns(plan.FieldCode)
	}
	if err := bulk().DoNothing().Exec(ctx); err != nil || positions() != "[1 2 3 8]" {
		t.Errorf("have %v and %s", err, positions())
	}
	err := bulk().Update(func(u *billingent.PlanUpsert) { u.AddPosition(10) }).Exec(ctx)
	if err != nil || positions() != "[11 2 3 18]" {
		t.Errorf("have %v and %s", err, positions())
	}
	if err := bulk().UpdateNewValues().Exec(ctx); err != nil || positions() != "[7 2 3 8]" {
		t.Errorf("have %v and %s", err, positions())
	}
	if _, err := c.Plan.Get(ctx, made[0].ID); err != nil {
		t.Errorf("the id of a row has changed: %v", err)
	}
}

func TestUpdate_SetsAddsAppendsAndClears(t *testing.T) {
	t.Parallel()
	c, made := plans(t)
	ctx := t.Context()
	n, err := c.Plan.Update().Where(plan.PositionGT(1)).SetName("x").SetNillableSummary(nil).AddPosition(10).
		AppendEntitlements([]string{"write"}).Save(ctx)
	row, _ := c.Plan.Get(ctx, made[1].ID)
	if n != 2 || err != nil || row.Name != "x" || row.Position != 12 || !slices.Equal(row.Entitlements, []string{"read", "write"}) {
		t.Errorf("have %d, %v and %v", n, err, row)
	}
	if first, _ := c.Plan.Get(ctx, made[0].ID); first.Name != "Plan a" {
		t.Errorf("a row that does not match was changed: %v", first)
	}
	saved, err := c.Plan.UpdateOneID(made[0].ID).AddPosition(5).SetPosition(40).Save(ctx)
	if err != nil || saved.Position != 40 {
		t.Errorf("what is set last counts: have %v and %v", saved, err)
	}
	now := time.Now().UTC()
	hook, err := c.Webhook.Create().SetProvider("p").SetEventID("1").SetBody([]byte("{}")).SetReceivedAt(now).SetProcessedAt(now).Save(ctx)
	if err != nil {
		t.Fatal(err)
	}
	cleared, err := c.Webhook.UpdateOne(hook).ClearProcessedAt().Save(ctx)
	if err != nil || cleared.ProcessedAt != nil {
		t.Errorf("have %v and %v", cleared, err)
	}
	if err := c.Webhook.UpdateOne(hook).Exec(ctx); err != nil {
		t.Errorf("an update of nothing: have %v", err)
	}
}

func TestEdges_AreLoadedWithTheirRows(t *testing.T) {
	t.Parallel()
	c, made := plans(t)
	ctx := t.Context()
	sell := func(p *billingent.Plan, amount int64, retired bool) *billingent.PriceCreate {
		return c.Price.Create().SetID(uuid.New()).SetPlanID(p.ID).SetInterval("month").SetAmount(amount).SetCurrency("EUR").SetRetired(retired)
	}
	if err := c.Price.CreateBulk(sell(made[0], 1, false), sell(made[0], 2, true), sell(made[1], 3, false)).Exec(ctx); err != nil {
		t.Fatal(err)
	}
	onSale := func(q *billingent.PriceQuery) { q.Where(price.Retired(false)).Select(price.FieldAmount) }
	rows, err := c.Plan.Query().Order(plan.ByCode()).WithPrices().WithPrices(onSale).All(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []int64{1, 3, 0} {
		var have int64
		for _, p := range rows[i].Edges.Prices {
			have += p.Amount
		}
		if have != want {
			t.Errorf("plan %s: have prices of %d, want %d", rows[i].Code, have, want)
		}
	}
	prices, err := c.Price.Query().Order(price.ByAmount()).WithPlan(func(q *billingent.PlanQuery) { q.Where(plan.Code("a")) }).
		Select(price.FieldAmount).All(ctx)
	if err != nil || len(prices) != 3 || prices[1].Edges.Plan == nil || prices[1].Edges.Plan.Code != "a" || prices[2].Edges.Plan != nil {
		t.Errorf("have %v and %v", prices, err)
	}
	for want, p := range map[int]predicate.Plan{2: plan.HasPrices(), 1: plan.HasPricesWith(price.AmountGT(1), price.Retired(false))} {
		if n, err := c.Plan.Query().Where(p).Count(ctx); n != want || err != nil {
			t.Errorf("have %d and %v, want %d", n, err, want)
		}
	}
	if n, err := c.Plan.Delete().Where(plan.Code("a")).Exec(ctx); n != 1 || err != nil {
		t.Errorf("have %d and %v", n, err)
	}
	if n, err := c.Price.Query().Count(ctx); n != 1 || err != nil {
		t.Errorf("the prices of a deleted plan: %d are left, %v", n, err)
	}
}

func TestRow_ReadsNullAsItIsDeclared(t *testing.T) {
	t.Parallel()
	c, _ := plans(t)
	ctx := t.Context()
	account := uuid.New()
	now := time.Now().UTC()
	if err := c.Account.Create().SetID(account).SetOrganizationID(uuid.New()).SetCreatedAt(now).Exec(ctx); err != nil {
		t.Fatal(err)
	}
	id := uuid.New()
	err := c.Checkout.Create().SetID(id).SetAccountID(account).SetPriceID(uuid.New()).SetStartedBy(uuid.New()).
		SetProvider("p").SetProviderRef("").SetURL("").SetNillableIdempotencyKey(nil).SetStatus("open").
		SetCreatedAt(now).SetUpdatedAt(now).SetVersion(1).Exec(ctx)
	if err != nil {
		t.Fatal(err)
	}
	row, err := c.Checkout.Query().Where(checkout.IdempotencyKeyIsNil(), checkout.RequestHashIsNil()).Only(ctx)
	if err != nil || row.IdempotencyKey != nil || row.RequestHash != nil || row.Holder != "" {
		t.Errorf("have %v and %v", row, err)
	}
}

func TestString_LeavesOutWhatIsSensitive(t *testing.T) {
	t.Parallel()
	row := identityent.Credential{Hash: "argon2id$secret"}
	if text := row.String(); strings.Contains(text, "secret") || !strings.Contains(text, "hash=<sensitive>") {
		t.Errorf("have %s", text)
	}
	name := "key"
	shown := billingent.Checkout{IdempotencyKey: &name}
	if text := shown.String(); !strings.Contains(text, "idempotency_key=key") || !strings.Contains(text, "provider=,") {
		t.Errorf("have %s", text)
	}
}
