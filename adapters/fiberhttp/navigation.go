package fiberhttp

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/gofiber/fiber/v2"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/web/pages/layout"
)

// Place is where in the frame of pages an [Entry] stands.
type Place uint8

// The places. The zero value is none.
const (
	InHeader         Place = iota + 1
	InMenu                 // of who is signed in
	InProfile              // on the first page of one's account
	InAccount              // beside the pages of one's account
	InAdministration       // beside the pages of administration
	InFooter
	InRecovery // the way on from a page that says that something is not there
	InHead     // a feed, which programs that read feeds look for
	// InSearch is a page that searches for what its parameter q says; the first one has the field in
	// the header. /api/v1 and its path answers {"items": [{"title", "url"}]} to q and limit,
	// which the palette shows (web/islands/platform/palette.js).
	InSearch
	places
)

// String is what the place is called.
func (p Place) String() string {
	names := []string{"nowhere", "header", "menu", "profile", "account", "administration", "footer", "recovery", "head", "search"}
	if int(p) >= len(names) {
		return names[0]
	}
	return names[p]
}

// Entry leads to a page from the frame of others. It is shown to those who hold the
// permission of the page's route; whether they must first prove who they are, or set up a
// second factor, the route says when they come.
type Entry struct {
	Place Place
	Label string
	Note  string // the words of the link, where the label stands beside it: in a profile; in the overview of administration, what the page is for
	Path  string // of a GET route without parameters
	Media string // type of a feed; empty: Atom's
	Order int    // within the place, lower ones first; of one order by label
}

// navigation is what modules add to the frame of pages, and tell search engines.
type navigation struct {
	declared []declaredEntry
	private  []string
	sitemap  []string

	entries  [places][]openEntry // once the server is sealed
	visitors layout.Navigation
}

type declaredEntry struct {
	Entry
	owner string
}

type openEntry struct {
	layout.Entry
	access Access
}

// Navigate adds entries to the frame of pages.
func (s *Server) Navigate(entries ...Entry) {
	for _, e := range entries {
		s.nav.declared = append(s.nav.declared, declaredEntry{e, s.owner})
	}
}

// Private keeps search engines out of everything under the paths, and browsers from keeping
// any of it for reading offline.
func (s *Server) Private(paths ...string) { s.nav.private = append(s.nav.private, paths...) }

// Sitemap names public pages that stand by themselves, which search engines are told of.
func (s *Server) Sitemap(paths ...string) { s.nav.sitemap = append(s.nav.sitemap, paths...) }

// SitemapPaths are the pages given to [Server.Sitemap].
func (s *Server) SitemapPaths() []string { return slices.Clone(s.nav.sitemap) }

// navigationFaults are the entries that lead nowhere.
func (s *Server) navigationFaults() []error {
	var faults []error
	for _, e := range s.nav.declared {
		switch {
		case e.Place == 0 || e.Place >= places, e.Label == "", e.Place == InProfile && e.Note == "":
			faults = append(faults, fmt.Errorf("%s declares an entry for %s without a place or without words", e.owner, e.Path))
		case !s.Serves(e.Path):
			faults = append(faults, fmt.Errorf("%s declares the entry %q, which leads to %s, which no route serves", e.owner, e.Label, e.Path))
		}
	}
	for _, path := range s.nav.sitemap {
		if rt := s.declared[routeKey{fiber.MethodGet, path}]; rt == nil || rt.access.level != public {
			faults = append(faults, fmt.Errorf("the map of the site names %s, which is no public page", path))
		}
	}
	return faults
}

// openNavigation puts the entries in order and looks up whom each is for.
func (s *Server) openNavigation() {
	declared := slices.Clone(s.nav.declared)
	slices.SortStableFunc(declared, func(a, b declaredEntry) int {
		return cmp.Or(cmp.Compare(a.Order, b.Order), cmp.Compare(a.Label, b.Label))
	})
	for _, e := range declared {
		if rt := s.declared[routeKey{fiber.MethodGet, e.Path}]; rt != nil && e.Place < places {
			s.nav.entries[e.Place] = append(s.nav.entries[e.Place], openEntry{layout.Entry{Label: e.Label, Path: e.Path, Note: e.Note, Media: e.Media}, rt.access})
		}
	}
	s.nav.visitors = s.navigationOf(identity.Actor{})
	s.nav.visitors.MenuData = s.menuData()
}

// navigationOf is what somebody's pages lead to.
func (s *Server) navigationOf(actor identity.Actor) layout.Navigation {
	of := func(p Place) []layout.Entry {
		var out []layout.Entry
		for _, e := range s.nav.entries[p] {
			if e.access.shownTo(actor) {
				out = append(out, e.Entry)
			}
		}
		return out
	}
	return layout.Navigation{
		Header: of(InHeader), Menu: of(InMenu), Profile: of(InProfile), Account: of(InAccount), Administration: of(InAdministration),
		Footer: of(InFooter), Recovery: of(InRecovery), Feeds: of(InHead), Search: of(InSearch),
	}
}

// menuData is the menu of everybody for pages that are the same for all, where the
// menu's element finds out who is reading.
func (s *Server) menuData() string {
	type entry struct {
		Label      string                  `json:"label"`
		Path       string                  `json:"path"`
		Permission identityport.Permission `json:"permission,omitempty"`
	}
	menu := []entry{}
	for _, e := range s.nav.entries[InMenu] {
		menu = append(menu, entry{e.Label, e.Path, e.access.permission})
	}
	text, err := json.Marshal(menu)
	if err != nil { // of texts alone there is none
		return "[]"
	}
	return string(text)
}

// shownTo reports whether a link to a route is for somebody.
func (a Access) shownTo(actor identity.Actor) bool {
	return a.level == public || actor.SignedIn() && (a.permission == "" || actor.May(a.permission))
}
