package content

import (
	"slices"
	"time"

	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// MaxAuthors is how many people may have written one post.
const MaxAuthors = 10

// Authors are who wrote the post, in the order of its byline: its first author, to whom it
// belongs, and then the others, who may edit it as well.
func (s PostState) Authors() []identityport.UserID {
	return append([]identityport.UserID{s.Author}, s.CoAuthors...)
}

// WrittenBy reports whether somebody is an author of the post.
func (s PostState) WrittenBy(user identityport.UserID) bool {
	return user != "" && (user == s.Author || slices.Contains(s.CoAuthors, user))
}

// Left reports whether authors are those of the post without somebody who is one of them.
func (s PostState) Left(user identityport.UserID, authors []identityport.UserID) bool {
	others := slices.DeleteFunc(s.Authors(), func(u identityport.UserID) bool { return u == user })
	return s.WrittenBy(user) && slices.Equal(others, authors)
}

// NameAuthors replaces the authors of the post, of which the first is the one to whom it
// belongs. It is a save that leaves the text as it is. seen is the version that was seen:
// ErrPostChanged when somebody saved since. It fails with ErrPostInactive, and with
// ErrInvalidAuthors for none, the same person twice, and more than MaxAuthors.
func (p *Post) NameAuthors(seen int, authors []identityport.UserID, now time.Time) error {
	switch {
	case p.s.Status.Inactive():
		return ErrPostInactive
	case seen != p.s.Version:
		return ErrPostChanged
	case len(authors) == 0, len(authors) > MaxAuthors:
		return ErrInvalidAuthors
	}
	for i, a := range authors {
		if a == "" || slices.Contains(authors[:i], a) {
			return ErrInvalidAuthors
		}
	}
	p.s.Author, p.s.CoAuthors = authors[0], slices.Clone(authors[1:])
	p.touch(now)
	return nil
}

// MayNameAuthors reports whether the actor may have a post be written by others than it says
// now. Who edits any post may; its first author names the others, and each of these may take
// themselves out. It says nothing of whether readers may see the change at once.
func MayNameAuthors(a identityport.Actor, p PostState, authors []identityport.UserID) bool {
	switch {
	case a.May(PermissionEditAny):
		return true
	case !a.May(PermissionWrite), len(authors) == 0, authors[0] != p.Author:
		return false
	case a.UserID == p.Author:
		return true
	}
	return p.Left(a.UserID, authors)
}

// Authors lists the profiles of who wrote the post, in the order of its byline. Who has no
// profile is left out.
func (a Article) Authors() []Author {
	return named(append([]Author{a.Author}, a.CoAuthors...))
}

// Authors lists the profiles of who wrote the post, as those of an article.
func (s Summary) Authors() []Author {
	return named(append([]Author{{Handle: s.AuthorHandle, Name: s.AuthorName}}, s.CoAuthors...))
}

func named(authors []Author) []Author {
	return slices.DeleteFunc(authors, func(a Author) bool { return a.Handle == "" })
}
