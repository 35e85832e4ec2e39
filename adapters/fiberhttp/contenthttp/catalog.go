package contenthttp

import (
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/cataloghttp"
	"github.com/neoforge-dev/neoforge/web"
	"github.com/neoforge-dev/neoforge/web/pages/contentpages"
)

// Catalog is what the component guide shows of the islands of content.
func Catalog() cataloghttp.Catalog {
	return cataloghttp.Catalog{Elements: web.Elements, Entries: contentpages.Catalog()}
}
