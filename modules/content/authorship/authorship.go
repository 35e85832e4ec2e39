// Package authorship is who wrote a post: its authors are named, ordered and taken out again,
// and a post is handed to another.
//
// It promises that nobody becomes an author who has no profile, that who is named by another is
// told, that a post always has a first author, and that of two changes at once one is refused.
package authorship

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/clock"
	"github.com/neoforge-dev/neoforge/ports/deps"
	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/ports/mail"
	"github.com/neoforge-dev/neoforge/ports/mail/mailtemplate"
)

// Posts is what is asked of posts.
type Posts interface {
	OpenPost(ctx context.Context, actor identityport.Actor, id content.PostID) (content.Article, error)
	ReadAuthor(ctx context.Context, handle string) (content.Author, error)
}

// Deps is what the use cases need. MayChange fails with content.ErrMayNotChangeShown. Change does
// something to a post that was loaded for its editor, and writes it as the action that do names,
// with what is also to be done in the same transaction. Templates are of review.Mails.
type Deps struct {
	Reads     content.Reads
	Posts     Posts
	MayChange func(ctx context.Context, actor identityport.Actor, p content.PostState) error
	Change    func(ctx context.Context, actor identityport.Actor, loaded content.Article, do func(*content.Post) (action string, err error), also ...func(ctx context.Context, s content.Stores) error) (content.Article, error)
	People    identityport.Directory
	Actors    identityport.Actors
	Mail      mail.Sender
	Templates *mailtemplate.Templates
	Clock     clock.Clock
}

// App is the use cases.
type App struct{ d Deps }

// New returns the use cases, or an error that names every missing dependency.
func New(d Deps) (*App, error) {
	if err := deps.Check("authorship", d); err != nil {
		return nil, err
	}
	return &App{d}, nil
}

// offered is how many profiles a choice of authors offers. Others are named by their handles.
const offered = 200

// ChooseAuthors lists profiles by their handles, for who may write.
func (a *App) ChooseAuthors(ctx context.Context, actor identityport.Actor) ([]content.Author, error) {
	if !actor.May(content.PermissionWrite) && !actor.May(content.PermissionEditAny) {
		return nil, content.ErrMayNotWrite
	}
	return a.d.Reads.Profiles(ctx, offered)
}

// ChangePostAuthors is by whom a post is to be written: handles in the order of its byline, of
// which the first is whose the post is. Seen is the version of the post that was seen.
type ChangePostAuthors struct {
	ID      content.PostID
	Seen    int
	Authors []string
}

// ChangePostAuthors replaces the authors of a post. What changes nothing is answered as it is,
// whatever was Seen. Who is named by another is told by a mail. It fails with content.ErrPostNotFound (also for who may not edit it),
// content.ErrInvalidAuthors, naming handles that nobody has, content.ErrMayNotNameAuthors,
// content.ErrPostInactive, content.ErrPostChanged, and content.ErrMayNotChangeShown for a post
// that is published, or will be by itself, by who may not publish it: readers see it at once.
// Afterwards the actor may be none of its authors.
func (a *App) ChangePostAuthors(ctx context.Context, actor identityport.Actor, c ChangePostAuthors) (content.Article, error) {
	return a.changeAuthors(ctx, actor, c, "")
}

func (a *App) changeAuthors(ctx context.Context, actor identityport.Actor, c ChangePostAuthors, edit string) (content.Article, error) {
	article, err := a.d.Posts.OpenPost(ctx, actor, c.ID)
	if err != nil {
		return content.Article{}, err
	}
	authors, err := a.named(ctx, article, c.Authors)
	if err != nil {
		return content.Article{}, err
	}
	users := make([]identityport.UserID, len(authors))
	for i, author := range authors {
		users[i] = author.User
	}
	p := article.Post
	switch {
	case slices.Equal(users, p.Authors()):
		return article, nil
	case !content.MayNameAuthors(actor, p, users):
		return content.Article{}, content.ErrMayNotNameAuthors
	}
	if !p.Left(actor.UserID, users) {
		if err := a.d.MayChange(ctx, actor, p); err != nil {
			return content.Article{}, fmt.Errorf("change the authors of post %s: %w", c.ID, err)
		}
	}
	now := a.d.Clock.Now()
	after, err := a.d.Change(ctx, actor, article, func(p *content.Post) (string, error) {
		return "content.post_authors_changed", p.NameAuthors(c.Seen, users, now)
	}, func(ctx context.Context, s content.Stores) error {
		return tell(ctx, s, actor.UserID, p, users, edit, now)
	})
	if errors.Is(err, content.ErrAuthorNotFound) { // erased since it was looked up
		err = content.ErrPostChanged
	}
	if err != nil {
		return content.Article{}, fmt.Errorf("change the authors of post %s: %w", c.ID, err)
	}
	after.Author, after.CoAuthors, after.Cover = authors[0], authors[1:], article.Cover
	return after, nil
}

// HandPost makes another the first author of a post in place of who is; who else wrote it
// stays. Posts that one edit hands over, which a text of its own names, are told of by one mail; with an
// empty edit each is told of by itself. It fails as ChangePostAuthors does.
func (a *App) HandPost(ctx context.Context, actor identityport.Actor, id content.PostID, seen int, handle, edit string) (content.Article, error) {
	article, err := a.d.Posts.OpenPost(ctx, actor, id)
	if err != nil {
		return content.Article{}, err
	}
	handles := []string{handle}
	for _, other := range article.CoAuthors {
		if other.Handle != handle {
			handles = append(handles, other.Handle)
		}
	}
	return a.changeAuthors(ctx, actor, ChangePostAuthors{ID: id, Seen: seen, Authors: handles}, edit)
}

// errNoHandle asks for what was left out.
var errNoHandle = content.ErrInvalidAuthors.WithFields(fault.Field{Name: "authors", Message: "Give the handle of the author, as in their profile's address."})

// named finds the authors by their handles. Those that the post has are not looked up: its
// first author may have no profile, and is named by an empty handle then.
func (a *App) named(ctx context.Context, article content.Article, handles []string) ([]content.Author, error) {
	if len(handles) == 0 || len(handles) > content.MaxAuthors {
		return nil, content.ErrInvalidAuthors.WithFields(fault.Field{Name: "authors", Message: "Name 1 to 10 authors."})
	}
	has := append([]content.Author{article.Author}, article.CoAuthors...)
	out := make([]content.Author, 0, len(handles))
	for _, handle := range handles {
		var found content.Author
		if i := slices.IndexFunc(has, func(a content.Author) bool { return a.Handle == handle }); i >= 0 {
			found = has[i]
		} else if handle == "" {
			return nil, errNoHandle
		} else {
			author, err := a.d.Posts.ReadAuthor(ctx, handle)
			if errors.Is(err, content.ErrAuthorNotFound) {
				return nil, content.ErrInvalidAuthors.WithFields(fault.Field{Name: "authors", Message: "Nobody writes here under the handle “" + shortened(handle) + "”. Somebody becomes an author with the role, or with their first post."})
			}
			if err != nil {
				return nil, fmt.Errorf("author %q: %w", handle, err)
			}
			found = author
		}
		if slices.ContainsFunc(out, func(a content.Author) bool { return a.User == found.User }) {
			if handle == "" { // the first author's, who has no profile, and then a field left empty
				return nil, errNoHandle
			}
			return nil, content.ErrInvalidAuthors.WithFields(fault.Field{Name: "authors", Message: "“" + shortened(handle) + "” is named twice. Name each author once."})
		}
		out = append(out, found)
	}
	return out, nil
}

// shortened is as much of what somebody wrote as a message repeats.
func shortened(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}
