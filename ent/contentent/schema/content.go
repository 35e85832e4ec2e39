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

// Author is the public profile of a writer; its id is the person's.
type Author struct{ ent.Schema }

// Annotations of Author.
func (Author) Annotations() []schema.Annotation { return columns.Table("content_authors") }

// Fields of Author.
func (Author) Fields() []ent.Field {
	return []ent.Field{
		columns.ID(),
		field.String("handle"),
		field.String("name"),
	}
}

// Edges of Author.
func (Author) Edges() []ent.Edge {
	return []ent.Edge{edge.To("former_handles", AuthorHandle.Type).Annotations(columns.CascadeDelete())}
}

// Indexes of Author.
func (Author) Indexes() []ent.Index {
	return []ent.Index{index.Fields("handle").Unique().StorageKey("content_authors_handle")}
}

// AuthorHandle is a handle that an author had before: it leads to them, and nobody
// else gets it. It goes with the profile.
type AuthorHandle struct{ ent.Schema }

// Annotations of AuthorHandle.
func (AuthorHandle) Annotations() []schema.Annotation { return columns.Table("content_author_handles") }

// Fields of AuthorHandle.
func (AuthorHandle) Fields() []ent.Field {
	return []ent.Field{
		columns.OwnID(),
		columns.Reference("author_id"),
		field.String("handle").Immutable(),
		field.Time("left_at").Immutable(),
	}
}

// Edges of AuthorHandle.
func (AuthorHandle) Edges() []ent.Edge {
	return []ent.Edge{edge.From("author", Author.Type).Ref("former_handles").Field("author_id").Unique().Required().Immutable()}
}

// Indexes of AuthorHandle.
func (AuthorHandle) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("handle").Unique().StorageKey("content_author_handles_handle"),
		index.Fields("author_id", "left_at").StorageKey("content_author_handles_author"),
	}
}

// SitePage is one version of a text of the site's operator: the last of a name is
// the one in force, and none is ever changed.
type SitePage struct{ ent.Schema }

// Annotations of SitePage.
func (SitePage) Annotations() []schema.Annotation { return columns.Table("content_site_pages") }

// Fields of SitePage.
func (SitePage) Fields() []ent.Field {
	return []ent.Field{
		columns.OwnID(),
		field.String("name").Immutable(),
		field.Int("number").Immutable(),
		field.UUID("editor_id", uuid.UUID{}).Optional().Nillable(), // none once the editor is erased
		field.Text("markdown").Immutable(),
		field.Text("body").Immutable(),
		field.Time("published_at").Immutable(),
	}
}

// Indexes of SitePage.
func (SitePage) Indexes() []ent.Index {
	return []ent.Index{index.Fields("name", "number").Unique().StorageKey("content_site_pages_number")}
}

// Post is one piece of writing. What lists show comes first and what only the
// post's own page needs comes last, so that SQLite, which keeps a row's columns
// in order, finds the former without walking over the latter.
type Post struct{ ent.Schema }

// Annotations of Post.
func (Post) Annotations() []schema.Annotation { return columns.Table("content_posts") }

// Fields of Post.
func (Post) Fields() []ent.Field {
	return []ent.Field{
		columns.ID(),
		field.UUID("author_id", uuid.UUID{}), // the person; the profile may come later, so there is no constraint
		field.String("slug"),
		field.String("title"),
		field.String("visibility"),
		field.String("status"),
		field.Time("published_at").Optional().Nillable(),
		field.Time("created_at").Immutable(),
		field.Time("updated_at"),
		field.Int("version"),
		field.Int("reading_minutes"),
		field.Strings("tags"),
		field.Text("excerpt"),
		field.Text("teaser"),
		field.Text("body"),
		field.Text("markdown"),
		// What rendered_version was to releases that cut teasers anew alone. It is written
		// for their replicas, which look for it while an upgrade goes on.
		field.Int("teaser_version").Default(0),
		// The version whose text is rendered here. Whoever saves a post without setting it,
		// as older releases do, leaves it behind the version.
		field.Int("rendered_version").Default(0),
		// The version of the renderer that did.
		field.Int("renderer_version").Default(0),
		// Whether it is a post or a page. It stands behind the texts, so that lists tell by an
		// index which of both a row is.
		field.String("kind").Default("post"),
	}
}

