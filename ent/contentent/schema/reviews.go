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

// OpenEditor is somebody who has a post open in the editor, and when they were last heard of.
type OpenEditor struct{ ent.Schema }

// Annotations of OpenEditor.
func (OpenEditor) Annotations() []schema.Annotation { return columns.Table("content_open_editors") }

// Fields of OpenEditor.
func (OpenEditor) Fields() []ent.Field {
	return []ent.Field{
		columns.OwnID(),
		columns.Reference("post_id"),
		columns.Reference("editor_id"),
		field.Time("heard_at"),
	}
}

// Edges of OpenEditor.
func (OpenEditor) Edges() []ent.Edge {
	return []ent.Edge{edge.From("post", Post.Type).Ref("open_editors").Field("post_id").Unique().Required().Immutable()}
}

// Indexes of OpenEditor.
func (OpenEditor) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("post_id", "editor_id").Unique().StorageKey("content_open_editors_post"),
		index.Fields("editor_id").StorageKey("content_open_editors_editor"),
		index.Fields("heard_at").StorageKey("content_open_editors_heard"),
	}
}

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
