package studio

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/cursor"
	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// MaxBulk is how many posts one bulk edit changes.
const MaxBulk = 500

const (
	conflicts = 5                // saves of others that one post is tried again after
	bulkTime  = 10 * time.Second // after which the rest is left to another request
	findTime  = bulkTime / 2     // of it, after which no more is looked up of what a filter finds
)

// BulkAction is what is done to many posts.
type BulkAction string

// The actions.
const (
	BulkAddTag        BulkAction = "add_tag"
	BulkRemoveTag     BulkAction = "remove_tag"
	BulkSetVisibility BulkAction = "set_visibility"
	BulkSetAuthor     BulkAction = "set_author"
	BulkArchive       BulkAction = "archive"
	BulkTrash         BulkAction = "trash"
	BulkRestore       BulkAction = "restore"
)

// BulkActions are all of them.
var BulkActions = []BulkAction{BulkAddTag, BulkRemoveTag, BulkSetVisibility, BulkSetAuthor, BulkArchive, BulkTrash, BulkRestore}

// BulkPost is a post that was chosen. Version is the one that was seen; 0: whichever it is at.
type BulkPost struct {
	ID      content.PostID
	Version int
}

// BulkEdit does one thing to many posts: those that are chosen, or the next MaxBulk that a
// filter finds.
type BulkEdit struct {
	Action BulkAction
	Value  string // the tag, the visibility, or the handle of the author to whom posts are handed
	Posts  []BulkPost
	Filter *Filter // in place of Posts
	Cursor string  // of a Filter: the NextCursor of the edit before
	// Preview tells which posts would be looked at, and changes none.
	Preview bool
	edit    string // names it; empty for one of a single post
}

// BulkOutcome is what became of one post.
type BulkOutcome string

// The outcomes.
const (
	BulkDone      BulkOutcome = "done"
	BulkUnchanged BulkOutcome = "unchanged" // it was so already
	BulkRefused   BulkOutcome = "refused"   // Why says it
	BulkFailed    BulkOutcome = "failed"    // by a fault of the server, which ended the edit
	BulkPending   BulkOutcome = "pending"   // a preview, or the edit ended before it
)

// BulkItem is one post of a bulk edit.
type BulkItem struct {
	ID      content.PostID
	Kind    content.Kind // empty as Title is
	Title   string       // empty: there is no such post for the actor
	Version int          // before the edit
	Outcome BulkOutcome
	Why     *fault.Error // of one that was refused
}

// BulkResult is what became of each post, in their order. NextCursor leads on behind the last
// one that the edit, or its preview, came to; it is empty when the filter finds no others. Fault
// is what ended the edit at the one that failed: those before it are changed all the same.
type BulkResult struct {
	Items      []BulkItem
	NextCursor string
	Fault      error
}

