package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
	"github.com/google/uuid"

	"github.com/neoforge-dev/neoforge/ent/columns"
)

// ReviewStep is one step of the review of a post. The last one of a post says where its
// review stands, and is marked so that lists find it without counting.
type ReviewStep struct{ ent.Schema }

// Annotations of ReviewStep.
func (ReviewStep) Annotations() []schema.Annotation { return columns.Table("content_review_steps") }

// Fields of ReviewStep.
func (ReviewStep) Fields() []ent.Field {
	return []ent.Field{
		columns.OwnID(),
		columns.Reference("post_id"),
		field.Int("number").Immutable(),
		field.String("state").Immutable(),
		field.Bool("last"),
		field.UUID("actor_id", uuid.UUID{}).Optional().Nillable(), // none once they are erased
		field.Time("at").Immutable(),
		field.Int("text_version").Immutable(),
		field.Text("note"),
	}
}

// Edges of ReviewStep.
func (ReviewStep) Edges() []ent.Edge {
	return []ent.Edge{edge.From("post", Post.Type).Ref("review_steps").Field("post_id").Unique().Required().Immutable()}
}

// Indexes of ReviewStep.
func (ReviewStep) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("post_id", "number").Unique().StorageKey("content_review_steps_number"),
		index.Fields("actor_id", "post_id", "number").StorageKey("content_review_steps_by"),
		index.Fields("at", "post_id").StorageKey("content_review_steps_waiting").
			Annotations(entsql.IndexWhere("last AND state = 'asked'")),
	}
}
