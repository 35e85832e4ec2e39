package content

import (
	"slices"

	"github.com/neoforge-dev/neoforge/ports/identityport"
)

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

// TagTagged returns the cache tag of whatever names posts of a tag without being a list of
// all: it is made stale when a post of that tag appears, leaves, or is named differently, and
// not by what is done to other posts.
func TagTagged(tag string) string { return "content.tagged:" + tag }

// StaleTags are the cache tags that a change makes stale of posts as they were and as they
// are: their own, those of all lists, and those of their tags. Of a post that is not published
// on either side nothing is cached, so it is not to be given.
func StaleTags(posts ...PostState) []string {
	out, known := []string{TagPosts}, map[string]bool{}
	add := func(tag string) {
		if !known[tag] {
			known[tag] = true
			out = append(out, tag)
		}
	}
	for _, p := range posts {
		if p.Text.Slug != "" {
			add(TagPost(p.Text.Slug))
		}
		for _, t := range p.Text.Tags {
			add(TagTagged(t))
		}
	}
	return out
}

// StaleBySave is StaleTags of one post that was saved, without those of its tags where other
// pages name it as before.
func StaleBySave(before, after PostState) []string {
	if before.namedLike(after) {
		return []string{TagPosts, TagPost(after.Text.Slug)}
	}
	return StaleTags(before, after)
}

// namedLike reports whether what other pages show of a post is what they show of another
// state of it.
func (s PostState) namedLike(o PostState) bool {
	a, b := s.Text, o.Text
	return s.Kind == o.Kind && s.Status == o.Status && s.PublishedAt.Equal(o.PublishedAt) &&
		s.Rendered.ReadingMinutes == o.Rendered.ReadingMinutes && slices.Equal(s.Authors(), o.Authors()) &&
		a.Slug == b.Slug && a.Title == b.Title && s.Opening() == o.Opening() && a.Visibility == b.Visibility && slices.Equal(a.Tags, b.Tags)
}
