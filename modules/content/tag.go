package content

import (
	"context"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/ports/textform"
)

// PermissionManageTags is to say what a tag is about, and to rename and merge tags, which
// changes everybody's posts.
const PermissionManageTags identityport.Permission = "content.tag.manage"

// Bounds of what is said of a tag.
const (
	MaxTagTitle       = 80  // characters
	MaxTagDescription = 500 // characters
)

// MaxTagCount is how far posts of one tag are counted.
const MaxTagCount = 1000

// Tag is what is said of the posts that are filed under a name.
type Tag struct {
	Name        string // as CleanTag has it
	Title       string // how it is written; empty: as its name
	Description string // plain text
	Version     int    // counts changes, from 1; 0: nothing was ever said of it
	UpdatedAt   time.Time
}

// Heading is how the tag is written.
func (t Tag) Heading() string {
	if t.Title != "" {
		return t.Title
	}
	return t.Name
}

// Describe says something else of the tag. It fails with ErrInvalidTag, naming each faulty
// field as the API spells it.
func (t Tag) Describe(title, description string, now time.Time) (Tag, error) {
	title, description = strings.TrimSpace(textform.Plain(title)), strings.TrimSpace(textform.Plain(description))
	var faults []fault.Field
	if utf8.RuneCountInString(title) > MaxTagTitle || strings.ContainsFunc(title, unicode.IsControl) || !utf8.ValidString(title) {
		faults = append(faults, fault.Field{Name: "title", Message: "The title may have at most 80 characters, on one line."})
	}
	if utf8.RuneCountInString(description) > MaxTagDescription || !utf8.ValidString(description) || strings.ContainsRune(description, 0) {
		faults = append(faults, fault.Field{Name: "description", Message: "The description may have at most 500 characters."})
	}
	if len(faults) > 0 {
		return Tag{}, ErrInvalidTag.WithFields(faults...)
	}
	t.Title, t.Description = title, description
	t.Version++
	t.UpdatedAt = now
	return t, nil
}

// TagCount is a tag with how many posts have it, in any status; no more than MaxTagCount
// are counted.
type TagCount struct {
	Tag
	Posts int
}

// Tags keeps what is said of tags, and the names that they had.
type Tags interface {
	// Put writes what is said of a tag over version seen of it, 0 for the first;
	// ErrTagChanged when that is not the current one, and ErrTagNotFound for a name that
	// leads to another tag.
	Put(ctx context.Context, t Tag, seen int) error
	// Rename gives a tag that is at version seen another name. The one that it had leads to
	// that from then on, and so does every name that led to it; no posts are changed, see
	// Posts.MoveTags. What has the name already, or a tag that the name leads to, is merged
	// with it if merge says so, and keeps what is said of it. A name that led to the tag
	// itself is taken back. It returns the tag as it is then, and whether it was merged.
	//
	// It fails with ErrTagChanged, ErrTagNotFound for a name that leads to another tag,
	// ErrTagExists, and ErrTagUnchanged for the name that it has.
	Rename(ctx context.Context, name string, seen int, to string, merge bool, at time.Time) (kept Tag, merged bool, err error)
	// FreeName has a former name of a tag lead nowhere, so that it can be a tag again;
	// ErrTagNotFound when it is none of it.
	FreeName(ctx context.Context, tag, former string) error
}

// TagReads is what is asked of them outside a transaction.
type TagReads interface {
	// Tag returns a tag by its name or by one that it had. Of one that nobody said
	// anything of, and that no post may have, it is the name alone.
	Tag(ctx context.Context, name string) (Tag, error)
	// CurrentTags returns tags under the names that they have now, in their order, each
	// once.
	CurrentTags(ctx context.Context, tags []string) ([]string, error)
	// TagNames lists the names that a tag had, oldest first.
	TagNames(ctx context.Context, tag string) ([]string, error)
	// TagCounts lists up to limit tags by their names, behind one of them: those that some
	// post has, and those of which something is said.
	TagCounts(ctx context.Context, after string, limit int) ([]TagCount, error)
	// TagCount counts the posts of one tag, in any status, up to MaxTagCount.
	TagCount(ctx context.Context, tag string) (int, error)
	// TaggedPosts lists up to limit posts of a tag in any status, of one author unless that is
	// empty, in no order.
	TaggedPosts(ctx context.Context, tag string, author identityport.UserID, limit int) ([]PostID, error)
	// FormerlyTagged lists posts that are filed under a name that leads to another tag, but
	// for some, in no order.
	FormerlyTagged(ctx context.Context, but []PostID, limit int) ([]PostID, error)
	// FormerlyTaggedCount counts the posts, up to MaxTagCount, that are still filed under a
	// name that leads to a tag.
	FormerlyTaggedCount(ctx context.Context, tag string) (int, error)
}
