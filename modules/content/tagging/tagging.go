// Package tagging is what those who manage tags can do: say what a tag is about, rename it,
// and merge it with another one.
//
// It promises that a post is never without a tag that it had, or with one twice; that links
// by every name that a tag had lead to it; and that a rename takes nothing back that
// somebody saves meanwhile.
package tagging

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/audit"
	"github.com/neoforge-dev/neoforge/ports/cache"
	"github.com/neoforge-dev/neoforge/ports/clock"
	"github.com/neoforge-dev/neoforge/ports/deps"
	"github.com/neoforge-dev/neoforge/ports/events"
	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/ports/idgen"
	"github.com/neoforge-dev/neoforge/ports/jobs"
)

// Deps is what the use cases need.
type Deps struct {
	UnitOfWork content.UnitOfWork
	Reads      content.Reads
	Cache      cache.Cache
	Clock      clock.Clock
	IDs        idgen.Generator
}

// App is the use cases.
type App struct {
	work  content.UnitOfWork
	reads content.Reads
	cache cache.Cache
	clock clock.Clock
	ids   idgen.Generator
}

// New returns the use cases, or an error that names every missing dependency.
func New(d Deps) (*App, error) {
	if err := deps.Check("tagging", d); err != nil {
		return nil, err
	}
	return &App{work: d.UnitOfWork, reads: d.Reads, cache: d.Cache, clock: d.Clock, ids: d.IDs}, nil
}

const (
	moveTagsJob = "content.move_tags"
	moveBatch   = 25 // posts of one transaction
	maxStuck    = 20 // posts that cannot be moved, after which a run ends
	// movedAtOnce is how many posts a rename moves before it answers; the job moves the rest.
	movedAtOnce = 50
	tagsPage    = 50
)

// ReadTag returns a tag by its name or by one that it had before: the name of the answer is
// the one to ask for. A tag that nobody knows has a name alone.
func (a *App) ReadTag(ctx context.Context, name string) (content.Tag, error) {
	clean, ok := content.CleanTag(name)
	if !ok || clean == "" {
		return content.Tag{}, content.ErrTagNotFound
	}
	return a.reads.Tag(ctx, clean)
}

// TagList is a page of tags. NextCursor is empty on the last page.
type TagList struct {
	Items      []content.TagCount
	NextCursor string
}

// ListTags lists the tags that posts have, and those of which something is said, by their
// names. From is a NextCursor of this list. It fails with content.ErrMayNotManageTags and
// content.ErrInvalidCursor.
func (a *App) ListTags(ctx context.Context, actor identityport.Actor, from string) (TagList, error) {
	if !actor.May(content.PermissionManageTags) {
		return TagList{}, content.ErrMayNotManageTags
	}
	after, err := base64.RawURLEncoding.Strict().DecodeString(from)
	if clean, ok := content.CleanTag(string(after)); err != nil || !ok || clean != string(after) {
		return TagList{}, content.ErrInvalidCursor
	}
	items, err := a.reads.TagCounts(ctx, string(after), tagsPage+1)
	if err != nil {
		return TagList{}, err
	}
	list := TagList{Items: items}
	if len(items) > tagsPage {
		list.Items = items[:tagsPage]
		list.NextCursor = base64.RawURLEncoding.EncodeToString([]byte(list.Items[tagsPage-1].Name))
	}
	return list, nil
}

// ManagedTag is a tag as who manages tags sees it.
type ManagedTag struct {
	content.TagCount
	Former []string // names that lead to it, oldest first
	// Moving is how many posts are still filed under one of them, up to content.MaxTagCount.
	Moving int
}

// OpenTag returns a tag, by a name that it has or had. It fails with
// content.ErrMayNotManageTags, and with content.ErrTagNotFound for one that no post has and
// nothing is said of.
func (a *App) OpenTag(ctx context.Context, actor identityport.Actor, name string) (ManagedTag, error) {
	if !actor.May(content.PermissionManageTags) {
		return ManagedTag{}, content.ErrMayNotManageTags
	}
	t, err := a.managed(ctx, name)
	if err == nil && t.Version == 0 && t.Posts == 0 && len(t.Former) == 0 {
		err = content.ErrTagNotFound
	}
	return t, err
}

