package cataloghttp

import (
	"github.com/neoforge-dev/neoforge/web"
	"github.com/neoforge-dev/neoforge/web/pages/catalogpages"
)

// Shipped are the patterns and elements of the platform.
func Shipped() Catalog {
	return Catalog{Elements: web.Elements, Entries: catalogpages.Platform()}
}
