package contentapp

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/audit"
	"github.com/neoforge-dev/neoforge/ports/events"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// editable returns a post for somebody who may edit it, and
// content.ErrPostNotFound for everybody else.
func (a *App) editable(ctx context.Context, actor identityport.Actor, id content.PostID) (content.Article, error) {
	article, err := a.reads.Article(ctx, id)
	if err != nil {
		return content.Article{}, err
	}
	if content.MayEdit(actor, article.Post) {
		return article, nil
	}
	if !actor.May(content.PermissionWrite) {
		return content.Article{}, content.ErrPostNotFound // whatever is shared with them
	}
	share, err := a.share(ctx, actor, id)
	if err != nil {
		return content.Article{}, err
	}
	if !content.MayEditShared(actor, article.Post, share) {
		return content.Article{}, content.ErrPostNotFound
	}
	return article, nil
}

// share is what of one post is shared with the actor.
func (a *App) share(ctx context.Context, actor identityport.Actor, id content.PostID) (content.Share, error) {
	granted, err := a.grantsOn(ctx, actor, id)
	return content.ShareOf(granted...), err
}

func (a *App) grantsOn(ctx context.Context, actor identityport.Actor, id content.PostID) ([]identityport.Grant, error) {
	if a.grants == nil || !actor.SignedIn() {
		return nil, nil
	}
	granted, err := a.grants.GrantedOn(ctx, actor.UserID, content.ResourceOf(id))
	if err != nil {
		return nil, fmt.Errorf("what is shared of post %s: %w", id, err)
	}
	return granted, nil
}

// mayPublish fails with content.ErrMayNotPublish.
func (a *App) mayPublish(ctx context.Context, actor identityport.Actor, p content.PostState) error {
	if content.MayPublish(actor, p, content.NotShared) {
		return nil
	}
	share, err := a.share(ctx, actor, p.ID)
	if err == nil && !content.MayPublish(actor, p, share) {
		err = content.ErrMayNotPublish
	}
	return err
}

// mayChange is what stands before every change that readers of a post would see, see
// content.Status.Shown; content.ErrMayNotChangeShown.
func (a *App) mayChange(ctx context.Context, actor identityport.Actor, p content.PostState) error {
	if !p.Status.Shown() {
		return nil
	}
	err := a.mayPublish(ctx, actor, p)
	if errors.Is(err, content.ErrMayNotPublish) {
		err = content.ErrMayNotChangeShown
	}
	return err
}

// change does something to a post that was loaded for its editor: the post, the audit entry
// of the action that do names (none for an autosave that joined the revision before), and the
// event that other modules must hear of are written together, over the version that was
// loaded, and then what is cached of the post is stale. What is to be done in the same
// transaction besides is done last. It fails with content.ErrPostChanged when somebody saved
// since.
func (a *App) change(ctx context.Context, actor identityport.Actor, loaded content.Article,
	do func(*content.Post) (action string, err error), also ...func(ctx context.Context, s content.Stores) error,
) (content.Article, error) {
	return a.changeAs(ctx, actor, actor.UserID, loaded, do, also...)
}

