package contentapp

import (
	"context"

	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/events"
)

// The two that make cached posts stale keep no record of the events they saw:
// doing it once more costs a load and changes nothing.

func (a *App) onPostPublished(ctx context.Context, e events.Event) error {
	p, err := events.Decode[content.PostPublished](e)
	if err != nil {
		return err
	}
	return a.cache.Invalidate(ctx, tagsOf(p.Slug)...)
}

func (a *App) onPostChanged(ctx context.Context, e events.Event) error {
	p, err := events.Decode[content.PostChanged](e)
	if err != nil {
		return err
	}
	return a.cache.Invalidate(ctx, tagsOf(p.Slug, p.PreviousSlug)...)
}
