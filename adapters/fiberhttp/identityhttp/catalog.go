package identityhttp

import (
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/cataloghttp"
	"github.com/neoforge-dev/neoforge/web"
	"github.com/neoforge-dev/neoforge/web/pages/identitypages"
)

// Catalog is what the component guide shows of the islands of identity.
func Catalog() cataloghttp.Catalog {
	return cataloghttp.Catalog{Elements: web.Elements, Entries: identitypages.Catalog()}
}