func (a *App) managed(ctx context.Context, name string) (ManagedTag, error) {
	var (
		t   ManagedTag
		err error
	)
	if t.Tag, err = a.ReadTag(ctx, name); err != nil {
		return ManagedTag{}, err
	}
	if t.Posts, err = a.reads.TagCount(ctx, t.Name); err != nil {
		return ManagedTag{}, err
	}
	if t.Former, err = a.reads.TagNames(ctx, t.Name); err != nil {
		return ManagedTag{}, err
	}
	if len(t.Former) > 0 {
		t.Moving, err = a.reads.FormerlyTaggedCount(ctx, t.Name)
	}
	return t, err
}

// DescribeTag is what is to be said of a tag. Seen is the version that the editor started
// from; nil leaves a part as it is.
type DescribeTag struct {
	Name        string
	Seen        int
	Title       *string
	Description *string
}

// DescribeTag says what the posts of a tag are about. What changes nothing is answered as it
// is, whatever was Seen. It fails with content.ErrMayNotManageTags, content.ErrTagNotFound,
// content.ErrInvalidTag and content.ErrTagChanged.
func (a *App) DescribeTag(ctx context.Context, actor identityport.Actor, c DescribeTag) (ManagedTag, error) {
	before, err := a.OpenTag(ctx, actor, c.Name)
	if err != nil {
		return ManagedTag{}, err
	}
	title, description := before.Title, before.Description
	if c.Title != nil {
		title = *c.Title
	}
	if c.Description != nil {
		description = *c.Description
	}
	now := a.clock.Now()
	after, err := before.Describe(title, description, now)
	switch {
	case err != nil:
		return ManagedTag{}, err
	case after.Title == before.Title && after.Description == before.Description:
		return before, nil
	case before.Version != c.Seen:
		return ManagedTag{}, content.ErrTagChanged
	}
	err = a.work.Do(ctx, func(ctx context.Context, s content.Stores) error {
		if err := s.Tags.Put(ctx, after, c.Seen); err != nil {
			return err
		}
		return s.Audit.Append(ctx, a.tagEntry(actor, "content.tag_described", after.Name, "", now))
	})
	if err != nil {
		return ManagedTag{}, fmt.Errorf("describe tag %q: %w", after.Name, err)
	}
	a.invalidate(ctx)
	before.Tag = after
	return before, nil
}

// RenameTag gives a tag another name. Seen is the version that the editor started from.
// Merge says that it may be the name of another tag, whose posts this one's join.
type RenameTag struct {
	Name  string
	Seen  int
	To    string
	Merge bool
}

// RenameTag gives a tag another name, or merges it with the one that has it. From the moment
// on that it answers, what is saved is filed under the new name, the old one and all that
// led to it lead there, and the posts that there are follow: the first of them at once, the
// others within minutes, by a job. To their editors that is no save: versions, dates and
// revisions stay.
//
// It fails with content.ErrMayNotManageTags, content.ErrTagNotFound, content.ErrInvalidTag
// for what cannot be a name, content.ErrTagUnchanged, content.ErrTagExists for a name that
// another tag has unless Merge, and content.ErrTagChanged.
func (a *App) RenameTag(ctx context.Context, actor identityport.Actor, c RenameTag) (ManagedTag, error) {
	before, err := a.OpenTag(ctx, actor, c.Name)
	if err != nil {
		return ManagedTag{}, err
	}
	to, ok := content.CleanTag(c.To)
	if !ok || to == "" {
		return ManagedTag{}, content.ErrInvalidTag.WithFields(fault.Field{Name: "name", Message: "A tag has letters, digits and hyphens, at most 40 characters."})
	}
	now := a.clock.Now()
	var kept content.Tag
	err = a.work.Do(ctx, func(ctx context.Context, s content.Stores) error {
		var (
			merged bool
			err    error
		)
		if kept, merged, err = s.Tags.Rename(ctx, before.Name, c.Seen, to, c.Merge, now); err != nil {
			return err
		}
		action := "content.tag_renamed"
		if merged {
			action = "content.tag_merged"
		}
		return s.Audit.Append(ctx, a.tagEntry(actor, action, before.Name, "now "+kept.Name, now))
	})
	if err != nil {
		return ManagedTag{}, fmt.Errorf("rename tag %q: %w", before.Name, err)
	}
	a.invalidate(ctx, content.TagTagged(before.Name), content.TagTagged(kept.Name))
	// It is done; what cannot be moved now the job moves.
	if _, err := a.moveTags(ctx, movedAtOnce); err != nil && ctx.Err() != nil {
		return ManagedTag{}, err
	}
	return a.managed(ctx, kept.Name)
}

