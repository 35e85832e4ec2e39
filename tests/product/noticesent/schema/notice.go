// Package schema declares the tables of the notice board.
package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"

	"github.com/neoforge-dev/neoforge/ent/columns"
)

// Notice is one sheet on the board. Its author is a person of another context, and so
// no edge.
type Notice struct{ ent.Schema }

// Annotations of Notice.
func (Notice) Annotations() []schema.Annotation { return columns.Table("notices_notices") }

// Fields of Notice.
func (Notice) Fields() []ent.Field {
	return []ent.Field{
		columns.ID(),
		field.String("text").Immutable(),
		columns.Reference("author_id"),
		field.String("byline").Immutable(),
		field.Time("posted_at").Immutable(),
	}
}

// Indexes of Notice.
func (Notice) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("posted_at", "id").StorageKey("notices_notices_posted"),
		index.Fields("author_id").StorageKey("notices_notices_author"),
	}
}
