package content

import "github.com/neoforge-dev/neoforge/ports/identityport"

// PostPublished reports that readers can now open a post.
type PostPublished struct {
	PostID     PostID              `json:"post_id"`
	Slug       string              `json:"slug"`
	Title      string              `json:"title"`
	Author     identityport.UserID `json:"author_id"`
	Visibility Visibility          `json:"visibility"`
	Tags       []string            `json:"tags"`
}

// EventName implements events.Payload.
func (PostPublished) EventName() string { return "content.post_published.v1" }

// PostChanged reports that a published post was revised or unpublished: whatever
// shows it must be made anew.
type PostChanged struct {
	PostID       PostID   `json:"post_id"`
	Slug         string   `json:"slug"`
	PreviousSlug string   `json:"previous_slug,omitempty"` // when the slug changed
	Tags         []string `json:"tags"`
	Published    bool     `json:"published"`
}

// NewPostChanged reports a change of a published post.
func NewPostChanged(before, after PostState) PostChanged {
	e := PostChanged{
		PostID: after.ID, Slug: after.Text.Slug, Tags: after.Text.Tags,
		Published: after.Status == Published,
	}
	if before.Text.Slug != after.Text.Slug {
		e.PreviousSlug = before.Text.Slug
	}
	return e
}

// EventName implements events.Payload.
func (PostChanged) EventName() string { return "content.post_changed.v1" }

// AuthorRenamed reports that an author has another name or handle: whatever shows them
// must be made anew. What they are called now is looked up.
type AuthorRenamed struct {
	UserID identityport.UserID `json:"user_id"`
}

// EventName implements events.Payload.
func (AuthorRenamed) EventName() string { return "content.author_renamed.v1" }

// TagPosts is the cache tag of every list of posts; TagPost that of one post.
// TagBylines is that of whatever shows an author's name or handle.
const (
	TagPosts   = "content.posts"
	TagBylines = "content.bylines"
)

// TagPost returns the cache tag of the post with a slug.
func TagPost(slug string) string { return "content.post:" + slug }
