package library

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/blobs"
	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

const (
	collectMediaJob = "content.collect_media"
	// unusedStays is how long a picture is kept that no text has.
	unusedStays = 30 * 24 * time.Hour
	// lostAfter is how old a file is that no row names before it counts as lost: a file is
	// written before its row.
	lostAfter = 24 * time.Hour
)

// KeepMedia has pictures kept that somebody has in texts which are not saved.
func (a *App) KeepMedia(ctx context.Context, texts ...string) error {
	ids := content.MediaIn(texts...)
	if len(ids) == 0 {
		return nil
	}
	pictures, err := a.reads.MediaByIDs(ctx, ids)
	if err != nil {
		return err
	}
	return a.keep(ctx, pictures...)
}

func (a *App) keep(ctx context.Context, pictures ...content.Media) error {
	var unused []content.MediaID
	for _, m := range pictures {
		if !m.UnusedSince.IsZero() {
			unused = append(unused, m.ID)
		}
	}
	if len(unused) == 0 {
		return nil
	}
	return a.work.Do(ctx, func(ctx context.Context, s content.Stores) error { return s.Media.Keep(ctx, unused) })
}

// collect deletes the pictures that no text has had for a month, and the files that no row
// names, which a program that was killed left. A picture that somebody begins to show at the
// same moment stays.
func (a *App) collect(ctx context.Context) error {
	return errors.Join(a.collectMedia(ctx), a.collectFiles(ctx))
}

func (a *App) collectMedia(ctx context.Context) error {
	pages, err := a.reads.MediaInSitePages(ctx)
	if err != nil {
		return err
	}
	now := a.clock.Now()
	err = a.work.Do(ctx, func(ctx context.Context, s content.Stores) error {
		if err := s.Media.Keep(ctx, pages); err != nil {
			return err
		}
		if err := s.Media.DeleteQuotas(ctx, now.AddDate(0, 0, -1)); err != nil {
			return err
		}
		return s.Media.MarkUnused(ctx, now, pages)
	})
	if err != nil {
		return fmt.Errorf("mark pictures that no text has: %w", err)
	}
	for {
		unused, err := a.reads.MediaUnused(ctx, now.Add(-unusedStays), batch)
		if err != nil || len(unused) == 0 {
			return err
		}
		collected := 0
		for _, id := range unused {
			err := a.work.Do(ctx, func(ctx context.Context, s content.Stores) error {
				if err := s.Media.DeleteUnused(ctx, id, now.Add(-unusedStays)); err != nil {
					return err
				}
				if err := s.Audit.Append(ctx, a.mediaEntry(identityport.Actor{UserID: "system"}, "content.media_collected", id, now)); err != nil {
					return err
				}
				return filesJob(ctx, s, content.RemoveMediaJob, content.MediaFiles{ID: id}, time.Time{})
			})
			if err != nil && !errors.Is(err, content.ErrMediaNotFound) && !errors.Is(err, content.ErrMediaInUse) && !errors.Is(err, content.ErrMediaInSitePage) {
				return fmt.Errorf("collect picture %s: %w", id, err)
			}
			if err == nil {
				collected++
			}
		}
		if collected == 0 {
			return nil // all of them are used again
		}
	}
}

// collectFiles deletes files that no row names.
func (a *App) collectFiles(ctx context.Context) error {
	for _, prefix := range []string{content.AllMediaKeys, content.AllUploadKeys} {
		var old []string
		next := func() error {
			lost, err := a.lost(ctx, old)
			old = old[:0]
			for _, key := range lost {
				if err == nil {
					err = a.files.Delete(ctx, key)
				}
			}
			return err
		}
		before := a.clock.Now().Add(-lostAfter)
		err := a.files.List(ctx, prefix, "", func(i blobs.Info) error {
			if !i.ModifiedAt.Before(before) {
				return nil
			}
			if old = append(old, i.Key); len(old) < batch {
				return nil
			}
			return next()
		})
		if err == nil {
			err = next()
		}
		if err != nil && fault.KindOf(err) != fault.NotFound {
			return fmt.Errorf("collect the files of %s: %w", prefix, err)
		}
	}
	return nil
}

// lost are those of the keys that no row names: of nothing, or of a version that was
// replaced. Of a picture that changed a moment ago all files stay, however old they are:
// pages that show the version before lie in caches.
func (a *App) lost(ctx context.Context, keys []string) (out []string, _ error) {
	var ids []content.MediaID
	for _, key := range keys {
		if id, _, ok := content.MediaOfKey(key); ok {
			ids = append(ids, id)
		}
	}
	pictures, err := a.reads.MediaByIDs(ctx, ids)
	if err != nil {
		return nil, err
	}
	uploads, err := a.reads.UploadsByIDs(ctx, ids)
	if err != nil {
		return nil, err
	}
	named, changed := map[content.MediaFiles]bool{}, map[content.MediaID]bool{}
	for _, m := range pictures {
		changed[m.ID] = m.UpdatedAt.After(a.clock.Now().Add(-lostAfter))
		named[content.MediaFiles{ID: m.ID, Version: m.Version}] = true
	}
	for _, u := range uploads {
		if !u.Finished { // its parts go when it is, unless the program is killed
			named[content.MediaFiles{ID: u.ID}] = true
		}
	}
	for _, key := range keys {
		if id, version, ok := content.MediaOfKey(key); ok && !named[content.MediaFiles{ID: id, Version: version}] && !(version > 0 && changed[id]) {
			out = append(out, key)
		}
	}
	return out, nil
}
