package contentapp

import (
	"context"
	"unicode/utf8"

	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// Preview renders a text as it would be published to the readers that visibility
// names, and keeps nothing. Its teaser is what everybody will read. It fails with
// content.ErrMayNotWrite and content.ErrInvalidPost.
func (a *App) Preview(ctx context.Context, actor identityport.Actor, markdown string, v content.Visibility) (content.Rendered, error) {
	if !actor.May(content.PermissionWrite) {
		return content.Rendered{}, content.ErrMayNotWrite
	}
	if len(markdown) > content.MaxBody || !utf8.ValidString(markdown) {
		return content.Rendered{}, content.ErrInvalidPost.WithFields(fault.Field{
			Name: "body_markdown", Message: "The text must be valid UTF-8 of at most 512,000 bytes.",
		})
	}
	return a.renderer.Render(ctx, content.NormalizeMarkdown(markdown), v)
}
