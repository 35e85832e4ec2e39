package library

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
	"github.com/neoforge-dev/neoforge/ports/jobs"
)

const (
	prepareMediaJob = "content.prepare_media"
	uploadsJob      = "content.end_uploads"
)

// JobHandlers returns the work that the library does later.
func (a *App) JobHandlers() []jobs.Handler {
	of := func(run func(ctx context.Context, of content.MediaFiles) error) func(ctx context.Context, payload []byte) error {
		return func(ctx context.Context, payload []byte) error {
			var files content.MediaFiles
			if err := json.Unmarshal(payload, &files); err != nil {
				return fmt.Errorf("library: what job on files: %w", err)
			}
			return run(ctx, files)
		}
	}
	return []jobs.Handler{
		{Kind: prepareMediaJob, Queue: jobs.HeavyQueue, Timeout: 5 * time.Minute, Run: of(a.prepareMedia)},
		{Kind: content.RemoveMediaJob, Queue: jobs.LongQueue, Timeout: 5 * time.Minute, Run: of(a.removeFiles)},
		{Kind: collectMediaJob, Queue: jobs.LongQueue, Timeout: 10 * time.Minute, Run: func(ctx context.Context, _ []byte) error { return a.collect(ctx) }},
		{Kind: uploadsJob, Queue: jobs.HeavyQueue, Timeout: 5 * time.Minute, Run: func(ctx context.Context, _ []byte) error { return a.endUploads(ctx) }},
	}
}

// Schedules returns the work that the library does every so often.
func (a *App) Schedules() []jobs.Schedule {
	return []jobs.Schedule{{Kind: uploadsJob, Every: 15 * time.Minute}, {Kind: collectMediaJob, Every: 24 * time.Hour}}
}

// prepareMedia makes the smaller sizes of a version of a picture. It may run again, and at
// the same time as somebody replaces or deletes the picture.
func (a *App) prepareMedia(ctx context.Context, of content.MediaFiles) error {
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
		return a.removeFiles(ctx, content.MediaFiles{ID: of.ID}) // it was deleted while they were made
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