// changeAs is change by somebody else than whose revision a changed text is kept as.
func (a *App) changeAs(ctx context.Context, by identityport.Actor, editor identityport.UserID, loaded content.Article,
	do func(*content.Post) (action string, err error), also ...func(ctx context.Context, s content.Stores) error,
) (content.Article, error) {
	post := content.RestorePost(loaded.Post)
	action, err := do(post)
	if err != nil {
		return content.Article{}, err
	}
	before, after := loaded.Post, post.State()
	err = a.work.Do(ctx, func(ctx context.Context, s content.Stores) error {
		if err := s.Posts.Update(ctx, post, editor); err != nil {
			return err
		}
		if before.Text.Markdown != after.Text.Markdown {
			if err := renderPicturesLater(ctx, s, after); err != nil {
				return err
			}
		}
		// While posts are rendered anew, what is kept may be another rendering than was loaded.
		if before.Rendered.Renderer != a.renderer.Version() {
			if err := s.Search.Index(ctx, after.ID); err != nil {
				return err
			}
		}
		now := a.clock.Now()
		// A page saves by itself many times a minute: one entry stands for them, as one revision does.
		if !post.JoinedRevision() {
			if err := s.Audit.Append(ctx, a.entry(by, action, after.ID, now)); err != nil {
				return err
			}
		}
		if err := a.publishEvent(ctx, s.Events, before, after, now); err != nil {
			return err
		}
		if before.Status != after.Status {
			if err := endReview(ctx, s, by, before, after, now); err != nil {
				return err
			}
		}
		for _, step := range also {
			if err := step(ctx, s); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return content.Article{}, err
	}
	if before.Status == content.Published || after.Status == content.Published { // of drafts nothing is cached
		a.invalidate(ctx, content.StaleBySave(before, after))
	}
	return content.Article{Post: after, Author: loaded.Author, CoAuthors: loaded.CoAuthors, Details: loaded.Details}, nil
}

// endReview ends the review of a post that appears, or leaves where its text waited.
func endReview(ctx context.Context, s content.Stores, by identityport.Actor, before, after content.PostState, now time.Time) error {
	end := content.ReviewStep{Post: after.ID, State: content.ReviewEnded, By: by.UserID, At: now}
	switch {
	case after.Status == content.Published:
		end.State = content.ReviewPublished
	case before.Status != content.Published && !after.Status.Inactive():
		return nil // it is scheduled, or no longer
	}
	_, err := s.Reviews.End(ctx, end)
	return err
}

// conflicts is how often somebody may save before a change that does not depend on the text
// gives up.
const conflicts = 5

// changeLatest is change for what does not depend on the text that the editor saw: it is
// done to the post as it is now.
func (a *App) changeLatest(ctx context.Context, actor identityport.Actor, id content.PostID,
	do func(*content.Post) (action string, err error),
) (out content.Article, err error) {
	for range conflicts {
		loaded, err := a.editable(ctx, actor, id)
		if err != nil {
			return content.Article{}, err
		}
		if out, err = a.change(ctx, actor, loaded, do); !errors.Is(err, content.ErrPostChanged) {
			return out, err
		}
	}
	return content.Article{}, content.ErrPostChanged
}

// makeDraft is changeLatest for what makes a draft of a post that may have a working copy.
// Its words become the draft's, as a revision by who wrote them: a draft has one text, and
// the published one stays among the revisions.
func (a *App) makeDraft(ctx context.Context, actor identityport.Actor, id content.PostID,
	do func(*content.Post) (action string, err error),
) (content.Article, error) {
	for slugTaken, n := false, 0; n < conflicts; n++ {
		loaded, err := a.editable(ctx, actor, id)
		if err != nil {
			return content.Article{}, err
		}
		copied, err := a.WorkingCopyOf(ctx, id)
		if err != nil {
			return content.Article{}, err
		}
		editor, text, rendered := actor.UserID, loaded.Post.Text, loaded.Post.Rendered
		if copied.Begun() {
			if editor, text = copied.Editor, copied.Text; slugTaken {
				text.Slug = loaded.Post.Text.Slug
			}
			if text, rendered, err = a.render(ctx, text); err != nil { // however long: readers are not to go on reading
				return content.Article{}, err
			}
		}
		out, err := a.changeAs(ctx, actor, editor, loaded, func(p *content.Post) (string, error) {
			action, err := do(p)
			if err == nil && copied.Begun() {
				err = p.Revise(p.State().Version, text, rendered, a.clock.Now())
			}
			return action, err
		}, func(ctx context.Context, s content.Stores) error { return s.Copies.Delete(ctx, id, copied.Save) })
		switch {
		case errors.Is(err, content.ErrSlugTaken) && !slugTaken:
			slugTaken = true // by another post since: no reason to keep readers reading
		case !errors.Is(err, content.ErrPostChanged) && !errors.Is(err, content.ErrWorkingCopyChanged):
			return out, err
		}
	}
	return content.Article{}, content.ErrPostChanged
}

// publishEvent writes the event that a change of a post is to the others: drafts are
// nobody's business.
func (a *App) publishEvent(ctx context.Context, w events.Writer, before, after content.PostState, now time.Time) error {
	var payload events.Payload
	switch {
	case before.Status != content.Published && after.Status == content.Published:
		payload = publishedEvent(after)
	case before.Status == content.Published:
		payload = content.NewPostChanged(before, after)
	default:
		return nil
	}
	e, err := events.New(a.ids.New(), now, payload)
	if err != nil {
		return err
	}
	return w.Write(ctx, e)
}

func publishedEvent(p content.PostState) content.PostPublished {
	return content.PostPublished{
		PostID: p.ID, Slug: p.Text.Slug, Title: p.Text.Title, Author: p.Author,
		Visibility: p.Text.Visibility, Tags: p.Text.Tags,
	}
}

// invalidate makes what is cached of posts stale. The change has been committed, so an
// error is not the caller's: the stores have noted the same tags in its transaction, and every
// replica reads them from there.
func (a *App) invalidate(ctx context.Context, stale []string) {
	_ = a.cache.Invalidate(context.WithoutCancel(ctx), stale...)
}

func (a *App) entry(actor identityport.Actor, action string, id content.PostID, now time.Time) audit.Entry {
	return audit.Entry{
		ID: a.ids.New(), Actor: string(actor.UserID), Action: action,
		Resource: "post:" + string(id), IP: actor.IP, At: now,
	}
}
