// Package docs holds the notice board's pages of the documentation.
package docs

import "embed"

// Files are the pages.
//
//go:embed *.md
var Files embed.FS
