package contentapp

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/events"
	"github.com/neoforge-dev/neoforge/ports/jobs"
)

const (
	renderTeasersJob = "content.render_teasers"
	teaserBatch      = 20 // posts in memory at once
)

// JobHandlers returns the work that content does later.
func (a *App) JobHandlers() []jobs.Handler {
	return append([]jobs.Handler{{
		Kind: renderTeasersJob, Queue: jobs.LongQueue, Timeout: 5 * time.Minute,
		Run: func(ctx context.Context, _ []byte) error { return a.renderTeasers(ctx) },
	}}, a.searchHandlers()...)
}

// Schedules returns the work that content does every so often. While an upgrade
// goes on, replicas of the older release may still save posts.
func (a *App) Schedules() []jobs.Schedule {
	return append([]jobs.Schedule{{Kind: renderTeasersJob, Every: 10 * time.Minute}}, searchSchedules()...)
}

// renderTeasers cuts the teasers of gated posts anew that an older release cut, by
// rules that gave more away. To its readers and editors nothing else of a post
// changes. Each post is committed by itself, so a run that is broken off goes on
// where it was; a post that fails keeps no other waiting.
func (a *App) renderTeasers(ctx context.Context) error {
	var faults []error
	for after := content.PostID(""); ; {
		outdated, err := a.reads.OutdatedTeasers(ctx, after, teaserBatch)
		if err != nil || len(outdated) == 0 {
			return errors.Join(append(faults, err)...)
		}
		for _, p := range outdated {
			// Somebody who saves at this moment cuts the teaser themselves.
			if err := a.renderTeaser(ctx, p); err != nil && !errors.Is(err, content.ErrPostChanged) {
				faults = append(faults, fmt.Errorf("render the teaser of post %s: %w", p.ID, err))
			}
			after = p.ID
		}
	}
}

func (a *App) renderTeaser(ctx context.Context, p content.PostState) error {
	rendered, err := a.renderer.Render(ctx, content.NormalizeMarkdown(p.Text.Markdown), p.Text.Visibility)
	if err != nil {
		return err
	}
	err = a.work.Do(ctx, func(ctx context.Context, s content.Stores) error {
		if err := s.Posts.PutTeaser(ctx, p.ID, p.Version, rendered.Teaser); err != nil {
			return err
		}
		if p.Status != content.Published {
			return nil
		}
		e, err := events.New(a.ids.New(), a.clock.Now(), changedEvent(p, p))
		if err != nil {
			return err
		}
		return s.Events.Write(ctx, e)
	})
	if err == nil {
		a.invalidate(ctx, p.Text.Slug)
	}
	return err
}
