package contentapp

import (
	"context"
	"unicode/utf8"

	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// Preview renders a text as it would be published, and keeps nothing. It fails
// with content.ErrMayNotWrite and content.ErrInvalidPost.
func (a *App) Preview(ctx context.Context, actor identityport.Actor, markdown string) (content.Rendered, error) {
	if !actor.May(content.PermissionWrite) {
		return content.Rendered{}, content.ErrMayNotWrite
	}
	if len(markdown) > content.MaxBody || !utf8.ValidString(markdown) {
		return content.Rendered{}, content.ErrInvalidPost.WithFields(fault.Field{
			Name: "body_markdown", Message: "The text must be valid UTF-8 of at most 512,000 bytes.",
		})
	}
	return a.renderer.Render(ctx, markdown, content.Public)
}
