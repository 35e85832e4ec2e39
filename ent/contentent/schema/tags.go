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

// Tag is what is said of a tag. There are tags of which nothing is said.
type Tag struct{ ent.Schema }

// Annotations of Tag.
func (Tag) Annotations() []schema.Annotation { return columns.Table("content_tags") }

// Fields of Tag.
func (Tag) Fields() []ent.Field {
	return []ent.Field{
		columns.OwnID(),
		field.String("name").Immutable(),
		field.String("title"),
		field.Text("description"),
		field.Int("version"),
		field.Time("updated_at"),
	}
}

// Indexes of Tag.
func (Tag) Indexes() []ent.Index {
	return []ent.Index{index.Fields("name").Unique().StorageKey("content_tags_name")}
}

// TagName is a name that a tag had before: it leads to the one that it has now. No name in
// here is the current one of another, so that one step leads to it.
type TagName struct{ ent.Schema }

// Annotations of TagName.
func (TagName) Annotations() []schema.Annotation { return columns.Table("content_tag_names") }

// Fields of TagName.
func (TagName) Fields() []ent.Field {
	return []ent.Field{
		columns.OwnID(),
		field.String("name").Immutable(),
		field.String("tag"),
		field.Time("left_at").Immutable(),
	}
}

// Indexes of TagName.
func (TagName) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("name").Unique().StorageKey("content_tag_names_name"),
		index.Fields("tag", "left_at").StorageKey("content_tag_names_tag"),
	}
}

// TagUse is one tag of one post in any status. The lists of readers go along PostTag, which
// has published posts alone, in their order.
type TagUse struct{ ent.Schema }

// Annotations of TagUse.
func (TagUse) Annotations() []schema.Annotation { return columns.Table("content_tag_uses") }

// Fields of TagUse.
func (TagUse) Fields() []ent.Field {
	return []ent.Field{
		columns.OwnID(),
		columns.Reference("post_id"),
		field.String("tag").Immutable(),
	}
}

// Edges of TagUse.
func (TagUse) Edges() []ent.Edge {
	return []ent.Edge{edge.From("post", Post.Type).Ref("tag_uses").Field("post_id").Unique().Required().Immutable()}
}

// Indexes of TagUse.
func (TagUse) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("post_id", "tag").Unique().StorageKey("content_tag_uses_post"),
		index.Fields("tag", "post_id").StorageKey("content_tag_uses_tag"),
	}
}

// PostDetails is what search engines and other sites are told of a post in place of what
// its page says. It is a table of its own for the sake of lists, as PostSchedule is.
type PostDetails struct{ ent.Schema }

// Annotations of PostDetails.
func (PostDetails) Annotations() []schema.Annotation { return columns.Table("content_post_details") }

// Fields of PostDetails.
func (PostDetails) Fields() []ent.Field {
	return []ent.Field{
		columns.OwnID(),
		columns.Reference("post_id"),
		field.String("seo_title"),
		field.Text("seo_description"),
		field.String("social_title"),
		field.Text("social_description"),
		field.Text("canonical_url"),
		field.Bool("noindex"),
		// The picture has no edge: one that is chosen is not deleted, for its use.
		field.UUID("cover_id", uuid.UUID{}).Optional().Nillable(),
		field.String("cover_alt").Optional(),
		field.Text("cover_caption").Optional(),
		field.Int("version"),
		field.Time("updated_at"),
	}
}

// Edges of PostDetails.
func (PostDetails) Edges() []ent.Edge {
	return []ent.Edge{edge.From("post", Post.Type).Ref("details").Field("post_id").Unique().Required().Immutable()}
}

// Indexes of PostDetails.
func (PostDetails) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("post_id").Unique().StorageKey("content_post_details_post"),
		index.Fields("post_id").StorageKey("content_post_details_unmapped"). // what a map of the site leaves out
											Annotations(entsql.IndexWhere("noindex OR canonical_url <> ''")),
	}
}

// SavedView is a filter of the studio's list that a person keeps under a name.
type SavedView struct{ ent.Schema }

// Annotations of SavedView.
func (SavedView) Annotations() []schema.Annotation { return columns.Table("content_saved_views") }

// Fields of SavedView.
func (SavedView) Fields() []ent.Field {
	return []ent.Field{
		columns.ID(),
		columns.Reference("owner_id"),
		field.String("name").Immutable(),
		field.Text("query"),
		field.Time("created_at").Immutable(),
	}
}

// Indexes of SavedView.
func (SavedView) Indexes() []ent.Index {
	return []ent.Index{index.Fields("owner_id", "name").Unique().StorageKey("content_saved_views_name")}
}
