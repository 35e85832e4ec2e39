package identitypages

import (
	_ "embed"

	"github.com/neoforge-dev/neoforge/web/pages/catalogpages"
)

//go:embed catalog.templ
var catalogExamples catalogpages.Source

// Catalog are the entries of the component guide for the islands of identity.
func Catalog() []catalogpages.Entry {
	x := catalogExamples.Example
	return []catalogpages.Entry{
		{
			Name: "nf-identity-menu",
			Examples: []catalogpages.Example{
				x("Signed out", "", "menuSignedOutExample", menuSignedOutExample()),
				x("Signed in", "The frame of a page adds the form that signs out. Escape closes the menu, and so does a press elsewhere.", "menuExample", menuExample()),
			},
			Accessibility: []string{"The browser's own details and summary. Escape closes it and gives the focus back to its name."},
		},
		{
			Name:          "nf-identity-acting",
			Examples:      []catalogpages.Example{x("Somebody acts for Ben", "The button of the example does nothing; on a page it is a form that ends the impersonation.", "actingExample", actingExample())},
			Accessibility: []string{"It is a form with a name of its own, first on the page, so that it is met before anything is done in somebody's name."},
		},
		{
			Name:          "nf-identity-copy",
			Examples:      []catalogpages.Example{x("Codes", "", "copyExample", copyExample())},
			Accessibility: []string{"What became of it is told in a live region. Where copying is refused the text is selected instead.", "Without a script it is hidden, for the text can be copied by hand."},
		},
		{
			Name:          "nf-identity-passkey",
			Examples:      []catalogpages.Example{x("To sign in", "Where the browser knows no passkeys the element hides itself.", "passkeyExample", passkeyExample())},
			Accessibility: []string{"The browser's own dialog asks for the passkey. What goes wrong is told at once, where the form has its errors."},
		},
	}
}
