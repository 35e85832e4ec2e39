// Package studio is the list of those who write: what they find in it, the views that they
// keep of it, and one thing done to many posts at once.
//
// It promises that a page of the list costs about the same however many posts there are, and
// that a bulk edit does to each post what its editor could do to it alone.
package studio

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/clock"
	"github.com/neoforge-dev/neoforge/ports/cursor"
	"github.com/neoforge-dev/neoforge/ports/deps"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/ports/idgen"
	"github.com/neoforge-dev/neoforge/ports/textform"
)

// Posts is what is done to one post, under the rights that somebody has to it.
type Posts interface {
	OpenPost(ctx context.Context, actor identityport.Actor, id content.PostID) (content.Article, error)
	ArchivePost(ctx context.Context, actor identityport.Actor, id content.PostID) (content.Article, error)
	TrashPost(ctx context.Context, actor identityport.Actor, id content.PostID) (content.Article, error)
	RestorePost(ctx context.Context, actor identityport.Actor, id content.PostID) (content.Article, error)
	ReadAuthor(ctx context.Context, handle string) (content.Author, error)
	// HandPost makes another the first author of a post, over the version that was seen. They
	// are told once of what one edit hands to them.
	HandPost(ctx context.Context, actor identityport.Actor, id content.PostID, seen int, handle, edit string) (content.Article, error)
}

// Revision is a change of a post over the version that was seen; nil leaves a part as it is.
type Revision struct {
	ID         content.PostID
	Seen       int
	Tags       *[]string
	Visibility *content.Visibility
}

// Deps is what the use cases need.
type Deps struct {
	UnitOfWork content.UnitOfWork
	Reads      content.Reads
	Posts      Posts
	Revise     func(ctx context.Context, actor identityport.Actor, r Revision) (content.Article, error)
	Clock      clock.Clock
	IDs        idgen.Generator
}

// App is the use cases.
type App struct {
	work   content.UnitOfWork
	reads  content.Reads
	posts  Posts
	revise func(ctx context.Context, actor identityport.Actor, r Revision) (content.Article, error)
	clock  clock.Clock
	ids    idgen.Generator
}

// New returns the use cases, or an error that names every missing dependency.
func New(d Deps) (*App, error) {
	if err := deps.Check("studio", d); err != nil {
		return nil, err
	}
	return &App{work: d.UnitOfWork, reads: d.Reads, posts: d.Posts, revise: d.Revise, clock: d.Clock, ids: d.IDs}, nil
}

// The sizes of a page.
const (
	defaultPage = 20
	maxPage     = 100
)

// List is a page of the list. NextCursor is empty on the last page.
type List struct {
	Items      []content.Summary
	NextCursor string
}

// walked is how many posts one page of the studio's list looks through for those that a
// filter finds; then it ends, and the next page goes on from there.
const walked = 2000

// Filter narrows the studio's list; what is empty leaves it as it is.
type Filter struct {
	Kind       content.Kind   // empty: both
	Status     content.Status // empty: whatever is neither archived nor in the trash
	Tag        string
	Visibility content.Visibility
	Author     string // a handle; for who may edit any post
	Title      string // words of the title, or their beginnings
	InReview   bool   // somebody waits for a review of it
}

// Query asks for a page of what the actor wrote, last changed first; of everybody's for
// who may edit any. Cursor is a NextCursor of the same list.
type Query struct {
	Filter
	Cursor string
	Limit  int
}

