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

// Media is one picture of the library. Its bytes are in the store of files.
type Media struct{ ent.Schema }

// Annotations of Media.
func (Media) Annotations() []schema.Annotation { return columns.Table("content_media") }

// Fields of Media.
func (Media) Fields() []ent.Field {
	return []ent.Field{
		columns.ID(),
		field.UUID("owner_id", uuid.UUID{}).Optional().Nillable(), // none once the owner is erased
		field.String("name"),
		field.String("alt"),
		field.String("words"), // by which it is found
		field.String("format"),
		field.Bool("animated"),
		field.Int64("bytes"),
		field.Int("width"), // upright
		field.Int("height"),
		field.String("tone"),
		field.String("state"),
		field.Int("version"),  // of the file
		field.Int("revision"), // of the row
		// Counts what people changed: the other sizes, which a job makes, do not.
		field.Int("edits").Default(1),
		field.Strings("variants"), // their file names
		field.Time("created_at").Immutable(),
		field.Time("updated_at"),
		// Since when a job knows that no post shows it, nor ever did; none while one may.
		field.Time("unused_since").Optional().Nillable(),
	}
}

// Edges of Media.
func (Media) Edges() []ent.Edge {
	return []ent.Edge{edge.To("uses", MediaUse.Type).Annotations(columns.CascadeDelete())}
}

// Indexes of Media.
func (Media) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("created_at", "id").StorageKey("content_media_newest"),
		index.Fields("owner_id", "created_at", "id").StorageKey("content_media_owner"),
		index.Fields("unused_since").StorageKey("content_media_unused").Annotations(entsql.IndexWhere("unused_since IS NOT NULL")),
	}
}

// MediaUse says that a text of a post has a picture in it, or had.
type MediaUse struct{ ent.Schema }

// Annotations of MediaUse.
func (MediaUse) Annotations() []schema.Annotation { return columns.Table("content_media_uses") }

// Fields of MediaUse.
func (MediaUse) Fields() []ent.Field {
	return []ent.Field{
		columns.OwnID(),
		columns.Reference("media_id"),
		columns.Reference("post_id"),
		field.String("place").Immutable(),
		// The page may have been rendered with the picture as it was.
		field.Bool("outdated"),
	}
}

// Edges of MediaUse.
func (MediaUse) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("media", Media.Type).Ref("uses").Field("media_id").Unique().Required().Immutable(),
		edge.From("post", Post.Type).Ref("media_uses").Field("post_id").Unique().Required().Immutable(),
	}
}

// Indexes of MediaUse.
func (MediaUse) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("media_id", "post_id", "place").Unique().StorageKey("content_media_uses_place"),
		index.Fields("post_id", "place").StorageKey("content_media_uses_post"),
		index.Fields("post_id").StorageKey("content_media_uses_outdated").Annotations(entsql.IndexWhere("outdated")),
	}
}

// Upload is a file on its way, of which some parts have arrived, or all until it expires.
type Upload struct{ ent.Schema }

// Annotations of Upload.
func (Upload) Annotations() []schema.Annotation { return columns.Table("content_uploads") }

// Fields of Upload.
func (Upload) Fields() []ent.Field {
	return []ent.Field{
		columns.ID(),
		columns.Reference("owner_id"),
		columns.OptionalReference("replaces_id"),
		field.String("name").Immutable(),
		field.String("alt").Immutable(),
		field.Int64("bytes").Immutable(),
		field.Int64("received"),
		field.Strings("parts"),
		// It became a picture, which who lost the answer still asks for.
		field.Bool("finished").Default(false),
		field.Time("created_at").Immutable(),
		field.Time("expires_at"),
		// The edits that whoever began it saw of the picture that it replaces; 0: a new
		// picture, or a release before began it.
		field.Int("replaces_seen").Immutable().Default(0),
	}
}

// Indexes of Upload.
func (Upload) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("owner_id", "created_at").StorageKey("content_uploads_owner"),
		index.Fields("expires_at").StorageKey("content_uploads_expiry"),
	}
}

// UploadQuota is how many bytes somebody uploaded on a day.
type UploadQuota struct{ ent.Schema }

// Annotations of UploadQuota.
func (UploadQuota) Annotations() []schema.Annotation { return columns.Table("content_upload_quotas") }

// Fields of UploadQuota.
func (UploadQuota) Fields() []ent.Field {
	return []ent.Field{
		columns.OwnID(),
		columns.Reference("owner_id"),
		field.String("day").Immutable(), // in UTC, as 2006-01-02
		field.Int64("bytes"),
	}
}

// Indexes of UploadQuota.
func (UploadQuota) Indexes() []ent.Index {
	return []ent.Index{index.Fields("owner_id", "day").Unique().StorageKey("content_upload_quotas_day")}
}
