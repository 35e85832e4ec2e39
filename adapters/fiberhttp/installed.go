package fiberhttp

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/assets"
)

// installed is what the site is on a device: what browsers keep of it, and what its icon
// and the device's sharing lead to.
type installed struct {
	pages     []declaredPage
	shortcuts []declaredShortcut
	share     declaredPage
}

type declaredPage struct{ path, owner string }

type declaredShortcut struct {
	assets.Shortcut
	owner string
}

// Offline has browsers keep pages once they were read, so that they open without a
// connection. A path is that of a public page that is the same for everybody, written as
// the route is ("/posts/{slug}"): what is kept is what a visitor gets, whoever read it.
func (s *Server) Offline(paths ...string) {
	for _, path := range paths {
		s.device.pages = append(s.device.pages, declaredPage{path, s.owner})
	}
}

// Shortcut has the icon of the installed site lead to a public page directly.
func (s *Server) Shortcut(label, path string) {
	s.device.shortcuts = append(s.device.shortcuts, declaredShortcut{assets.Shortcut{Name: label, URL: path}, s.owner})
}

// ShareTarget has other programs of a device share to a path: a form that is posted, with
// the fields title, text and url, each of which may be missing. The POST has to be
// [FromBrowser]. The offline worker takes the form instead, keeps it in the browser and
// goes on to a GET of the path, whose parameter kept names what it kept. A site has one.
func (s *Server) ShareTarget(path string) {
	if path != "" && s.claim("share target", "target of what devices share") {
		s.device.share = declaredPage{path, s.owner}
	}
}

// deviceFaults are declarations that would keep what is somebody's, or lead nowhere.
func (s *Server) deviceFaults() []error {
	var faults []error
	refuse := func(owner, what, path, why string) {
		faults = append(faults, fmt.Errorf("%s declares %s %s, %s", owner, what, path, why))
	}
	for _, p := range s.device.pages {
		rt := s.declared[routeKey{fiber.MethodGet, fiberPath(p.path)}]
		const what = "for reading offline"
		switch {
		case rt == nil:
			refuse(p.owner, what, p.path, "which no route serves")
		case rt.cached == nil || rt.revalidated:
			refuse(p.owner, what, p.path, "which is not the same for everybody, for as long as caches keep it")
		case len(rt.cached.query) > 0:
			refuse(p.owner, what, p.path, "which is another page with each query: one without parameters can be kept")
		case strings.HasSuffix(p.path, "...}"):
			refuse(p.owner, what, p.path, "which takes every path: name the parts that it has")
		case slices.ContainsFunc(s.nav.private, func(private string) bool { return under(p.path, private) }):
			refuse(p.owner, what, p.path, "which is among the private paths of this site")
		}
	}
	for _, c := range s.device.shortcuts {
		if rt := s.declared[routeKey{fiber.MethodGet, c.URL}]; rt == nil || rt.access.level != public || c.Name == "" {
			refuse(c.owner, "a shortcut to", c.URL, "which needs words, and a public page without parameters")
		}
	}
	if p := s.device.share; p.path != "" {
		const what = "the target of what devices share,"
		post := s.declared[routeKey{fiber.MethodPost, p.path}]
		switch {
		case s.declared[routeKey{fiber.MethodGet, p.path}] == nil:
			refuse(p.owner, what, p.path, "which no route serves")
		case post == nil || !post.fromBrowser:
			refuse(p.owner, what, p.path, "which takes no POST that is FromBrowser")
		}
	}
	return faults
}

// under reports whether a path is the other one or lies below it.
func under(path, other string) bool {
	other = strings.TrimSuffix(other, "/")
	return path == other || strings.HasPrefix(path, other+"/")
}

// openDevice has the manifest and the offline worker say what was declared.
func (s *Server) openDevice() {
	if s.config.Assets == nil {
		return
	}
	site := assets.Site{
		Name: s.config.SiteName, Edition: s.edition(), Private: slices.Clone(s.nav.private), ShareTarget: s.device.share.path,
	}
	for _, p := range s.device.pages {
		site.Pages = append(site.Pages, p.path)
	}
	for _, c := range s.device.shortcuts {
		site.Shortcuts = append(site.Shortcuts, c.Shortcut)
	}
	s.config.Assets = assets.For(s.config.Assets, site)
}