// Edges of Post.
func (Post) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("revisions", Revision.Type).Annotations(columns.CascadeDelete()),
		edge.To("tagged", PostTag.Type).Annotations(columns.CascadeDelete()),
		edge.To("former_slugs", PostSlug.Type).Annotations(columns.CascadeDelete()),
		edge.To("preview_links", PreviewLink.Type).Annotations(columns.CascadeDelete()),
		edge.To("schedules", PostSchedule.Type).Annotations(columns.CascadeDelete()),
		edge.To("working_copies", WorkingCopy.Type).Annotations(columns.CascadeDelete()),
		edge.To("tag_uses", TagUse.Type).Annotations(columns.CascadeDelete()),
		edge.To("details", PostDetails.Type).Annotations(columns.CascadeDelete()),
		edge.To("review_steps", ReviewStep.Type).Annotations(columns.CascadeDelete()),
		edge.To("co_authors", PostAuthor.Type).Annotations(columns.CascadeDelete()),
		edge.To("open_editors", OpenEditor.Type).Annotations(columns.CascadeDelete()),
		edge.To("media_uses", MediaUse.Type).Annotations(columns.CascadeDelete()),
	}
}

// Indexes of Post.
func (Post) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("slug").Unique().StorageKey("content_posts_slug"),
		index.Fields("published_at", "id").StorageKey("content_posts_published").
			Annotations(entsql.IndexWhere("status = 'published'")),
		index.Fields("author_id", "published_at", "id").StorageKey("content_posts_author_published").
			Annotations(entsql.IndexWhere("status = 'published'")), // of releases that know no pages
		index.Fields("published_at", "id").StorageKey("content_posts_kind_post").
			Annotations(entsql.IndexWhere("status = 'published' AND kind = 'post'")),
		index.Fields("author_id", "published_at", "id").StorageKey("content_posts_author_kind_post").
			Annotations(entsql.IndexWhere("status = 'published' AND kind = 'post'")),
		index.Fields("published_at", "id").StorageKey("content_posts_kind_page").
			Annotations(entsql.IndexWhere("status = 'published' AND kind = 'page'")),
		index.Fields("author_id", "published_at", "id").StorageKey("content_posts_author_pages").
			Annotations(entsql.IndexWhere("kind = 'page'")),
		index.Fields("id").StorageKey("content_posts_pages").
			Annotations(entsql.IndexWhere("kind = 'page'")),
		index.Fields("updated_at", "id").StorageKey("content_posts_current").
			Annotations(entsql.IndexWhere("status NOT IN ('archived', 'trashed')")),
		index.Fields("author_id", "updated_at", "id").StorageKey("content_posts_author_current").
			Annotations(entsql.IndexWhere("status NOT IN ('archived', 'trashed')")),
		index.Fields("author_id", "updated_at", "id").StorageKey("content_posts_author_updated"),
		index.Fields("status", "updated_at", "id").StorageKey("content_posts_unpublished").
			Annotations(entsql.IndexWhere("status <> 'published'")),
		index.Fields("author_id", "status", "updated_at", "id").StorageKey("content_posts_author_unpublished").
			Annotations(entsql.IndexWhere("status <> 'published'")),
		index.Fields("id").StorageKey("content_posts_outdated_teaser").
			Annotations(entsql.IndexWhere("visibility <> 'public' AND teaser_version <> version")),
		index.Fields("id").StorageKey("content_posts_outdated").
			Annotations(entsql.IndexWhere("rendered_version <> version")),
		index.Fields("renderer_version", "id").StorageKey("content_posts_renderer"),
	}
}

// PostAuthor is one of those who wrote a post beside its first author, who is a column of
// the post. It goes with the post.
type PostAuthor struct{ ent.Schema }

// Annotations of PostAuthor.
func (PostAuthor) Annotations() []schema.Annotation { return columns.Table("content_post_authors") }

