// Package docs is the project's documentation as Markdown, one page a file. It is
// served at /docs and reads as well in an editor.
package docs

import "embed"

// FS holds the pages. Each begins with its title ("# Title"); index.md is the first.
//
//go:embed *.md
var FS embed.FS

// Section groups pages by file name without ".md".
type Section struct {
	Title string
	Pages []string
}

// Contents is the order in which the pages are read.
func Contents() []Section {
	return []Section{
		{Title: "Begin", Pages: []string{"index", "getting-started", "architecture"}},
		{Title: "Build", Pages: []string{"modules", "identity", "content", "reading", "media", "search", "components", "state", "offline", "api", "browser-clients", "testing"}},
		{Title: "Run", Pages: []string{"configuration", "sign-in-providers", "deploy", "operations", "metrics", "runbooks", "performance", "security"}},
	}
}
