package content

import "net/url"

// Kind says which of two a piece of writing is. Both are written, reviewed, published and
// kept alike, and share their slugs.
type Kind string

// The kinds.
const (
	KindPost Kind = "post" // stands in the lists, in the archive and in feeds, by its date
	KindPage Kind = "page" // stands by itself: in none of these, and shown without author and date
)

// Valid reports whether k is one of them.
func (k Kind) Valid() bool { return k == KindPost || k == KindPage }

// PathOf is where readers find what has a slug, within the site: "/posts/a-slug", or
// "/pages/a-slug".
func PathOf(k Kind, slug string) string {
	if k == KindPage {
		return "/pages/" + url.PathEscape(slug)
	}
	return "/posts/" + url.PathEscape(slug)
}

// Path is where readers find it, once it is published.
func (s PostState) Path() string { return PathOf(s.Kind, s.Text.Slug) }

// Path is where readers find it, once it is published.
func (s Summary) Path() string { return PathOf(s.Kind, s.Slug) }

// ChangeKind makes a post a page, or a page a post. It is part of the save that follows, which
// counts it. It fails with ErrUnknownKind, and with ErrKindFixed for another kind once readers
// may know the address: after the first publication.
func (p *Post) ChangeKind(k Kind) error {
	switch {
	case !k.Valid():
		return ErrUnknownKind
	case k == p.s.Kind:
		return nil
	case !p.s.PublishedAt.IsZero():
		return ErrKindFixed
	}
	p.s.Kind = k
	return nil
}
