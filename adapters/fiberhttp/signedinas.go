package fiberhttp

import (
	"github.com/gofiber/fiber/v2"

	"github.com/neoforge-dev/neoforge/ports/fault"
)

// A page says with every change that it sends for whom it was made: scripts in a
// header, forms in a field that the loader of islands adds. In a browser whose session
// is somebody else's by then, nothing is done in that person's name.
const (
	signedInAsHeader = "X-Signed-In-As"
	signedInAsField  = "signed_in_as"
)

var errSignedInAsAnother = fault.New(fault.Conflict, "http.signed_in_as_another",
	"Somebody else has signed in in this browser since this page was opened, so nothing was done. Sign in as yourself again, or open the page anew to go on as they are.")

// checkSignedInAs refuses a change of a page that was made for somebody else than who
// is signed in. Who is signed out is asked to sign in, as ever.
func checkSignedInAs(x *exchange, r *Request) error {
	if !x.browser || r.Method == fiber.MethodGet || r.Method == fiber.MethodHead {
		return nil
	}
	as := r.Header(signedInAsHeader)
	if as == "" && (r.IsForm() || r.isMultipart()) {
		as = r.Form(signedInAsField)
	}
	if as != "" && as != string(x.actor.UserID) {
		return errSignedInAsAnother
	}
	return nil
}