// Fields of PostAuthor.
func (PostAuthor) Fields() []ent.Field {
	return []ent.Field{
		columns.OwnID(),
		columns.Reference("post_id"),
		columns.Reference("author_id"),
		field.Int("position").Immutable(),
	}
}

// Edges of PostAuthor.
func (PostAuthor) Edges() []ent.Edge {
	return []ent.Edge{edge.From("post", Post.Type).Ref("co_authors").Field("post_id").Unique().Required().Immutable()}
}

// Indexes of PostAuthor.
func (PostAuthor) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("post_id", "position").Unique().StorageKey("content_post_authors_position"),
		index.Fields("author_id", "post_id").Unique().StorageKey("content_post_authors_author"),
	}
}

// PostSlug is a slug that a post had while it was published: it leads to it, and no other
// post gets it. It goes with the post.
type PostSlug struct{ ent.Schema }

// Annotations of PostSlug.
func (PostSlug) Annotations() []schema.Annotation { return columns.Table("content_post_slugs") }

// Fields of PostSlug.
func (PostSlug) Fields() []ent.Field {
	return []ent.Field{
		columns.OwnID(),
		columns.Reference("post_id"),
		field.String("slug").Immutable(),
		field.Time("left_at").Immutable(),
	}
}

// Edges of PostSlug.
func (PostSlug) Edges() []ent.Edge {
	return []ent.Edge{edge.From("post", Post.Type).Ref("former_slugs").Field("post_id").Unique().Required().Immutable()}
}

// Indexes of PostSlug.
func (PostSlug) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("slug").Unique().StorageKey("content_post_slugs_slug"),
		index.Fields("post_id", "left_at").StorageKey("content_post_slugs_post"),
	}
}

// PreviewLink opens one post to whoever has its secret, of which the hash is kept.
type PreviewLink struct{ ent.Schema }

// Annotations of PreviewLink.
func (PreviewLink) Annotations() []schema.Annotation { return columns.Table("content_preview_links") }

// Fields of PreviewLink.
func (PreviewLink) Fields() []ent.Field {
	return []ent.Field{
		columns.ID(),
		columns.Reference("post_id"),
		field.Bytes("hash").Sensitive().Immutable(),
		columns.Reference("created_by"),
		field.Time("created_at").Immutable(),
		field.Time("ends_at").Immutable(),
	}
}

// Edges of PreviewLink.
func (PreviewLink) Edges() []ent.Edge {
	return []ent.Edge{edge.From("post", Post.Type).Ref("preview_links").Field("post_id").Unique().Required().Immutable()}
}

// Indexes of PreviewLink.
func (PreviewLink) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("hash").Unique().StorageKey("content_preview_links_hash"),
		index.Fields("post_id", "ends_at", "id").StorageKey("content_preview_links_post"),
		index.Fields("ends_at").StorageKey("content_preview_links_end"),
	}
}

// PrivateFeed is the address at which a person's program reads what they may, of which the
// hash is kept; its id is the person's.
type PrivateFeed struct{ ent.Schema }

// Annotations of PrivateFeed.
func (PrivateFeed) Annotations() []schema.Annotation { return columns.Table("content_private_feeds") }

// Fields of PrivateFeed.
func (PrivateFeed) Fields() []ent.Field {
	return []ent.Field{
		columns.ID(),
		field.Bytes("hash").Sensitive(),
		field.Time("created_at"),
	}
}

// Indexes of PrivateFeed.
func (PrivateFeed) Indexes() []ent.Index {
	return []ent.Index{index.Fields("hash").Unique().StorageKey("content_private_feeds_hash")}
}

// PostSchedule is when a scheduled post is published. It is a table of its own for the sake
// of lists, which would have to read over a post's text to a column added behind it.
type PostSchedule struct{ ent.Schema }

// Annotations of PostSchedule.
func (PostSchedule) Annotations() []schema.Annotation {
	return columns.Table("content_post_schedules")
}

// Fields of PostSchedule.
func (PostSchedule) Fields() []ent.Field {
	return []ent.Field{
		columns.OwnID(),
		columns.Reference("post_id"),
		field.Time("publish_at").Immutable(),
		field.String("zone").Immutable(),
	}
}

