//go:build !release

// Package identitydev is the built-in sign-in provider and its page of people. It exists in
// development only: every file carries a build constraint, and only the wiring of
// development imports the package.
package identitydev

import (
	"net/http"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/adapters/oauth/devidp"
)

// Deps is what the routes need.
type Deps struct {
	Provider *devidp.Provider
}

type routes struct {
	Deps
	server *fiberhttp.Server
}

// Register adds the routes.
func Register(s *fiberhttp.Server, d Deps) error {
	if err := s.Require("identitydev", d); err != nil {
		return err
	}
	h := &routes{Deps: d, server: s}
	s.Page(http.MethodGet, devidp.LoginPath, fiberhttp.Public(), h.people)
	s.Page(http.MethodPost, devidp.LoginPath, fiberhttp.Public(), h.choose)
	s.Mount(devidp.Path, fiberhttp.Public(), d.Provider.Handler(), "the sign-in provider: its clients prove themselves")
	return nil
}
