package contentapp

import (
	"context"
	"errors"
	"fmt"

	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// WorkingCopyOf returns the copy of a post, or the zero value when it has none. That its text is
// for who asks was found out before.
func (a *App) WorkingCopyOf(ctx context.Context, id content.PostID) (content.WorkingCopy, error) {
	c, err := a.reads.WorkingCopy(ctx, id)
	if errors.Is(err, content.ErrWorkingCopyNotFound) {
		return content.WorkingCopy{}, nil
	}
	return c, err
}

// ReadWorkingCopy returns the text that a post is to have, and the post. It fails with
// content.ErrPostNotFound (also for who may not edit it) and content.ErrWorkingCopyNotFound.
func (a *App) ReadWorkingCopy(ctx context.Context, actor identityport.Actor, id content.PostID) (content.Article, content.WorkingCopy, error) {
	article, err := a.editable(ctx, actor, id)
	if err != nil {
		return content.Article{}, content.WorkingCopy{}, err
	}
	c, err := a.reads.WorkingCopy(ctx, id)
	return article, c, err
}

// SaveWorkingCopy changes parts of the text that a published post is to have; nil leaves a
// part as it is, in the copy or, where none is begun yet, in the published text. Seen is the
// save of the copy that the editor started from, 0 for none. Base is the version of the post
// that they started from, 0 for the one that it is at: it counts where a copy is begun.
type SaveWorkingCopy struct {
	ID         content.PostID
	Seen       int
	Base       int
	Title      *string
	Slug       *string
	Markdown   *string
	Excerpt    *string
	Tags       *[]string
	Visibility *content.Visibility
	Autosave   bool // by the page, with nobody who pressed a button: of the changes that were begun alone
	restores   bool // an earlier text
}

func (c SaveWorkingCopy) change() RevisePost {
	return RevisePost{Title: c.Title, Slug: c.Slug, Markdown: c.Markdown, Excerpt: c.Excerpt, Tags: c.Tags, Visibility: c.Visibility, restores: c.restores}
}

// SaveWorkingCopy keeps what an editor wrote on a published post, of which readers see nothing
// before it is published. A save that changes nothing is answered with the copy as it is,
// whatever was Seen, as RevisePost does; where there is none, that is the zero copy with the
// published text. It fails with content.ErrPostNotFound (also for who may not edit it),
// content.ErrNotPublished for a draft, which has no copy, content.ErrPostInactive,
// content.ErrInvalidPost, and content.ErrWorkingCopyChanged when the copy was saved, published
// or discarded since Seen; so does an Autosave where none is begun.
func (a *App) SaveWorkingCopy(ctx context.Context, actor identityport.Actor, c SaveWorkingCopy) (content.Article, content.WorkingCopy, error) {
	loaded, err := a.editable(ctx, actor, c.ID)
	if err != nil {
		return content.Article{}, content.WorkingCopy{}, err
	}
	saved, err := a.saveWorkingCopy(ctx, actor, loaded, c)
	return loaded, saved, err
}

func (a *App) saveWorkingCopy(ctx context.Context, actor identityport.Actor, loaded content.Article, c SaveWorkingCopy) (content.WorkingCopy, error) {
	switch p := loaded.Post; {
	case p.Status.Inactive():
		return content.WorkingCopy{}, content.ErrPostInactive
	case p.Status != content.Published:
		return content.WorkingCopy{}, content.ErrNotPublished
	}
	copied, err := a.WorkingCopyOf(ctx, c.ID)
	if err != nil {
		return content.WorkingCopy{}, err
	}
	from := copied.Text
	if !copied.Begun() {
		from = loaded.Post.Text
	}
	text, derived := a.withSlug(c.change().onto(from), loaded.Post.Kind)
	if text, err = text.Clean(); err != nil {
		if copied.Save != c.Seen {
			err = content.ErrWorkingCopyChanged
		}
		return content.WorkingCopy{}, err
	}
	if derived && numberedFrom(from.Slug, text.Slug) {
		text.Slug = from.Slug
	}
	switch {
	case text.Equal(from) && copied.Begun():
		return copied, nil
	case text.Equal(from):
		return content.WorkingCopy{Post: c.ID, Base: loaded.Post.Version, Text: from, Editor: actor.UserID}, nil
	case copied.Save != c.Seen, c.Autosave && !copied.Begun():
		return content.WorkingCopy{}, content.ErrWorkingCopyChanged
	}
	now := a.clock.Now()
	next, joined := copied.Revised(text, actor.UserID, now), false
	switch {
	case !copied.Begun():
		next = content.BeginWorkingCopy(loaded.Post, c.Base, text, actor.UserID, now)
	case c.Autosave:
		next, joined = copied.Autosaved(text, actor.UserID, now)
	}
	err = a.work.Do(ctx, func(ctx context.Context, s content.Stores) error {
		if err := s.Copies.Put(ctx, next, c.Seen); err != nil || joined {
			return err
		}
		return s.Audit.Append(ctx, a.entry(actor, c.change().action("content.working_copy_saved"), c.ID, now))
	})
	if err != nil {
		return content.WorkingCopy{}, fmt.Errorf("save the working copy of post %s: %w", c.ID, err)
	}
	return next, nil
}

// PublishWorkingCopy makes the copy at save Seen the text that readers get. Post is the version
// of the post that the caller saw, 0 for the one that the copy was begun from.
type PublishWorkingCopy struct {
	ID   content.PostID
	Seen int
	Post int
}

// PublishWorkingCopy makes the working copy the text of its post: a version and a revision of
// its own, by who wrote it, under the post's first date. It fails with content.ErrPostNotFound
// (also for who may not edit it), content.ErrMayNotPublish, content.ErrNotPublished,
// content.ErrWorkingCopyNotFound, content.ErrWorkingCopyChanged when it was saved since Seen,
// content.ErrPublishedTextChanged when the post's own text was changed since the copy was begun
// and since the version that the caller saw, and content.ErrSlugTaken. Nothing is lost by any.
func (a *App) PublishWorkingCopy(ctx context.Context, actor identityport.Actor, c PublishWorkingCopy) (content.Article, error) {
	for range conflicts {
		article, err := a.publishWorkingCopy(ctx, actor, c)
		if errors.Is(err, content.ErrPostChanged) {
			continue // looked at again: what was done to the post may be no other text
		}
		if err != nil {
			return content.Article{}, fmt.Errorf("publish the working copy of post %s: %w", c.ID, err)
		}
		return article, nil
	}
	return content.Article{}, content.ErrPostChanged
}

func (a *App) publishWorkingCopy(ctx context.Context, actor identityport.Actor, c PublishWorkingCopy) (content.Article, error) {
	loaded, err := a.editable(ctx, actor, c.ID)
	if err != nil {
		return content.Article{}, err
	}
	if err := a.mayPublish(ctx, actor, loaded.Post); err != nil {
		return content.Article{}, err
	}
	if loaded.Post.Status != content.Published {
		return content.Article{}, content.ErrNotPublished
	}
	copied, err := a.reads.WorkingCopy(ctx, c.ID)
	if err != nil {
		return content.Article{}, err
	}
	same := copied.Text.Equal(loaded.Post.Text)
	switch {
	case copied.Save != c.Seen:
		return content.Article{}, content.ErrWorkingCopyChanged
	case !same && copied.PassedBy(loaded.Post, c.Post):
		return content.Article{}, content.ErrPublishedTextChanged
	}
	text, rendered, err := a.prepare(ctx, copied.Text)
	if err != nil {
		return content.Article{}, err
	}
	return a.changeAs(ctx, actor, copied.Editor, loaded, func(p *content.Post) (string, error) {
		return "content.working_copy_published", p.Revise(loaded.Post.Version, text, rendered, a.clock.Now())
	}, func(ctx context.Context, s content.Stores) error {
		if err := endReview(ctx, s, actor, loaded.Post, loaded.Post, a.clock.Now()); err != nil {
			return err
		}
		return s.Copies.Delete(ctx, c.ID, copied.Save)
	})
}

// DiscardWorkingCopy throws the copy at save seen away; readers notice nothing. It fails with
// content.ErrPostNotFound (also for who may not edit it), content.ErrWorkingCopyNotFound, and
// content.ErrWorkingCopyChanged when it was saved since.
func (a *App) DiscardWorkingCopy(ctx context.Context, actor identityport.Actor, id content.PostID, seen int) error {
	_, copied, err := a.ReadWorkingCopy(ctx, actor, id)
	now := a.clock.Now()
	if err == nil && copied.Save != seen {
		err = content.ErrWorkingCopyChanged
	}
	if err != nil {
		return err
	}
	err = a.work.Do(ctx, func(ctx context.Context, s content.Stores) error {
		if err := s.Reviews.Hold(ctx, id); err != nil {
			return err
		}
		if _, err := s.Reviews.End(ctx, content.ReviewStep{Post: id, State: content.ReviewEnded, By: actor.UserID, At: now}); err != nil {
			return err
		}
		if err := s.Copies.Delete(ctx, id, seen); err != nil {
			return err
		}
		return s.Audit.Append(ctx, a.entry(actor, "content.working_copy_discarded", id, now))
	})
	if err != nil {
		return fmt.Errorf("discard the working copy of post %s: %w", id, err)
	}
	return nil
}

// SaveEdits is what the page of a post sends: Seen is the version of the post that it shows,
// Copy the save of its working copy, 0 for none.
type SaveEdits struct {
	RevisePost
	Copy int
}

// SaveEdits keeps what an editor wrote on the page of a post, wherever the post stands by then:
// a draft is revised, and of a published post the words are its working copy, which is returned;
// it is the zero value for a draft. That the post was published, scheduled or unpublished since
// Seen is no other text, and so no conflict; that it was made a page, or a post, is one. It fails as RevisePost and SaveWorkingCopy do.
func (a *App) SaveEdits(ctx context.Context, actor identityport.Actor, c SaveEdits) (content.WorkingCopy, error) {
	for range conflicts {
		loaded, err := a.editable(ctx, actor, c.ID)
		if err != nil {
			return content.WorkingCopy{}, err
		}
		if p := loaded.Post; p.Status == content.Published {
			if c.Kind != nil && *c.Kind != p.Kind {
				return content.WorkingCopy{}, content.ErrKindFixed
			}
			copied, err := a.saveWorkingCopy(ctx, actor, loaded, SaveWorkingCopy{
				ID: c.ID, Seen: c.Copy, Base: c.Seen, Title: c.Title, Slug: c.Slug, Markdown: c.Markdown, Excerpt: c.Excerpt, Tags: c.Tags, Visibility: c.Visibility, restores: c.restores,
			})
			if errors.Is(err, content.ErrNotPublished) {
				continue // since it was loaded
			}
			return copied, err
		}
		change, current := c.RevisePost, loaded.Post.Version
		// Another kind may be what somebody made of it since, which the form knows nothing of.
		sameKind := change.Kind == nil || *change.Kind == loaded.Post.Kind
		if sameKind && change.Seen >= loaded.Post.TextVersion && change.Seen < current {
			change.Seen = current
		}
		_, err = a.revise(ctx, actor, loaded, change)
		if errors.Is(err, content.ErrPostChanged) && change.Seen == current {
			continue // since it was loaded: looked at again
		}
		return content.WorkingCopy{}, err
	}
	return content.WorkingCopy{}, content.ErrPostChanged
}
