package contentapp

import (
	"context"
	"fmt"
	"time"

	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// ImportPost is a post that was published before, elsewhere: PublishedAt is its
// date, and the post's times are that time. No route offers it.
type ImportPost struct {
	Title       string
	Slug        string
	Markdown    string
	Excerpt     string
	Tags        []string
	Visibility  content.Visibility
	PublishedAt time.Time
}

// ImportPost publishes a post of the actor's at its date. It fails with
// content.ErrMayNotPublish, content.ErrInvalidPost, and content.ErrSlugTaken when
// a post has the slug: one that was imported before, for a start.
func (a *App) ImportPost(ctx context.Context, actor identityport.Actor, c ImportPost) (content.PostState, error) {
	if !actor.May(content.PermissionWrite) || !actor.May(content.PermissionPublish) {
		return content.PostState{}, content.ErrMayNotPublish
	}
	text, rendered, err := a.prepare(ctx, content.Text{
		Slug: c.Slug, Title: c.Title, Excerpt: c.Excerpt,
		Markdown: c.Markdown, Tags: c.Tags, Visibility: c.Visibility,
	})
	if err != nil {
		return content.PostState{}, err
	}
	if _, err := a.OpenAuthorProfile(ctx, actor.UserID, actor.Name); err != nil {
		return content.PostState{}, err
	}
	now := a.clock.Now()
	at := c.PublishedAt.UTC().Truncate(time.Microsecond)
	if at.IsZero() || at.After(now) {
		at = now
	}
	post := content.NewPost(content.PostID(a.ids.New()), actor.UserID, text, rendered, at)
	if err := post.Publish(at); err != nil {
		return content.PostState{}, err
	}
	state := post.State()
	err = a.work.Do(ctx, func(ctx context.Context, s content.Stores) error {
		if err := s.Posts.Insert(ctx, post); err != nil {
			return err
		}
		if err := renderPicturesLater(ctx, s, state); err != nil {
			return err
		}
		if err := s.Audit.Append(ctx, a.entry(actor, "content.post_imported", state.ID, now)); err != nil {
			return err
		}
		return a.publishEvent(ctx, s.Events, content.PostState{}, state, now)
	})
	if err != nil {
		return content.PostState{}, fmt.Errorf("import post %s: %w", c.Slug, err)
	}
	a.invalidate(ctx, content.StaleTags(state))
	return state, nil
}
