package wire

import (
	"io/fs"
	"strings"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/assets"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/cataloghttp"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/dochttp"
)

// Web is what a module brings to pages beside its routes: nothing outside the module
// names it, so that a program without it leads nowhere that is not there.
type Web struct {
	// Navigation leads to the module's pages from the frame of every page.
	Navigation []fiberhttp.Entry
	// Sitemap names public pages that search engines are told of, beside those that the
	// module lists itself.
	Sitemap []string
	// Private keeps search engines out of what is under these paths, and browsers from
	// keeping any of it for reading offline.
	Private []string
	// Offline names public pages, as their routes are written ("/posts/{slug}"), that
	// browsers keep once they were read, so that they open without a connection. What is
	// kept is what a visitor gets, whoever read it.
	Offline []string
	// Shortcuts are public pages to which the icon of the installed site leads directly.
	Shortcuts []Shortcut
	// ShareTarget is the path that takes what other programs of a device share: a form that
	// is posted, with the fields title, text and url, each of which may be missing (see
	// [fiberhttp.Server.ShareTarget]). One module of a program has one.
	ShareTarget string
	// PageTags are the cache tags of pages that every visitor gets; one that ends in ":"
	// stands for all that begin with it. A network in front that keeps pages is told of
	// changes to these alone.
	PageTags []string
	// Files is the import path of the folder of what browsers get: islands/<module>/*.js,
	// each of which defines the element nf-<module>-<thing>, styles/<module>/, of which
	// pages link to main.css, and static/<module>/, served at /assets/static/<module>/.
	// It is read in development and when a release is bundled. Empty: there is nothing.
	Files string
	// Docs are pages of the documentation, at /docs.
	Docs Docs
	// Catalog is what the component guide at /catalog shows of the module's islands.
	Catalog cataloghttp.Catalog
}

// Shortcut leads to a public page.
type Shortcut struct{ Label, Path string }

// Docs are Markdown files, one page each, of names that no other module uses. A page
// begins with its title. Sections of one title are one section, to which several
// modules may add; what no section names comes last.
type Docs struct {
	Files    fs.FS
	Contents []dochttp.Section
}

// paths are where its pages are served.
func (d Docs) paths() ([]string, error) {
	if d.Files == nil {
		return nil, nil
	}
	files, err := fs.Glob(d.Files, "*.md")
	for i, file := range files {
		files[i] = "/docs/" + strings.TrimSuffix(file, ".md")
	}
	return files, err
}

// webModules are the modules as their files are looked for.
func webModules(modules []built) []assets.Module {
	var out []assets.Module
	for _, m := range modules {
		out = append(out, assets.Module{Name: m.Name, Files: m.Web.Files})
	}
	return out
}

// declare adds it to a server.
func (w Web) declare(s *fiberhttp.Server) {
	s.Navigate(w.Navigation...)
	s.Sitemap(w.Sitemap...)
	s.Private(w.Private...)
	s.Offline(w.Offline...)
	for _, c := range w.Shortcuts {
		s.Shortcut(c.Label, c.Path)
	}
	s.ShareTarget(w.ShareTarget)
}
