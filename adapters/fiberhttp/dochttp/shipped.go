package dochttp

import "github.com/neoforge-dev/neoforge/web/docs"

// Shipped is NeoForge's own documentation, in its order.
func Shipped() Pages {
	var contents []Section
	for _, section := range docs.Contents() {
		contents = append(contents, Section(section))
	}
	return Pages{Of: "NeoForge", Files: docs.FS, Contents: contents}
}