// BulkEdit does one thing to many posts, each under the actor's rights to it and over the
// version that was seen, in a transaction of its own and with an entry of its own in the
// audit trail: what one of them is refused keeps no other back. What is sent again finds done
// what was. Going on with the NextCursor as long as there is one comes to each post that the
// filter finds once, whatever the edit does to them: what is changed moves to the front of the
// list, and so does what somebody else saves meanwhile, which is passed over. It fails with
// content.ErrMayNotWrite, content.ErrInvalidBulk for an action or a value that there is none
// of, and for no posts or too many, and as StudioPosts does.
func (a *App) BulkEdit(ctx context.Context, actor identityport.Actor, c BulkEdit) (BulkResult, error) {
	if !actor.May(content.PermissionWrite) && !actor.May(content.PermissionEditAny) {
		return BulkResult{}, content.ErrMayNotWrite
	}
	began := a.clock.Now()
	c, err := c.clean()
	if err != nil {
		return BulkResult{}, err
	}
	if c.Action == BulkSetAuthor {
		if c.Value, err = a.handed(ctx, actor, c); err != nil {
			return BulkResult{}, err
		}
	}
	var result BulkResult
	var found List
	if c.Filter != nil {
		if found, err = a.bulkFound(ctx, actor, Query{Filter: *c.Filter, Cursor: c.Cursor}, began); err != nil {
			return BulkResult{}, err
		}
		for _, p := range found.Items {
			c.Posts = append(c.Posts, BulkPost{ID: p.ID, Version: p.Version})
			result.Items = append(result.Items, BulkItem{ID: p.ID, Kind: p.Kind, Title: p.Title, Version: p.Version, Outcome: BulkPending})
		}
		result.NextCursor = found.NextCursor
		if c.Preview {
			return result, nil
		}
	} else {
		for _, p := range c.Posts {
			result.Items = append(result.Items, BulkItem{ID: p.ID, Outcome: BulkPending})
		}
	}
	if len(c.Posts) > 1 {
		c.edit = a.ids.New()
	}
	came := 0 // to so many of them
	for i, p := range c.Posts {
		if i > 0 && a.clock.Now().Sub(began) >= bulkTime {
			break
		}
		item, err := a.bulkOne(ctx, actor, c, p)
		result.Items[i] = item
		if err == nil && ctx.Err() != nil && item.Outcome == BulkPending {
			break
		}
		if came = i + 1; err != nil {
			result.Items[i].Outcome, result.Fault = BulkFailed, fmt.Errorf("%s of post %s, one of many: %w", c.Action, p.ID, err)
			break
		}
	}
	if c.Filter != nil && came < len(c.Posts) {
		if came == 0 { // no cursor leads to the first of a list
			return BulkResult{}, ctx.Err()
		}
		result.NextCursor = cursor.Encode(placeOf(found.Items[came-1]))
	}
	return result, nil
}

func (c BulkEdit) clean() (BulkEdit, error) {
	var faults []fault.Field
	addFieldError := func(name, message string) { faults = append(faults, fault.Field{Name: name, Message: message}) }
	switch c.Action {
	case BulkAddTag, BulkRemoveTag:
		tag, ok := content.CleanTag(c.Value)
		if !ok || tag == "" {
			addFieldError("value", "Name a tag: letters, digits and hyphens, at most 40 characters.")
		}
		c.Value = tag
	case BulkSetVisibility:
		if !content.Visibility(c.Value).Valid() {
			addFieldError("value", "The visibility must be public, members or paid.")
		}
	case BulkSetAuthor:
		if c.Value == "" {
			addFieldError("value", "Name an author by their handle.")
		}
	case BulkArchive, BulkTrash, BulkRestore:
	default:
		addFieldError("action", "Choose what is to be done with them.")
	}
	switch {
	case c.Filter == nil && len(c.Posts) == 0:
		addFieldError("posts", "Choose one at least.")
	case len(c.Posts) > MaxBulk:
		addFieldError("posts", "At most 500 are changed at once. Choose fewer.")
	case c.Filter != nil && len(c.Posts) > 0:
		addFieldError("posts", "Name posts or a filter, not both.")
	case c.Filter == nil && c.Cursor != "":
		addFieldError("cursor", "A cursor goes on with a filter. Name the filter that it is of.")
	}
	if len(faults) > 0 {
		return c, content.ErrInvalidBulk.WithFields(faults...)
	}
	seen := map[content.PostID]bool{}
	c.Posts = slices.DeleteFunc(slices.Clone(c.Posts), func(p BulkPost) bool {
		again := seen[p.ID]
		seen[p.ID] = true
		return again
	})
	return c, nil
}

// handed is the handle that an author has now to whom posts are to be handed.
func (a *App) handed(ctx context.Context, actor identityport.Actor, c BulkEdit) (string, error) {
	switch {
	case !actor.May(content.PermissionEditAny):
		return "", content.ErrMayNotNameAuthors
	case c.Preview:
		return c.Value, nil
	}
	author, err := a.posts.ReadAuthor(ctx, c.Value)
	if errors.Is(err, content.ErrAuthorNotFound) {
		return "", content.ErrInvalidBulk.WithFields(fault.Field{Name: "value", Message: "Nobody writes here under this handle. Name an author by theirs."})
	}
	return author.Handle, err
}

