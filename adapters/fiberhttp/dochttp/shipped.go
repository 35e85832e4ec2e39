package dochttp

import (
	"context"

	"github.com/neoforge-dev/neoforge/web/docs"
)

// Shipped is the documentation that comes with the program, in its order.
func Shipped(render func(ctx context.Context, markdown string) (string, error)) Deps {
	var contents []Section
	for _, section := range docs.Contents() {
		contents = append(contents, Section(section))
	}
	return Deps{Files: docs.FS, Contents: contents, Render: render}
}
