package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"

	"github.com/neoforge-dev/neoforge/ent/columns"
)

// Avatar is a person's picture, as it is served.
type Avatar struct{ ent.Schema }

// Annotations of Avatar.
func (Avatar) Annotations() []schema.Annotation { return columns.Table("identity_avatars") }

// Fields of Avatar.
func (Avatar) Fields() []ent.Field {
	return []ent.Field{
		columns.OwnID(),
		columns.Reference("user_id"),
		field.String("content_type"),
		field.Bytes("body"),
		field.String("etag"),
		field.Time("updated_at"),
	}
}

// Edges of Avatar.
func (Avatar) Edges() []ent.Edge {
	return []ent.Edge{edge.From("user", User.Type).Ref("avatar").Field("user_id").Unique().Required().Immutable()}
}

// DataExport is one archive of everything about a person.
type DataExport struct{ ent.Schema }

// Annotations of DataExport.
func (DataExport) Annotations() []schema.Annotation { return columns.Table("identity_exports") }

// Fields of DataExport.
func (DataExport) Fields() []ent.Field {
	return []ent.Field{
		columns.ID(),
		columns.Reference("user_id"),
		field.String("state"),
		field.Int("done"),
		field.Int("total"),
		field.Bytes("archive").Optional().Sensitive(),
		field.Int64("size").Default(0),
		field.Time("created_at").Immutable(),
		field.Time("finished_at").Optional().Nillable(),
		field.Time("expires_at"),
	}
}

// Edges of DataExport.
func (DataExport) Edges() []ent.Edge {
	return []ent.Edge{edge.From("user", User.Type).Ref("exports").Field("user_id").Unique().Required().Immutable()}
}

// Indexes of DataExport.
func (DataExport) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("user_id", "created_at").StorageKey("identity_exports_user"),
		index.Fields("expires_at").StorageKey("identity_exports_expires"),
	}
}

// Consent records what a person agreed to, or took back. Rows are never changed.
type Consent struct{ ent.Schema }

// Annotations of Consent.
func (Consent) Annotations() []schema.Annotation { return columns.Table("identity_consents") }

// Fields of Consent.
func (Consent) Fields() []ent.Field {
	return []ent.Field{
		columns.ID(),
		columns.Reference("user_id"),
		field.String("kind").Immutable(),
		field.String("version").Immutable(),
		field.Bool("given").Immutable(),
		field.String("address").Immutable(),
		field.Time("at").Immutable(),
	}
}

// Edges of Consent.
func (Consent) Edges() []ent.Edge {
	return []ent.Edge{edge.From("user", User.Type).Ref("consents").Field("user_id").Unique().Required().Immutable()}
}

// Indexes of Consent.
func (Consent) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("user_id", "kind", "at").StorageKey("identity_consents_user"),
	}
}