// FreeTagName has a former name of a tag lead nowhere, so that posts can be filed under it
// again. It fails with content.ErrMayNotManageTags, content.ErrTagNotFound, and
// content.ErrTagMoving while posts that had the name are filed anew.
func (a *App) FreeTagName(ctx context.Context, actor identityport.Actor, tag, former string) error {
	t, err := a.OpenTag(ctx, actor, tag)
	if err == nil && t.Moving > 0 {
		err = content.ErrTagMoving // or they would keep the name, and nothing would move them
	}
	if err != nil {
		return err
	}
	now := a.clock.Now()
	err = a.work.Do(ctx, func(ctx context.Context, s content.Stores) error {
		if err := s.Tags.FreeName(ctx, t.Name, former); err != nil {
			return err
		}
		return s.Audit.Append(ctx, a.tagEntry(actor, "content.tag_name_freed", t.Name, "no longer "+former, now))
	})
	if err != nil {
		return fmt.Errorf("free name %q of tag %q: %w", former, t.Name, err)
	}
	a.invalidate(ctx, content.TagTagged(t.Name), content.TagTagged(former))
	return nil
}

func (a *App) tagEntry(actor identityport.Actor, action, tag, detail string, now time.Time) audit.Entry {
	return audit.Entry{ID: a.ids.New(), Actor: string(actor.UserID), Action: action, Resource: "tag:" + tag, Detail: detail, IP: actor.IP, At: now}
}

// moveTags files posts under the names that their tags have now, a few in each transaction,
// so that a run that is broken off goes on where it was, nobody who saves waits for long, and
// lists become stale once for all of them. It stops after so many posts, or at the end where
// most is 0, and returns how many it moved.
func (a *App) moveTags(ctx context.Context, most int) (moved int, _ error) {
	var (
		faults []error
		stuck  []content.PostID
	)
	for len(stuck) < maxStuck {
		limit := moveBatch
		if most > 0 {
			limit = min(limit, most-moved)
		}
		if limit == 0 {
			break
		}
		ids, err := a.reads.FormerlyTagged(ctx, stuck, limit)
		if err != nil || len(ids) == 0 {
			return moved, errors.Join(append(faults, err)...)
		}
		if err := a.movePostTags(ctx, ids...); err == nil {
			moved += len(ids)
			continue
		}
		for _, id := range ids { // one of them cannot be moved: the others can
			switch err := a.movePostTags(ctx, id); {
			case err == nil:
				moved++
			case errors.Is(ctx.Err(), context.DeadlineExceeded):
				return moved, errors.Join(faults...) // there are more than fit into one run
			default:
				faults, stuck = append(faults, err), append(stuck, id)
			}
		}
	}
	return moved, errors.Join(faults...)
}

// movePostTags moves posts in one transaction. One that is gone meanwhile is no fault.
func (a *App) movePostTags(ctx context.Context, ids ...content.PostID) error {
	slices.Sort(ids) // two runs at once take them in the same order
	var stale []string
	err := a.work.Do(ctx, func(ctx context.Context, s content.Stores) error {
		stale = nil
		for _, id := range ids {
			before, after, err := s.Posts.MoveTags(ctx, id)
			if errors.Is(err, content.ErrPostNotFound) {
				continue
			}
			if err != nil {
				return fmt.Errorf("post %s: %w", id, err)
			}
			if after.Status != content.Published {
				continue
			}
			stale = append(stale, content.StaleTags(before, after)...)
			e, err := events.New(a.ids.New(), a.clock.Now(), content.NewPostChanged(before, after))
			if err != nil {
				return err
			}
			if err := s.Events.Write(ctx, e); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("move the tags of posts: %w", err)
	}
	if len(stale) > 0 {
		a.invalidate(ctx, stale...)
	}
	return nil
}

// Handler is the work that is done later.
func (a *App) Handler() jobs.Handler {
	return jobs.Handler{
		Kind: moveTagsJob, Queue: jobs.LongQueue, Timeout: 5 * time.Minute,
		Run: func(ctx context.Context, _ []byte) error {
			_, err := a.moveTags(ctx, 0)
			return err
		},
	}
}

// Schedule is how often it is looked whether posts are to be moved: a release that knows no
// names of tags may file some under a former one while an upgrade goes on.
func (a *App) Schedule() jobs.Schedule { return jobs.Schedule{Kind: moveTagsJob, Every: time.Minute} }

// invalidate makes the lists stale, and more. The change has been committed, so an error is
// not the caller's: the stores have noted the same tags in its transaction.
func (a *App) invalidate(ctx context.Context, more ...string) {
	_ = a.cache.Invalidate(context.WithoutCancel(ctx), append(more, content.TagPosts)...)
}
