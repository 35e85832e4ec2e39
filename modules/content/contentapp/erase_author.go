package contentapp

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/audit"
	"github.com/neoforge-dev/neoforge/ports/events"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// eventBatch is how many events are written by one statement.
const eventBatch = 500

// onUserErased removes somebody's profile, everything they wrote alone, and the pictures that no
// other post shows, and tells whoever shows it. Their words leave the index at once, and its file when that is done.
func (a *App) onUserErased(ctx context.Context, e events.Event) error {
	p, err := events.Decode[identityport.UserErased](e)
	if err != nil {
		return err
	}
	var gone []content.PostState
	err = a.work.Do(ctx, func(ctx context.Context, s content.Stores) error {
		gone = nil
		first, err := s.Inbox.Record(ctx, e.ID, eraseAuthor)
		if err != nil || !first {
			return err
		}
		// The profile first: who names them as an author at this moment finds none, or did
		// so before and is seen by the next step.
		if err := s.Authors.Delete(ctx, p.UserID); err != nil {
			return err
		}
		removed, passedOn, err := s.Posts.DeleteByAuthor(ctx, p.UserID)
		if err != nil {
			return err
		}
		if err := s.Feeds.Delete(ctx, p.UserID); err != nil && !errors.Is(err, content.ErrPrivateFeedNotFound) {
			return err
		}
		if err := s.Previews.DeleteBy(ctx, p.UserID); err != nil {
			return err
		}
		if err := s.Reviews.Anonymize(ctx, p.UserID); err != nil {
			return err
		}
		if err := s.Open.LeaveAll(ctx, p.UserID); err != nil {
			return err
		}
		if err := s.Views.DeleteOf(ctx, p.UserID); err != nil {
			return err
		}
		pictures, err := s.Media.EraseOwner(ctx, p.UserID)
		if err != nil {
			return err
		}
		for _, id := range pictures {
			job, err := content.MediaFiles{ID: id}.Job(content.RemoveMediaJob, time.Time{})
			if err != nil {
				return err
			}
			if err := s.Jobs.Enqueue(ctx, job); err != nil {
				return err
			}
		}
		if err := s.Pages.AnonymizeEditor(ctx, p.UserID); err != nil {
			return err
		}
		now := a.clock.Now()
		changes := make([]events.Event, 0, len(removed)+len(passedOn))
		for i, post := range slices.Concat(removed, passedOn) {
			gone = append(gone, post)
			e, err := events.New(a.ids.New(), now, content.PostChanged{PostID: post.ID, Slug: post.Text.Slug, Tags: post.Text.Tags, Published: i >= len(removed)})
			if err != nil {
				return err
			}
			changes = append(changes, e)
		}
		for batch := range slices.Chunk(changes, eventBatch) {
			if err := s.Events.Write(ctx, batch...); err != nil {
				return err
			}
		}
		return s.Audit.Append(ctx, audit.Entry{
			ID: a.ids.New(), Actor: "system", Action: "content.author_erased",
			Resource: "user:" + string(p.UserID), At: now,
		})
	})
	if err != nil {
		return err
	}
	if len(gone) > 0 {
		a.invalidate(ctx, content.StaleTags(gone...))
	}
	return a.compactSearch(ctx)
}
