package contentapp

import (
	"context"
	"unicode/utf8"

	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// Preview renders a text as it would be published to the readers that visibility
// names, and keeps nothing. Its teaser is what everybody will read; its warnings are what
// nobody will. It fails with content.ErrMayNotWrite and content.ErrInvalidPost.
func (a *App) Preview(ctx context.Context, actor identityport.Actor, markdown string, v content.Visibility) (content.Preview, error) {
	if !actor.May(content.PermissionWrite) {
		return content.Preview{}, content.ErrMayNotWrite
	}
	if len(markdown) > content.MaxBody || !utf8.ValidString(markdown) {
		return content.Preview{}, content.ErrInvalidPost.WithFields(fault.Field{
			Name: "body_markdown", Message: "The text must be valid UTF-8 of at most 512,000 bytes.",
		})
	}
	if err := a.KeepMedia(ctx, markdown); err != nil {
		return content.Preview{}, err
	}
	return a.renderer.Preview(ctx, content.NormalizeMarkdown(markdown), v)
}
