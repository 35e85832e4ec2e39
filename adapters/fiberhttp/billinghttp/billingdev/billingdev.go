//go:build !release

// Package billingdev is the page of the payment sandbox, which stands for that of a payment
// provider. It exists in development only: every file carries a build constraint, and only
// the wiring of development imports the package.
package billingdev

import (
	"net/http"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
)

// Deps is what the routes need.
type Deps struct {
	Payments Payments
}

type routes struct {
	Deps
	server *fiberhttp.Server
}

// Register adds the routes.
func Register(s *fiberhttp.Server, d Deps) error {
	if err := s.Require("billingdev", d); err != nil {
		return err
	}
	h := &routes{Deps: d, server: s}
	s.Page(http.MethodGet, checkoutPath, fiberhttp.Public(), h.checkout)
	s.Page(http.MethodPost, checkoutPath, fiberhttp.Public(), h.settle, fiberhttp.ProgramsToo())
	return nil
}