// StudioPosts lists posts for those who write them. A page may have fewer posts than were
// asked for, or none, and others behind it all the same: each looks through so many. It fails
// with content.ErrMayNotWrite, content.ErrUnknownKind, content.ErrUnknownStatus, content.ErrUnknownVisibility and
// content.ErrInvalidCursor. A tag or an author that nobody has lists nothing.
func (a *App) StudioPosts(ctx context.Context, actor identityport.Actor, q Query) (List, error) {
	w, matches, err := a.filter(ctx, actor, q.Filter)
	if errors.Is(err, content.ErrAuthorNotFound) || errors.Is(err, content.ErrTagNotFound) {
		return List{}, nil
	}
	if err != nil {
		return List{}, err
	}
	after, ok := cursor.Decode(q.Cursor, cursor.UUIDs)
	if !ok {
		return List{}, content.ErrInvalidCursor
	}
	limit := defaultPage
	if q.Limit != 0 {
		limit = min(max(q.Limit, 1), maxPage)
	}
	if matches.kind == content.KindPage {
		few, err := a.reads.WrittenPages(ctx, w.Author, walked/2+1)
		if err != nil {
			return List{}, err
		}
		if len(few) <= walked/2 {
			return a.ofFew(ctx, few, w, matches, after, limit)
		}
	}
	if matches.inReview {
		few, err := a.reads.WaitingForReview(ctx, w.Author, walked)
		if err != nil {
			return List{}, err
		}
		return a.ofFew(ctx, few, w, matches, after, limit)
	}
	if matches.tag != "" {
		few, err := a.reads.TaggedPosts(ctx, matches.tag, w.Author, walked/2+1)
		if err != nil {
			return List{}, err
		}
		if len(few) <= walked/2 {
			return a.ofFew(ctx, few, w, matches, after, limit)
		}
	}
	return a.walk(ctx, w, matches, after, limit)
}

// match is what of a filter is looked at post by post.
type match struct {
	kind       content.Kind
	tag        string
	visibility content.Visibility
	title      []string
	inReview   bool
}

func (m match) none() bool {
	return m.kind == "" && m.tag == "" && m.visibility == "" && len(m.title) == 0
}

func (m match) finds(p content.Summary) bool {
	if m.inReview && !p.InReview { // decided since it was looked up
		return false
	}
	if m.kind != "" && p.Kind != m.kind {
		return false
	}
	if m.tag != "" && !slices.Contains(p.Tags, m.tag) || m.visibility != "" && p.Visibility != m.visibility {
		return false
	}
	if len(m.title) == 0 {
		return true
	}
	words := textform.SearchWords(p.Title)
	for _, sought := range m.title {
		if !slices.ContainsFunc(words, func(word string) bool { return strings.HasPrefix(word, sought) }) {
			return false
		}
	}
	return true
}

func (a *App) filter(ctx context.Context, actor identityport.Actor, f Filter) (content.Writing, match, error) {
	w := content.Writing{Author: actor.UserID, Status: f.Status}
	switch {
	case actor.May(content.PermissionEditAny):
		w.Author = ""
	case !actor.May(content.PermissionWrite):
		return w, match{}, content.ErrMayNotWrite
	}
	if f.Status != "" && !f.Status.Valid() {
		return w, match{}, content.ErrUnknownStatus
	}
	if f.Visibility != "" && !f.Visibility.Valid() {
		return w, match{}, content.ErrUnknownVisibility
	}
	if f.Kind != "" && !f.Kind.Valid() {
		return w, match{}, content.ErrUnknownKind
	}
	m := match{kind: f.Kind, visibility: f.Visibility, title: textform.SearchWords(f.Title), inReview: f.InReview}
	if len(f.Title) > 4*content.MaxTitle {
		return w, m, content.ErrSearchTooLong
	}
	if f.Tag != "" {
		name, ok := content.CleanTag(f.Tag)
		if !ok {
			return w, m, content.ErrTagNotFound
		}
		tag, err := a.reads.Tag(ctx, name)
		if err != nil {
			return w, m, err
		}
		m.tag = tag.Name
	}
	if f.Author != "" {
		author, err := a.posts.ReadAuthor(ctx, f.Author)
		if err != nil {
			return w, m, err
		}
		if w.Author != "" && w.Author != author.User {
			return w, m, content.ErrAuthorNotFound // they list their own
		}
		w.Author = author.User
	}
	return w, m, nil
}

