//go:build release

package wire

import (
	"context"

	"github.com/neoforge-dev/neoforge/app/wire/sample"
	"github.com/neoforge-dev/neoforge/modules/content/contentapp"
	"github.com/neoforge-dev/neoforge/ports/clock"
)

// seedPosts has nothing in a release.
func seedPosts(context.Context, *sample.Seeding, *contentapp.App, clock.Clock) error { return nil }
