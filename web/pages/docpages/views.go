package docpages

import "github.com/neoforge-dev/neoforge/web/pages/layout"

// Entry is a page in the contents.
type Entry struct {
	Title  string
	URL    string
	Active bool
}

// Section groups pages in the contents.
type Section struct {
	Title   string
	Entries []Entry
}

// Heading is a heading within the page, for its outline.
type Heading struct {
	ID    string
	Title string
	Level int // 2 or 3
}

// DocView is one page of documentation. BodyHTML is without the page's own h1.
type DocView struct {
	layout.Page
	Heading  string
	BodyHTML string // rendered from the project's own Markdown
	Sections []Section
	Outline  []Heading
	Previous *Entry
	Next     *Entry
}