// walk looks at posts in their order, so many of them.
func (a *App) walk(ctx context.Context, w content.Writing, m match, after cursor.Position, limit int) (List, error) {
	var list List
	w.After, w.Limit = after, maxPage
	if m.none() {
		w.Limit = min(limit+1, maxPage)
	}
	for seen := 0; seen < walked; seen += w.Limit {
		posts, err := a.reads.Written(ctx, w)
		if err != nil {
			return List{}, err
		}
		for _, p := range posts {
			if m.finds(p) {
				if len(list.Items) == limit {
					list.NextCursor = cursor.Encode(placeOf(list.Items[limit-1]))
					return list, nil
				}
				list.Items = append(list.Items, p)
			}
			w.After = placeOf(p)
		}
		if len(posts) < w.Limit {
			return list, nil
		}
	}
	list.NextCursor = cursor.Encode(w.After)
	return list, nil
}

func placeOf(p content.Summary) cursor.Position {
	return cursor.Position{At: p.UpdatedAt, ID: string(p.ID)}
}

// ofFew lists those of a few posts that a filter finds.
func (a *App) ofFew(ctx context.Context, ids []content.PostID, w content.Writing, m match, after cursor.Position, limit int) (List, error) {
	var found []content.Summary
	for some := range slices.Chunk(ids, maxPage) {
		posts, err := a.reads.Summaries(ctx, some, maxPage)
		if err != nil {
			return List{}, err
		}
		for _, p := range posts {
			stands := p.Status == w.Status || w.Status == "" && !p.Status.Inactive()
			if stands && m.finds(p) && (after.At.IsZero() || isBehind(placeOf(p), after)) {
				found = append(found, p)
			}
		}
	}
	slices.SortFunc(found, func(x, y content.Summary) int {
		if isBehind(placeOf(y), placeOf(x)) {
			return -1
		}
		return 1
	})
	list := List{Items: found[:min(len(found), limit)]}
	if len(found) > limit {
		list.NextCursor = cursor.Encode(placeOf(found[limit-1]))
	}
	return list, nil
}

// isBehind reports whether a place is behind another in a list of what was last changed first.
func isBehind(p, other cursor.Position) bool {
	if p.At.Equal(other.At) {
		return p.ID < other.ID
	}
	return p.At.Before(other.At)
}

// MaxInReview is up to how many posts InReview counts.
const MaxInReview = 100

// InReview counts the posts of the actor, or everybody's for who may edit any, of which
// somebody waits for a review, up to MaxInReview.
func (a *App) InReview(ctx context.Context, actor identityport.Actor) (int, error) {
	w, _, err := a.filter(ctx, actor, Filter{})
	if err != nil {
		return 0, err
	}
	waiting, err := a.reads.WaitingForReview(ctx, w.Author, MaxInReview)
	return len(waiting), err
}

// SaveView keeps a filter under a name of the actor's own choice; one that has the name is
// replaced. It fails with content.ErrMayNotWrite, content.ErrInvalidView and
// content.ErrTooManyViews.
func (a *App) SaveView(ctx context.Context, actor identityport.Actor, name, query string) error {
	if !actor.May(content.PermissionWrite) && !actor.May(content.PermissionEditAny) {
		return content.ErrMayNotWrite
	}
	view, err := content.NewSavedView(a.ids.New(), actor.UserID, name, query, a.clock.Now())
	if err != nil {
		return err
	}
	err = a.work.Do(ctx, func(ctx context.Context, s content.Stores) error { return s.Views.Put(ctx, view) })
	if err != nil {
		return fmt.Errorf("save a view: %w", err)
	}
	return nil
}

// SavedViews lists the actor's, by their names.
func (a *App) SavedViews(ctx context.Context, actor identityport.Actor) ([]content.SavedView, error) {
	return a.reads.SavedViews(ctx, actor.UserID)
}

// DeleteView removes one of the actor's; content.ErrViewNotFound.
func (a *App) DeleteView(ctx context.Context, actor identityport.Actor, id string) error {
	err := a.work.Do(ctx, func(ctx context.Context, s content.Stores) error { return s.Views.Delete(ctx, actor.UserID, id) })
	if err != nil {
		return fmt.Errorf("delete a view: %w", err)
	}
	return nil
}
