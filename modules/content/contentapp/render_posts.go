package contentapp

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/jobs"
)

const (
	renderPostsJob = "content.render_posts"
	renderBatch    = 20 // posts in memory at once
)

// JobHandlers returns the work that content does later.
func (a *App) JobHandlers() []jobs.Handler {
	return append([]jobs.Handler{
		{
			Kind: renderPostsJob, Queue: jobs.LongQueue, Timeout: 5 * time.Minute,
			Run: func(ctx context.Context, _ []byte) error {
				done, err := a.renderPosts(ctx)
				if done > 0 && a.rerendered != nil {
					left, uncounted := a.OutdatedPosts(context.WithoutCancel(ctx))
					if uncounted == nil {
						a.rerendered(done, left)
					}
					err = errors.Join(err, uncounted)
				}
				return err
			},
		},
		a.Tagging.Handler(),
		a.Review.Handler(),
		a.Authorship.Handler(),
		{Kind: content.RenderMediaJob, Queue: jobs.LongQueue, Timeout: 5 * time.Minute, Run: func(ctx context.Context, _ []byte) error { return a.renderMedia(ctx) }},
		{Kind: publishDueJob, Run: func(ctx context.Context, _ []byte) error { return a.publishDue(ctx) }},
		{
			Kind: purgeTrashJob, Queue: jobs.LongQueue, Timeout: 5 * time.Minute,
			Run: func(ctx context.Context, _ []byte) error {
				return errors.Join(a.purgeTrash(ctx), a.purgePreviewLinks(ctx))
			},
		},
	}, append(a.searchHandlers(), a.Library.JobHandlers()...)...)
}

// Schedules returns the work that content does every so often. While an upgrade
// goes on, replicas of the older release may still save posts.
func (a *App) Schedules() []jobs.Schedule {
	return append(
		append(searchSchedules(), a.Library.Schedules()...),
		jobs.Schedule{Kind: renderPostsJob, Every: 10 * time.Minute},
		a.Tagging.Schedule(),
		jobs.Schedule{Kind: content.RenderMediaJob, Every: 10 * time.Minute},
		jobs.Schedule{Kind: publishDueJob, Every: time.Minute},
		jobs.Schedule{Kind: purgeTrashJob, Every: time.Hour},
	)
}

// renderPosts renders posts anew that an older renderer rendered: their bodies, and their
// teasers, by rules that may have given more away. To its editors nothing of a post
// changes: no save, no revision, no date. Each post is committed by itself, so the next run
// goes on where one is broken off, or where its time is over; a post that fails keeps no
// other waiting. It returns how many posts it rendered.
func (a *App) renderPosts(ctx context.Context) (done int, _ error) {
	var faults []error
	for after := (content.RenderingPosition{}); ; {
		outdated, err := a.reads.OutdatedRenderings(ctx, a.renderer.Version(), after, renderBatch)
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			return done, errors.Join(faults...) // there are more than fit into one run
		}
		if err != nil || len(outdated) == 0 {
			return done, errors.Join(append(faults, err)...)
		}
		for _, p := range outdated {
			// Somebody who saves at this moment renders the post themselves.
			switch err := a.renderPost(ctx, p); {
			case err == nil:
				done++
			case errors.Is(ctx.Err(), context.DeadlineExceeded):
				return done, errors.Join(faults...)
			case !errors.Is(err, content.ErrPostChanged):
				faults = append(faults, fmt.Errorf("render post %s anew: %w", p.ID, err))
			}
			after = p.RenderingPosition()
		}
	}
}

func (a *App) renderPost(ctx context.Context, p content.PostState) error {
	rendered, err := a.renderer.Render(ctx, content.NormalizeMarkdown(p.Text.Markdown), p.Text.Visibility)
	if err != nil {
		return err
	}
	return a.putRendering(ctx, p, rendered, func(ctx context.Context, s content.Stores) error {
		return a.publishEvent(ctx, s.Events, p, p, a.clock.Now())
	})
}

// putRendering writes another rendering of a post over the version that was loaded, and with
// it whatever also does.
func (a *App) putRendering(ctx context.Context, p content.PostState, r content.Rendered, also func(ctx context.Context, s content.Stores) error) error {
	err := a.work.Do(ctx, func(ctx context.Context, s content.Stores) error {
		if err := s.Posts.PutRendering(ctx, p.ID, p.Version, r); err != nil {
			return err
		}
		return also(ctx, s)
	})
	if err == nil && p.Status == content.Published {
		a.invalidate(ctx, content.StaleTags(p))
	}
	return err
}