// Edges of PostSchedule.
func (PostSchedule) Edges() []ent.Edge {
	return []ent.Edge{edge.From("post", Post.Type).Ref("schedules").Field("post_id").Unique().Required().Immutable()}
}

// Indexes of PostSchedule.
func (PostSchedule) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("post_id").Unique().StorageKey("content_post_schedules_post"),
		index.Fields("publish_at", "post_id").StorageKey("content_post_schedules_due"),
	}
}

// WorkingCopy is the text that a published post is to have, at most one of each. What lists
// ask for comes first, as of a post.
type WorkingCopy struct{ ent.Schema }

// Annotations of WorkingCopy.
func (WorkingCopy) Annotations() []schema.Annotation { return columns.Table("content_working_copies") }

// Fields of WorkingCopy.
func (WorkingCopy) Fields() []ent.Field {
	return []ent.Field{
		columns.OwnID(),
		columns.Reference("post_id"),
		field.Int("save"),
		field.Int("base").Immutable(),
		field.UUID("editor_id", uuid.UUID{}),
		field.Time("begun_at").Immutable(),
		field.Time("saved_at"),
		field.Time("autosaved_from").Optional().Nillable(), // absent: saved by hand
		field.String("slug"),
		field.String("title"),
		field.String("visibility"),
		field.Strings("tags"),
		field.Text("excerpt"),
		field.Text("markdown"),
	}
}

// Edges of WorkingCopy.
func (WorkingCopy) Edges() []ent.Edge {
	return []ent.Edge{edge.From("post", Post.Type).Ref("working_copies").Field("post_id").Unique().Required().Immutable()}
}

// Indexes of WorkingCopy.
func (WorkingCopy) Indexes() []ent.Index {
	return []ent.Index{index.Fields("post_id").Unique().StorageKey("content_working_copies_post")}
}

// PostTag is one tag of one published post, with the post's place in lists, so
// that the page of a tag with a million posts is one walk along an index.
type PostTag struct{ ent.Schema }

// Annotations of PostTag.
func (PostTag) Annotations() []schema.Annotation { return columns.Table("content_post_tags") }

// Fields of PostTag.
func (PostTag) Fields() []ent.Field {
	return []ent.Field{
		columns.OwnID(),
		columns.Reference("post_id"),
		field.String("tag").Immutable(),
		field.Time("published_at").Immutable(),
	}
}

// Edges of PostTag.
func (PostTag) Edges() []ent.Edge {
	return []ent.Edge{edge.From("post", Post.Type).Ref("tagged").Field("post_id").Unique().Required().Immutable()}
}

// Indexes of PostTag.
func (PostTag) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("post_id", "tag").Unique().StorageKey("content_post_tags_post"),
		index.Fields("tag", "published_at", "post_id").StorageKey("content_post_tags_list"),
	}
}

// Revision is one save of a post.
type Revision struct{ ent.Schema }

// Annotations of Revision.
func (Revision) Annotations() []schema.Annotation { return columns.Table("content_revisions") }

// Fields of Revision.
func (Revision) Fields() []ent.Field {
	return []ent.Field{
		columns.OwnID(),
		columns.Reference("post_id"),
		field.Int("number").Immutable(),
		columns.Reference("editor_id"),
		field.String("slug").Immutable(),
		field.String("title").Immutable(),
		field.String("visibility").Immutable(),
		field.Strings("tags").Immutable(),
		field.Text("excerpt").Immutable(),
		field.Text("markdown").Immutable(),
		field.Time("saved_at").Immutable(),
		field.Time("autosaved_from").Optional().Nillable(), // absent: saved by hand
	}
}

// Edges of Revision.
func (Revision) Edges() []ent.Edge {
	return []ent.Edge{edge.From("post", Post.Type).Ref("revisions").Field("post_id").Unique().Required().Immutable()}
}

// Indexes of Revision.
func (Revision) Indexes() []ent.Index {
	return []ent.Index{index.Fields("post_id", "number").Unique().StorageKey("content_revisions_number")}
}
