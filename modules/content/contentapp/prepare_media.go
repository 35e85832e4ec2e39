package contentapp

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/blobs"
	"github.com/neoforge-dev/neoforge/ports/events"
	"github.com/neoforge-dev/neoforge/ports/jobs"
)

const (
	prepareMediaJob = "content.prepare_media"
	removeMediaJob  = "content.remove_media"
	renderMediaJob  = "content.render_media"
	uploadsJob      = "content.end_uploads"
)

func (a *App) mediaHandlers() []jobs.Handler {
	of := func(run func(ctx context.Context, of mediaFiles) error) func(ctx context.Context, payload []byte) error {
		return func(ctx context.Context, payload []byte) error {
			var files mediaFiles
			if err := json.Unmarshal(payload, &files); err != nil {
				return fmt.Errorf("contentapp: what job on files: %w", err)
			}
			return run(ctx, files)
		}
	}
	return []jobs.Handler{
		{Kind: prepareMediaJob, Queue: jobs.HeavyQueue, Timeout: 5 * time.Minute, Run: of(a.prepareMedia)},
		{Kind: removeMediaJob, Queue: jobs.LongQueue, Timeout: 5 * time.Minute, Run: of(a.removeFiles)},
		{Kind: renderMediaJob, Queue: jobs.LongQueue, Timeout: 5 * time.Minute, Run: func(ctx context.Context, _ []byte) error { return a.renderMedia(ctx) }},
		{Kind: uploadsJob, Queue: jobs.HeavyQueue, Timeout: 5 * time.Minute, Run: func(ctx context.Context, _ []byte) error { return a.endUploads(ctx) }},
	}
}

func mediaSchedules() []jobs.Schedule {
	return []jobs.Schedule{{Kind: renderMediaJob, Every: 10 * time.Minute}, {Kind: uploadsJob, Every: 15 * time.Minute}}
}

// prepareMedia makes the smaller sizes of a version of a picture. It may run again, and at
// the same time as somebody replaces or deletes the picture.
func (a *App) prepareMedia(ctx context.Context, of mediaFiles) error {
	m, err := a.reads.MediaByID(ctx, of.ID)
	if errors.Is(err, content.ErrMediaNotFound) || err == nil && (m.Version != of.Version || m.State != content.MediaPending) {
		return nil
	}
	if err != nil {
		return err
	}
	body, err := a.readFile(ctx, content.MediaKey(m.ID, m.Version, m.Original()))
	if err != nil {
		return fmt.Errorf("read the file of picture %s: %w", m.ID, err)
	}
	variants := []content.MediaVariant{}
	tone, err := a.images.Variants(ctx, body, func(v content.MediaVariant, file []byte) error {
		variants = append(variants, v)
		return a.files.Put(ctx, content.MediaKey(m.ID, m.Version, v.File()), v.Format.ContentType(), bytes.NewReader(file), int64(len(file)))
	})
	broken := errors.Is(err, content.ErrMediaFormat)
	if err != nil && !broken {
		return fmt.Errorf("make picture %s smaller: %w", m.ID, err)
	}
	load := func() (content.Media, error) { return a.reads.MediaByID(ctx, of.ID) }
	_, err = a.changeMedia(ctx, load, func(_ context.Context, _ content.Stores, m *content.Media) (bool, error) {
		if broken {
			return m.Broke(of.Version, a.clock.Now()), nil
		}
		return m.Prepared(of.Version, tone, variants, a.clock.Now()), nil
	})
	if errors.Is(err, content.ErrMediaNotFound) {
		return a.removeFiles(ctx, mediaFiles{ID: of.ID}) // it was deleted while they were made
	}
	return err
}

// readFile reads a whole file of the library.
func (a *App) readFile(ctx context.Context, key string) (_ []byte, err error) {
	file, err := a.files.Get(ctx, key, blobs.Range{})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	body := make([]byte, file.Size)
	_, err = io.ReadFull(file, body)
	return body, err
}

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
			// Somebody who saves at this moment renders the post themselves.
			if err := a.renderPictures(ctx, id); err != nil && !errors.Is(err, content.ErrPostChanged) && !errors.Is(err, content.ErrPostNotFound) {
				faults = append(faults, fmt.Errorf("render post %s with its pictures: %w", id, err))
			}
			after = id
		}
	}
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
	err = a.work.Do(ctx, func(ctx context.Context, s content.Stores) error {
		current, err := s.Media.Rendered(ctx, id, revisions)
		if err == nil && !current {
			err = content.ErrPostChanged // its pictures were: another run renders it
		}
		if err != nil {
			return err
		}
		if err := s.Posts.PutRendering(ctx, id, p.Version, rendered); err != nil {
			return err
		}
		if p.Status != content.Published || !changed {
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
