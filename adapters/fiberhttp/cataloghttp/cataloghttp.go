// Package cataloghttp serves the component guide at /catalog: the elements and patterns of
// the platform and of the program's modules.
package cataloghttp

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/web/pages/catalogpages"
	"github.com/neoforge-dev/neoforge/web/pages/docpages"
)

// Catalog is what a module brings to the guide.
type Catalog struct {
	// Elements is the custom-elements manifest of its islands; it may tell of others as well.
	Elements []byte
	Entries  []catalogpages.Entry
}

type routes struct {
	server *fiberhttp.Server
	groups []catalogpages.Group
	views  map[string]catalogpages.EntryView
}

var errNoEntry = fault.New(fault.NotFound, "catalog.entry_not_found", "The component guide has no such entry.")

// Register adds the routes of the guide. It fails when two entries have one name, when an
// entry shows nothing, and when an element is in no manifest.
func Register(s *fiberhttp.Server, catalogs ...Catalog) error {
	h := &routes{server: s, views: map[string]catalogpages.EntryView{}}
	var elements, patterns catalogpages.Group
	elements.Title, patterns.Title = "Elements", "Patterns"
	for _, c := range catalogs {
		known := map[string]catalogpages.Element{}
		if len(c.Elements) > 0 {
			var err error
			if known, err = catalogpages.Elements(c.Elements); err != nil {
				return err
			}
		}
		for _, e := range c.Entries {
			view, err := viewOf(e, known)
			if err != nil {
				return err
			}
			if _, taken := h.views[e.Name]; taken {
				return fmt.Errorf("the component guide has two entries that are called %s: rename one of them", e.Name)
			}
			h.views[e.Name] = view
			group := &patterns
			if e.IsElement() {
				group = &elements
			}
			group.Entries = append(group.Entries, catalogpages.Line{Name: e.Name, Title: e.Heading(), Summary: view.Summary, URL: catalogpages.Address(e.Name)})
		}
	}
	for _, g := range []catalogpages.Group{patterns, elements} {
		if len(g.Entries) > 0 {
			h.groups = append(h.groups, g)
		}
	}
	s.Page(http.MethodGet, "/catalog", fiberhttp.Public(), h.list, fiberhttp.Cached(never))
	s.Page(http.MethodGet, "/catalog/{entry}", fiberhttp.Public(), h.show, fiberhttp.Cached(never))
	return nil
}

// never: the guide is part of the program.
func never(*fiberhttp.Request) []string { return nil }

func viewOf(e catalogpages.Entry, known map[string]catalogpages.Element) (catalogpages.EntryView, error) {
	v := catalogpages.EntryView{Entry: e, Summary: e.Summary}
	if len(e.Examples) == 0 {
		return v, fmt.Errorf("the entry %s of the component guide has no example", e.Name)
	}
	for _, x := range e.Examples {
		if x.Component == nil || strings.TrimSpace(x.Code) == "" {
			return v, fmt.Errorf("the example %q of %s in the component guide lacks its component or its code", x.Title, e.Name)
		}
	}
	if !e.IsElement() {
		return v, nil
	}
	element, ok := known[e.Name]
	if !ok {
		return v, fmt.Errorf("the component guide shows <%s>, which the custom-elements manifest does not have: document its class and make the manifest anew", e.Name)
	}
	v.Element = &element
	if v.Summary == "" {
		v.Summary = element.Summary
	}
	return v, nil
}

func (h *routes) list(_ context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	return fiberhttp.HTML(catalogpages.Index(catalogpages.IndexView{
		Page: h.server.View(r, fiberhttp.View{
			Title: "Components", Description: "Every element and pattern of " + h.server.SiteName() + ", live, with the code to paste.", Nav: "/docs", Canonical: "/catalog",
		}),
		Sections: h.contents(""), Groups: h.groups,
	})), nil
}

func (h *routes) show(_ context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	v, ok := h.views[r.Param("entry")]
	if !ok {
		return fiberhttp.Reply{}, errNoEntry
	}
	v.Page = h.server.View(r, fiberhttp.View{Title: v.Entry.Heading(), Description: v.Summary, Nav: "/docs", Canonical: catalogpages.Address(v.Entry.Name)})
	v.Sections = h.contents(v.Entry.Name)
	return fiberhttp.HTML(catalogpages.Show(v)), nil
}

// contents is the list of all entries, with one of them marked; with none, the first page is.
func (h *routes) contents(active string) []docpages.Section {
	out := []docpages.Section{{Entries: []docpages.Entry{
		{Title: "Overview", URL: "/catalog", Active: active == ""}, {Title: "Documentation", URL: "/docs/components"},
	}}}
	for _, g := range h.groups {
		section := docpages.Section{Title: g.Title}
		for _, l := range g.Entries {
			section.Entries = append(section.Entries, docpages.Entry{Title: l.Title, URL: l.URL, Active: l.Name == active})
		}
		out = append(out, section)
	}
	return out
}
