package studio

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// MaxBulk is how many posts one bulk edit changes.
const MaxBulk = 500

const (
	conflicts = 5                // saves of others that one post is tried again after
	bulkPages = 20               // of the list that are looked through for what a filter finds
	bulkTime  = 10 * time.Second // after which the rest is left to another request
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

// BulkEdit does one thing to many posts: those that are chosen, or all that a filter finds.
type BulkEdit struct {
	Action BulkAction
	Value  string // the tag, the visibility, or the handle of the author to whom posts are handed
	Posts  []BulkPost
	Filter *Filter // in place of Posts
	// Preview tells which posts would be looked at, and changes none.
	Preview bool
}

// BulkOutcome is what became of one post.
type BulkOutcome string

// The outcomes.
const (
	BulkDone      BulkOutcome = "done"
	BulkUnchanged BulkOutcome = "unchanged" // it was so already
	BulkRefused   BulkOutcome = "refused"   // Why says it
	BulkPending   BulkOutcome = "pending"   // a preview, or the time was over: send it again
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

// BulkResult is what became of each post, in their order. More says that the filter finds
// others beyond MaxBulk.
type BulkResult struct {
	Items []BulkItem
	More  bool
}

// BulkEdit does one thing to many posts, each under the actor's rights to it and over the
// version that was seen, in a transaction of its own and with an entry of its own in the
// audit trail: what one of them is refused keeps no other back. What is sent again finds done
// what was. It fails with content.ErrMayNotWrite, content.ErrInvalidBulk for an action or a
// value that there is none of, and for no posts or too many, and as StudioPosts does.
func (a *App) BulkEdit(ctx context.Context, actor identityport.Actor, c BulkEdit) (BulkResult, error) {
	if !actor.May(content.PermissionWrite) && !actor.May(content.PermissionEditAny) {
		return BulkResult{}, content.ErrMayNotWrite
	}
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
	if c.Filter != nil {
		if c.Posts, result.Items, result.More, err = a.bulkFound(ctx, actor, *c.Filter); err != nil {
			return BulkResult{}, err
		}
	}
	if c.Preview && c.Filter != nil {
		return result, nil
	}
	result.Items = make([]BulkItem, 0, len(c.Posts))
	began := a.clock.Now()
	for _, p := range c.Posts {
		item := BulkItem{ID: p.ID, Outcome: BulkPending}
		if ctx.Err() == nil && a.clock.Now().Sub(began) < bulkTime {
			if item, err = a.bulkOne(ctx, actor, c, p); err != nil {
				return BulkResult{}, err
			}
		}
		result.Items = append(result.Items, item)
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

// bulkFound is what a filter finds, up to MaxBulk.
func (a *App) bulkFound(ctx context.Context, actor identityport.Actor, f Filter) (posts []BulkPost, items []BulkItem, more bool, _ error) {
	q := Query{Filter: f, Limit: maxPage}
	for range bulkPages {
		list, err := a.StudioPosts(ctx, actor, q)
		if err != nil {
			return nil, nil, false, err
		}
		for _, p := range list.Items {
			if len(posts) == MaxBulk {
				return posts, items, true, nil
			}
			posts = append(posts, BulkPost{ID: p.ID, Version: p.Version})
			items = append(items, BulkItem{ID: p.ID, Kind: p.Kind, Title: p.Title, Version: p.Version, Outcome: BulkPending})
		}
		if q.Cursor = list.NextCursor; q.Cursor == "" {
			return posts, items, false, nil
		}
	}
	return posts, items, true, nil
}

// bulkOne does it to one post. What it is refused is told of it; other faults end the edit.
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
		case ctx.Err() != nil:
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
		_, err = a.posts.HandPost(ctx, actor, p.ID, p.Version, c.Value)
	case BulkArchive:
		_, err = a.posts.ArchivePost(ctx, actor, p.ID)
	case BulkTrash:
		_, err = a.posts.TrashPost(ctx, actor, p.ID)
	case BulkRestore:
		_, err = a.posts.RestorePost(ctx, actor, p.ID)
	}
	return err == nil, err
}
