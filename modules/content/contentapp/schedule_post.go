package contentapp

import (
	"context"
	"errors"
	"fmt"

	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// system is the actor of what no person asks for.
const system = "system"

const (
	publishDueJob = "content.publish_due"
	dueBatch      = 50
)

// SchedulePost has a post published by itself at a moment, or at another than before. It
// fails with content.ErrPostNotFound (also for who may not edit it),
// content.ErrMayNotPublish, and as [content.Post.ScheduleFor] does.
func (a *App) SchedulePost(ctx context.Context, actor identityport.Actor, id content.PostID, s content.Schedule) (content.Article, error) {
	article, err := a.changeLatest(ctx, actor, id, func(p *content.Post) (string, error) {
		if err := a.mayPublish(ctx, actor, p.State()); err != nil {
			return "", err
		}
		return "content.post_scheduled", p.ScheduleFor(s, a.clock.Now())
	})
	if err != nil {
		return content.Article{}, fmt.Errorf("schedule post %s: %w", id, err)
	}
	return article, nil
}

// UnschedulePost makes a scheduled post a draft. It fails as SchedulePost does, and with
// content.ErrNotScheduled.
func (a *App) UnschedulePost(ctx context.Context, actor identityport.Actor, id content.PostID) (content.Article, error) {
	article, err := a.changeLatest(ctx, actor, id, func(p *content.Post) (string, error) {
		if err := a.mayPublish(ctx, actor, p.State()); err != nil {
			return "", err
		}
		return "content.post_unscheduled", p.Unschedule(a.clock.Now())
	})
	if err != nil {
		return content.Article{}, fmt.Errorf("unschedule post %s: %w", id, err)
	}
	return article, nil
}

// publishDue publishes the posts whose moment has come, also while the program was down.
// Each is committed by itself; one that fails keeps no other waiting, and is tried again
// a minute later.
func (a *App) publishDue(ctx context.Context) error {
	var faults []error
	tried := map[content.PostID]bool{}
	for {
		due, err := a.reads.Due(ctx, a.clock.Now(), dueBatch)
		if err != nil {
			return errors.Join(append(faults, err)...)
		}
		fresh := false
		for _, id := range due {
			if tried[id] {
				continue
			}
			tried[id], fresh = true, true
			if err := a.publishOne(ctx, id); err != nil {
				faults = append(faults, fmt.Errorf("publish post %s as scheduled: %w", id, err))
			}
		}
		if !fresh {
			return errors.Join(faults...)
		}
	}
}

// publishOne publishes a post whose moment has come, unless somebody did, or moved it.
func (a *App) publishOne(ctx context.Context, id content.PostID) error {
	for range conflicts {
		loaded, err := a.reads.Article(ctx, id)
		if errors.Is(err, content.ErrPostNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		_, err = a.changeAs(ctx, identityport.Actor{UserID: system}, loaded.Post.Author, loaded, func(p *content.Post) (string, error) {
			return "content.post_published", p.PublishDue(a.clock.Now())
		})
		if errors.Is(err, content.ErrNotDue) {
			return nil
		}
		if !errors.Is(err, content.ErrPostChanged) {
			return err
		}
	}
	return content.ErrPostChanged
}
