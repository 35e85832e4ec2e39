package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"

	"github.com/neoforge-dev/neoforge/ent/columns"
)

// Plan is something that is sold.
type Plan struct{ ent.Schema }

// Annotations of Plan.
func (Plan) Annotations() []schema.Annotation { return columns.Table("billing_plans") }

// Fields of Plan.
func (Plan) Fields() []ent.Field {
	return []ent.Field{
		columns.ID(),
		field.String("code").Immutable(),
		field.String("name"),
		field.Text("summary"),
		field.Strings("entitlements"),
		field.Int("position"),
	}
}

// Edges of Plan.
func (Plan) Edges() []ent.Edge {
	return []ent.Edge{edge.To("prices", Price.Type).Annotations(columns.CascadeDelete())}
}

// Indexes of Plan.
func (Plan) Indexes() []ent.Index {
	return []ent.Index{index.Fields("code").Unique().StorageKey("billing_plans_code")}
}

// Price is what a plan costs: whole minor units of one currency.
type Price struct{ ent.Schema }

// Annotations of Price.
func (Price) Annotations() []schema.Annotation { return columns.Table("billing_prices") }

// Fields of Price.
func (Price) Fields() []ent.Field {
	return []ent.Field{
		columns.ID(),
		columns.Reference("plan_id"),
		field.String("interval").Immutable(),
		field.Int64("amount").Immutable(),
		field.String("currency").Immutable(),
		field.Bool("retired"),
	}
}

// Edges of Price.
func (Price) Edges() []ent.Edge {
	return []ent.Edge{edge.From("plan", Plan.Type).Ref("prices").Field("plan_id").Unique().Required().Immutable()}
}

// Indexes of Price.
func (Price) Indexes() []ent.Index {
	return []ent.Index{index.Fields("plan_id").StorageKey("billing_prices_plan")}
}

// Account is who is charged.
type Account struct{ ent.Schema }

// Annotations of Account.
func (Account) Annotations() []schema.Annotation { return columns.Table("billing_accounts") }

// Fields of Account.
func (Account) Fields() []ent.Field {
	return []ent.Field{
		columns.ID(),
		columns.Reference("organization_id"),
		field.Time("created_at").Immutable(),
	}
}

// Edges of Account.
func (Account) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("checkouts", Checkout.Type).Annotations(columns.CascadeDelete()),
		edge.To("subscriptions", Subscription.Type).Annotations(columns.CascadeDelete()),
	}
}

// Indexes of Account.
func (Account) Indexes() []ent.Index {
	return []ent.Index{index.Fields("organization_id").Unique().StorageKey("billing_accounts_organization")}
}

// Checkout is one attempt to buy. An absent idempotency key is NULL, and NULLs
// are all different to a unique index.
type Checkout struct{ ent.Schema }

// Annotations of Checkout.
func (Checkout) Annotations() []schema.Annotation { return columns.Table("billing_checkouts") }

// Fields of Checkout.
func (Checkout) Fields() []ent.Field {
	return []ent.Field{
		columns.ID(),
		columns.Reference("account_id"),
		columns.Reference("price_id"),
		columns.Reference("started_by"),
		field.String("provider").Immutable(),
		field.String("provider_ref"),
		field.Text("url"),
		field.String("idempotency_key").Optional().Nillable().Immutable(),
		field.Bytes("request_hash").Optional().Immutable(),
		field.String("status"),
		field.String("holder").Default(""),
		field.Time("created_at").Immutable(),
		field.Time("updated_at"),
		field.Int("version"),
	}
}

// Edges of Checkout.
func (Checkout) Edges() []ent.Edge {
	return []ent.Edge{edge.From("account", Account.Type).Ref("checkouts").Field("account_id").Unique().Required().Immutable()}
}

// Indexes of Checkout.
func (Checkout) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("account_id", "idempotency_key").Unique().StorageKey("billing_checkouts_key"),
		index.Fields("account_id", "created_at", "id").StorageKey("billing_checkouts_latest"),
		index.Fields("account_id").Unique().StorageKey("billing_checkouts_open").
			Annotations(entsql.IndexWhere("status <> 'completed' AND status <> 'expired'")),
	}
}

// Subscription is a plan in force. The provider's reference is NULL for one that
// no provider knows.
type Subscription struct{ ent.Schema }

