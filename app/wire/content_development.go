//go:build !release

package wire

import (
	"context"

	"github.com/neoforge-dev/neoforge/app/wire/sample"
	"github.com/neoforge-dev/neoforge/app/wire/sample/posts"
	"github.com/neoforge-dev/neoforge/modules/content/contentapp"
	"github.com/neoforge-dev/neoforge/ports/clock"
)

// seedPosts publishes posts by the sample people.
func seedPosts(ctx context.Context, s *sample.Seeding, app *contentapp.App, now clock.Clock) error {
	return posts.Seed(ctx, s, app, now)
}
