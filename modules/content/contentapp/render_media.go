package contentapp

import (
	"context"
	"errors"
	"fmt"

	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/jobs"
)

// renderMedia renders posts anew whose pictures have changed since. Each is committed by
// itself, so the next run goes on where one is broken off.
func (a *App) renderMedia(ctx context.Context) error {
	var faults []error
	for after := content.PostID(""); ; {
		posts, err := a.reads.OutdatedMediaUses(ctx, after, renderBatch)
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			return errors.Join(faults...) // there are more than fit into one run
		}
		if err != nil || len(posts) == 0 {
			return errors.Join(append(faults, err)...)
		}
		for _, id := range posts {
			if err := a.renderPicturesOf(ctx, id); err != nil && !errors.Is(err, content.ErrPostNotFound) {
				faults = append(faults, fmt.Errorf("render post %s with its pictures: %w", id, err))
			}
			after = id
		}
	}
}

// renderPicturesLater has a post rendered again once it is committed, if it shows pictures: who
// changes one of them at this moment, or makes its sizes, does not see the post yet.
func renderPicturesLater(ctx context.Context, s content.Stores, p content.PostState) error {
	if len(content.MediaIn(p.Text.Markdown)) == 0 {
		return nil
	}
	return s.Jobs.Enqueue(ctx, jobs.Job{Kind: content.RenderMediaJob, Unique: fmt.Sprintf("post:%s:%d", p.ID, p.Version)})
}

// renderPicturesOf renders one post with its pictures. It is tried again over what is done to
// the post or its pictures at this moment: who publishes it, say, renders nothing.
func (a *App) renderPicturesOf(ctx context.Context, id content.PostID) (err error) {
	for range conflicts {
		if err = a.renderPictures(ctx, id); !errors.Is(err, content.ErrPostChanged) {
			return err
		}
	}
	return err
}

// renderPictures renders one post with its pictures as they are.
func (a *App) renderPictures(ctx context.Context, id content.PostID) error {
	article, err := a.reads.Article(ctx, id)
	if err != nil {
		return err
	}
	p := article.Post
	pictures, err := a.reads.MediaByIDs(ctx, content.MediaIn(p.Text.Markdown))
	if err != nil {
		return err
	}
	revisions := map[content.MediaID]int{}
	for _, m := range pictures {
		revisions[m.ID] = m.Revision
	}
	rendered, err := a.renderer.Render(ctx, content.NormalizeMarkdown(p.Text.Markdown), p.Text.Visibility)
	if err != nil {
		return err
	}
	changed := rendered.Body != p.Rendered.Body || rendered.Teaser != p.Rendered.Teaser
	// The post is written first, as a save takes them: in another order the two wait for each
	// other.
	return a.putRendering(ctx, p, rendered, func(ctx context.Context, s content.Stores) error {
		current, err := s.Media.Rendered(ctx, id, revisions)
		if err == nil && !current {
			err = content.ErrPostChanged // its pictures were: another run renders it
		}
		if err != nil || !changed {
			return err
		}
		return a.publishEvent(ctx, s.Events, p, p, a.clock.Now())
	})
}
