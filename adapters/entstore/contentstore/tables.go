package contentstore

import (
	"embed"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
)

//go:embed migrations/postgres/*.sql migrations/sqlite/*.sql
var files embed.FS

// withPerson is why rows of a person stay: an erasure takes them.
const withPerson = "a person's; goes with them"

// Tables are content's.
var Tables = entstore.Tables{
	Context: "content", Files: files, Folder: "migrations",
	Retentions: []entstore.Retention{
		{Table: "content_author_handles", Kept: "addresses that still lead to their author; the last ten of each"},
		{Table: "content_authors", Kept: withPerson},
		{Table: "content_media", Kept: "pictures of the publication, until they are deleted"},
		{Table: "content_media_uses", Kept: "where pictures stand, or stood; goes with the picture and with the post"},
		{Table: "content_preview_links", Kept: "until they are over, at most 90 days and an hour"},
		{Table: "content_private_feeds", Kept: withPerson},
		{Table: "content_open_editors", Kept: "who has a post open, until another is opened an hour later; goes with them, and with it"},
		{Table: "content_post_authors", Kept: "who wrote a post with others; goes with it, and with them"},
		{Table: "content_post_details", Kept: "what is told of a post; goes with it"},
		{Table: "content_post_schedules", Kept: "until the post is published; goes with it"},
		{Table: "content_post_slugs", Kept: "addresses that still lead to their post; the last fifty of each"},
		{Table: "content_post_tags", Kept: "the publication itself"},
		{Table: "content_posts", Kept: "the publication itself"},
		{Table: "content_review_steps", Kept: "the history of the publication; an erasure takes who wrote a note, and the note"},
		{Table: "content_revisions", Kept: "the history of the publication"},
		{Table: "content_saved_views", Kept: withPerson},
		{Table: "content_search_posts", Kept: "by which published posts are found; an entry goes with its post"},
		{Table: "content_search_words", Pruned: "once a day: those that nobody may read any more"},
		{Table: "content_working_copies", Kept: "until it is published or discarded; goes with its post"},
		{Table: "content_tag_names", Kept: "names of tags that still lead to one"},
		{Table: "content_tag_uses", Kept: "the publication itself"},
		{Table: "content_tags", Kept: "what is said of the publication's tags"},
		{Table: "content_upload_quotas", Pruned: "once a day: those of days before yesterday"},
		{Table: "content_uploads", Kept: "until a day after its last part, also when it is a picture"},
		{Table: "content_site_pages", Kept: "the texts that people agreed to, in each version"},
	},
}
