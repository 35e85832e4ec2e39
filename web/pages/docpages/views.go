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

// DocView is one page of documentation. BodyHTML is without the page's own h1.
type DocView struct {
	layout.Page
	Heading  string
	BodyHTML string // rendered from the project's own Markdown
	Sections []Section
	Outline  []layout.Heading
	Previous *Entry
	Next     *Entry
}