// Annotations of Subscription.
func (Subscription) Annotations() []schema.Annotation { return columns.Table("billing_subscriptions") }

// Fields of Subscription.
func (Subscription) Fields() []ent.Field {
	return []ent.Field{
		columns.ID(),
		columns.Reference("account_id"),
		field.String("plan_code").Immutable(),
		columns.Reference("price_id"),
		field.Int64("amount").Immutable(),
		field.String("currency").Immutable(),
		field.String("provider").Immutable(),
		field.String("provider_ref").Optional().Nillable().Immutable(),
		field.String("status"),
		field.Time("started_at").Immutable(),
		field.Time("period_end"),
		field.Time("ended_at").Optional().Nillable(),
		field.String("end_reason").Optional().Nillable(),
		field.Time("updated_at"),
		field.Int("version"),
	}
}

// Edges of Subscription.
func (Subscription) Edges() []ent.Edge {
	return []ent.Edge{edge.From("account", Account.Type).Ref("subscriptions").Field("account_id").Unique().Required().Immutable()}
}

// Indexes of Subscription. The first is the rule of one live subscription.
func (Subscription) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("account_id").Unique().StorageKey("billing_subscriptions_live").
			Annotations(entsql.IndexWhere("status <> 'ended'")),
		index.Fields("provider", "provider_ref").Unique().StorageKey("billing_subscriptions_ref"),
		index.Fields("period_end", "id").StorageKey("billing_subscriptions_due").
			Annotations(entsql.IndexWhere("status <> 'ended'")),
		index.Fields("account_id", "started_at").StorageKey("billing_subscriptions_account"),
	}
}

// Webhook is a payment provider's event as it came in.
type Webhook struct{ ent.Schema }

// Annotations of Webhook.
func (Webhook) Annotations() []schema.Annotation { return columns.Table("billing_webhooks") }

// Fields of Webhook.
func (Webhook) Fields() []ent.Field {
	return []ent.Field{
		columns.OwnID(),
		field.String("provider").Immutable(),
		field.String("event_id").Immutable(),
		field.Bytes("body").Immutable(),
		field.String("kind").Default(""),
		field.String("checkout").Optional().Nillable(),
		field.String("subscription").Optional().Nillable(),
		field.String("state").Default("applied"),
		field.Time("received_at").Immutable(),
		field.Time("processed_at").Optional().Nillable(),
	}
}

// Indexes of Webhook.
func (Webhook) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("provider", "event_id").Unique().StorageKey("billing_webhooks_event"),
		index.Fields("provider", "subscription").StorageKey("billing_webhooks_subscription"),
		index.Fields("provider", "checkout").StorageKey("billing_webhooks_checkout"),
		index.Fields("received_at", "event_id").StorageKey("billing_webhooks_waiting").
			Annotations(entsql.IndexWhere("state = 'waiting'")),
		index.Fields("received_at").StorageKey("billing_webhooks_received").
			Annotations(entsql.IndexWhere("state = 'received'")),
		index.Fields("received_at").StorageKey("billing_webhooks_processed").
			Annotations(entsql.IndexWhere("processed_at IS NOT NULL")),
	}
}

// Refund is a payment that is given back because it bought nothing. It outlives
// the account: money is owed also to who has left.
type Refund struct{ ent.Schema }

// Annotations of Refund.
func (Refund) Annotations() []schema.Annotation { return columns.Table("billing_refunds") }

// Fields of Refund.
func (Refund) Fields() []ent.Field {
	return []ent.Field{
		columns.ID(),
		field.String("checkout").Immutable(),
		field.String("account").Immutable(),
		field.String("provider").Immutable(),
		field.String("subscription").Immutable(),
		field.Int64("amount").Immutable(),
		field.String("currency").Immutable(),
		field.String("reason").Immutable(),
		field.String("state"),
		field.Int("attempts"),
		field.Text("last_error"),
		field.Time("created_at").Immutable(),
		field.Time("updated_at"),
	}
}

// Indexes of Refund. The first is the rule that a payment is given back once.
func (Refund) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("provider", "subscription").Unique().StorageKey("billing_refunds_subscription"),
		index.Fields("account", "created_at").StorageKey("billing_refunds_account"),
		index.Fields("created_at", "id").StorageKey("billing_refunds_pending").
			Annotations(entsql.IndexWhere("state = 'pending'")),
	}
}
