package wire

import "github.com/neoforge-dev/neoforge/adapters/fiberhttp"

// Web is what a module brings to pages beside its routes: nothing outside the module
// names it, so that a program without it leads nowhere that is not there.
type Web struct {
	// Navigation leads to the module's pages from the frame of every page.
	Navigation []fiberhttp.Entry
	// Sitemap names public pages that search engines are told of, beside those that the
	// module lists itself.
	Sitemap []string
	// Private keeps search engines out of what is under these paths.
	Private []string
}

// declare adds it to a server.
func (w Web) declare(s *fiberhttp.Server) {
	s.Navigate(w.Navigation...)
	s.Sitemap(w.Sitemap...)
	s.Private(w.Private...)
}