// bulkFound is what a filter finds, up to MaxBulk and as much as there is time for.
func (a *App) bulkFound(ctx context.Context, actor identityport.Actor, q Query, began time.Time) (List, error) {
	var found List
	for {
		q.Limit = min(maxPage, MaxBulk-len(found.Items))
		list, err := a.StudioPosts(ctx, actor, q)
		if err != nil {
			return List{}, err
		}
		found.Items, found.NextCursor = append(found.Items, list.Items...), list.NextCursor
		if q.Cursor = list.NextCursor; q.Cursor == "" || len(found.Items) == MaxBulk || a.clock.Now().Sub(began) >= findTime {
			return found, nil
		}
	}
}

// bulkOne does it to one post. What it is refused is told of it; its error is a fault of the server.
func (a *App) bulkOne(ctx context.Context, actor identityport.Actor, c BulkEdit, p BulkPost) (BulkItem, error) {
	item := BulkItem{ID: p.ID}
	for attempt := 1; ; attempt++ {
		loaded, err := a.posts.OpenPost(ctx, actor, p.ID)
		if err == nil {
			item.Kind, item.Title, item.Version = loaded.Post.Kind, loaded.Post.Text.Title, loaded.Post.Version
			if p.Version != 0 && p.Version != loaded.Post.Version {
				if !c.Preview && c.done(loaded) { // it was, and the answer lost
					item.Outcome = BulkUnchanged
					return item, nil
				}
				err = content.ErrPostChanged
			}
		}
		changed := false
		switch {
		case err != nil:
		case c.Preview:
			item.Outcome = BulkPending
			return item, nil
		default:
			changed, err = a.bulkChange(ctx, actor, c, loaded)
		}
		if p.Version == 0 && errors.Is(err, content.ErrPostChanged) && attempt < conflicts {
			continue
		}
		switch f := fault.As(err); {
		case err == nil && changed:
			item.Outcome = BulkDone
		case err == nil:
			item.Outcome = BulkUnchanged
		case ctx.Err() != nil: // its transaction was given up
			item.Outcome = BulkPending
		case f != nil && f.Kind != fault.Internal:
			item.Outcome, item.Why = BulkRefused, f
		default:
			return item, err
		}
		return item, nil
	}
}

// done reports whether a post is as the edit makes it.
func (c BulkEdit) done(a content.Article) bool {
	p := a.Post
	switch c.Action {
	case BulkAddTag:
		return slices.Contains(p.Text.Tags, c.Value)
	case BulkRemoveTag:
		return !slices.Contains(p.Text.Tags, c.Value)
	case BulkSetVisibility:
		return string(p.Text.Visibility) == c.Value
	case BulkSetAuthor:
		return a.Author.Handle == c.Value
	case BulkArchive:
		return p.Status == content.Archived
	case BulkTrash:
		return p.Status == content.Trashed
	case BulkRestore:
		return !p.Status.Inactive()
	}
	return false
}

// bulkChange reports whether it changed the post.
func (a *App) bulkChange(ctx context.Context, actor identityport.Actor, c BulkEdit, loaded content.Article) (bool, error) {
	p := loaded.Post
	revise := func(r Revision) (bool, error) {
		r.ID, r.Seen = p.ID, p.Version
		after, err := a.revise(ctx, actor, r)
		return err == nil && after.Post.Version != p.Version, err
	}
	switch c.Action { // which answer what changes nothing themselves
	case BulkAddTag:
		tags := append(slices.Clone(p.Text.Tags), c.Value)
		return revise(Revision{Tags: &tags})
	case BulkSetVisibility:
		v := content.Visibility(c.Value)
		return revise(Revision{Visibility: &v})
	}
	if c.done(loaded) {
		return false, nil
	}
	var err error
	switch c.Action {
	case BulkRemoveTag:
		tags := slices.DeleteFunc(slices.Clone(p.Text.Tags), func(tag string) bool { return tag == c.Value })
		return revise(Revision{Tags: &tags})
	case BulkSetAuthor:
		_, err = a.posts.HandPost(ctx, actor, p.ID, p.Version, c.Value, c.edit)
	case BulkArchive:
		_, err = a.posts.ArchivePost(ctx, actor, p.ID)
	case BulkTrash:
		_, err = a.posts.TrashPost(ctx, actor, p.ID)
	case BulkRestore:
		_, err = a.posts.RestorePost(ctx, actor, p.ID)
	}
	return err == nil, err
}
