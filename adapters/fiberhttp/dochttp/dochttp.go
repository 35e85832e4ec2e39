// Package dochttp serves the documentation at /docs: NeoForge's own and that of the
// program's modules, from Markdown files that are part of the program.
package dochttp

import (
	"context"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/web/pages/docpages"
	"github.com/neoforge-dev/neoforge/web/pages/layout"
)

// Section groups pages in the contents, by file name without ".md".
type Section struct {
	Title string
	Pages []string
}

// Pages is the documentation of one module, or of the platform. Files hold Markdown,
// one page each, which begins with its title ("# Title"); "index" is served at /docs
// itself. Pages that no section of Contents names come last. Sections of one title are
// one section, to which several modules may add.
type Pages struct {
	Of       string // the module
	Files    fs.FS
	Contents []Section
}

// Deps is what the routes need. Render turns Markdown into safe HTML.
type Deps struct {
	Pages  []Pages
	Render func(ctx context.Context, markdown string) (string, error)
}

type routes struct {
	render   func(ctx context.Context, markdown string) (string, error)
	server   *fiberhttp.Server
	sections []docpages.Section
	order    []string
	pages    map[string]page
}

type page struct{ title, text, of string }

const index = "index"

var errNoPage = fault.New(fault.NotFound, "docs.page_not_found", "The documentation has no such page.")

// Register adds the routes of the documentation. It fails when a page of Contents
// is missing, when a page has no title, and when two modules have pages of one name.
func Register(s *fiberhttp.Server, d Deps) error {
	if err := s.Require("dochttp", d); err != nil {
		return err
	}
	h := &routes{render: d.Render, server: s, pages: map[string]page{}}
	var rest []string
	for _, p := range d.Pages {
		unlisted, err := h.read(p)
		if err != nil {
			return err
		}
		rest = append(rest, unlisted...)
	}
	title := "Documentation"
	if len(h.sections) > 0 {
		title = "More"
	}
	h.addSection(Section{Title: title, Pages: rest})
	h.inOrder()
	s.Page(http.MethodGet, "/docs", fiberhttp.Public(), h.show, fiberhttp.Cached(never))
	s.Page(http.MethodGet, "/docs/{page}", fiberhttp.Public(), h.show, fiberhttp.Cached(never))
	return nil
}

// never: the pages are part of the program.
func never(*fiberhttp.Request) []string { return nil }

// read takes the pages of one module, and answers those that it lists nowhere.
func (h *routes) read(d Pages) ([]string, error) {
	files, err := fs.Glob(d.Files, "*.md")
	if err != nil {
		return nil, fmt.Errorf("dochttp: list pages of %s: %w", d.Of, err)
	}
	own := map[string]bool{}
	for _, file := range files {
		text, err := fs.ReadFile(d.Files, file)
		if err != nil {
			return nil, fmt.Errorf("dochttp: read %s: %w", file, err)
		}
		first, rest, _ := strings.Cut(strings.TrimSpace(string(text)), "\n")
		title, ok := strings.CutPrefix(first, "# ")
		if !ok {
			return nil, fmt.Errorf("dochttp: %s does not begin with a title", file)
		}
		name := strings.TrimSuffix(path.Base(file), ".md")
		if other, taken := h.pages[name]; taken {
			return nil, fmt.Errorf("%s and %s both have a page %s.md in the documentation: rename one of them", other.of, d.Of, name)
		}
		h.pages[name], own[name] = page{title: strings.TrimSpace(title), text: rest, of: d.Of}, true
	}
	listed := map[string]bool{}
	for _, s := range d.Contents {
		for _, name := range s.Pages {
			if !own[name] {
				return nil, fmt.Errorf("dochttp: the contents of %s name %s.md, which is missing", d.Of, name)
			}
			listed[name] = true
		}
		h.addSection(s)
	}
	var rest []string
	for name := range own {
		if !listed[name] {
			rest = append(rest, name)
		}
	}
	slices.SortFunc(rest, func(a, b string) int { return strings.Compare(rank(a), rank(b)) })
	return rest, nil
}

// rank sorts the index before every other page.
func rank(name string) string {
	if name == index {
		return ""
	}
	return name
}

func (h *routes) addSection(s Section) {
	if len(s.Pages) == 0 {
		return
	}
	i := slices.IndexFunc(h.sections, func(have docpages.Section) bool { return have.Title == s.Title })
	if i < 0 {
		i = len(h.sections)
		h.sections = append(h.sections, docpages.Section{Title: s.Title})
	}
	for _, name := range s.Pages {
		h.sections[i].Entries = append(h.sections[i].Entries, docpages.Entry{Title: h.pages[name].title, URL: address(name)})
	}
}

// inOrder is how pages are turned.
func (h *routes) inOrder() {
	for _, s := range h.sections {
		for _, e := range s.Entries {
			name := index
			if e.URL != address(index) {
				name = path.Base(e.URL)
			}
			h.order = append(h.order, name)
		}
	}
}

func address(name string) string {
	if name == index {
		return "/docs"
	}
	return "/docs/" + name
}

func (h *routes) show(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	name := r.Param("page")
	if r.Path == "/docs" {
		name = index
	} else if name == index {
		return fiberhttp.Reply{}, errNoPage // it has one address
	}
	p, ok := h.pages[name]
	if !ok {
		return fiberhttp.Reply{}, errNoPage
	}
	body, err := h.render(ctx, p.text)
	if err != nil {
		return fiberhttp.Reply{}, fmt.Errorf("dochttp: render %s: %w", name, err)
	}
	body = h.withoutDeadLinks(body)
	v := docpages.DocView{
		Page: h.server.View(r, fiberhttp.View{
			Title: p.title, Description: p.title + " — documentation of " + h.server.SiteName() + ".", Nav: "/docs", Canonical: address(name),
		}),
		Heading: p.title, BodyHTML: body, Outline: layout.Outline(body), Sections: h.contents(name),
	}
	i := slices.Index(h.order, name)
	if i > 0 {
		v.Previous = h.entry(h.order[i-1])
	}
	if i+1 < len(h.order) {
		v.Next = h.entry(h.order[i+1])
	}
	return fiberhttp.HTML(docpages.Doc(v)), nil
}

func (h *routes) entry(name string) *docpages.Entry {
	return &docpages.Entry{Title: h.pages[name].title, URL: address(name)}
}

func (h *routes) contents(active string) []docpages.Section {
	out := make([]docpages.Section, 0, len(h.sections))
	for _, s := range h.sections {
		s.Entries = slices.Clone(s.Entries)
		for i := range s.Entries {
			s.Entries[i].Active = s.Entries[i].URL == address(active)
		}
		out = append(out, s)
	}
	return out
}

var links = regexp.MustCompile(`(?s)<a href="(/[^"#?]*)[^"]*"[^>]*>(.*?)</a>`)

// withoutDeadLinks leaves of a link to a page that this site does not have its words:
// what a page tells of may be part of another program, or of development alone.
func (h *routes) withoutDeadLinks(body string) string {
	return links.ReplaceAllStringFunc(body, func(link string) string {
		m := links.FindStringSubmatch(link)
		name, isDoc := strings.CutPrefix(m[1], "/docs/")
		if _, known := h.pages[name]; h.server.Serves(m[1]) || isDoc && known {
			return link
		}
		return m[2]
	})
}
