// Package details is what search engines and other sites are told of a post, and the picture
// that is its cover: what its editors say beside its text.
package details

import (
	"context"
	"errors"
	"fmt"

	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/audit"
	"github.com/neoforge-dev/neoforge/ports/cache"
	"github.com/neoforge-dev/neoforge/ports/clock"
	"github.com/neoforge-dev/neoforge/ports/deps"
	"github.com/neoforge-dev/neoforge/ports/events"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/ports/idgen"
)

// Posts is what is asked of posts.
type Posts interface {
	OpenPost(ctx context.Context, actor identityport.Actor, id content.PostID) (content.Article, error)
}

// Deps is what the use cases need. MayChange fails with content.ErrMayNotChangeShown.
type Deps struct {
	UnitOfWork content.UnitOfWork
	Posts      Posts
	MayChange  func(ctx context.Context, actor identityport.Actor, p content.PostState) error
	Cache      cache.Cache
	Clock      clock.Clock
	IDs        idgen.Generator
}

// App is the use cases.
type App struct {
	work      content.UnitOfWork
	posts     Posts
	mayChange func(ctx context.Context, actor identityport.Actor, p content.PostState) error
	cache     cache.Cache
	clock     clock.Clock
	ids       idgen.Generator
}

// New returns the use cases, or an error that names every missing dependency.
func New(d Deps) (*App, error) {
	if err := deps.Check("details", d); err != nil {
		return nil, err
	}
	return &App{work: d.UnitOfWork, posts: d.Posts, mayChange: d.MayChange, cache: d.Cache, clock: d.Clock, ids: d.IDs}, nil
}

// PostDetails returns what search engines and other sites are told of a post, and the post,
// to who may edit it. It fails with content.ErrPostNotFound.
func (a *App) PostDetails(ctx context.Context, actor identityport.Actor, id content.PostID) (content.Article, error) {
	return a.posts.OpenPost(ctx, actor, id)
}

// conflicts is how often others may be quicker before a change gives up.
const conflicts = 5

// ChangePostDetails is what is to be told of a post; all of it is replaced. Seen is the
// version that the editor started from.
type ChangePostDetails struct {
	ID      content.PostID
	Seen    int
	Details content.PostDetails
}

// ChangePostDetails replaces what is told of a post. What changes nothing is answered as it
// is, whatever was Seen. It fails with content.ErrPostNotFound (also for who may not edit
// it), content.ErrInvalidDetails, content.ErrCoverNotFound, content.ErrPostInactive, content.ErrDetailsChanged, and
// content.ErrMayNotChangeShown for a post that is published, or will be by itself, by who may
// not publish it: readers see it at once.
func (a *App) ChangePostDetails(ctx context.Context, actor identityport.Actor, c ChangePostDetails) (content.Article, error) {
	for range conflicts {
		article, err := a.changePostDetails(ctx, actor, c)
		if !errors.Is(err, content.ErrPostChanged) {
			return article, err
		}
		// It was published, say, since it was loaded: looked at again, with what they may then.
	}
	return content.Article{}, content.ErrPostChanged
}

func (a *App) changePostDetails(ctx context.Context, actor identityport.Actor, c ChangePostDetails) (content.Article, error) {
	article, err := a.posts.OpenPost(ctx, actor, c.ID)
	if err != nil {
		return content.Article{}, err
	}
	after, err := c.Details.Clean()
	before := article.Details
	switch {
	case err != nil:
		return content.Article{}, err
	case after.Same(before):
		return article, nil
	case article.Post.Status.Inactive():
		return content.Article{}, content.ErrPostInactive
	case before.Version != c.Seen:
		return content.Article{}, content.ErrDetailsChanged
	}
	if err := a.mayChange(ctx, actor, article.Post); err != nil {
		return content.Article{}, fmt.Errorf("change the details of post %s: %w", c.ID, err)
	}
	now := a.clock.Now()
	after.Version, after.UpdatedAt = c.Seen+1, now
	err = a.work.Do(ctx, func(ctx context.Context, s content.Stores) error {
		if err := s.Details.Put(ctx, article.Post, after, c.Seen); err != nil {
			return err
		}
		err := s.Audit.Append(ctx, audit.Entry{
			ID: a.ids.New(), Actor: string(actor.UserID), Action: "content.post_details_changed", Resource: "post:" + string(c.ID), IP: actor.IP, At: now,
		})
		if err != nil || article.Post.Status != content.Published {
			return err
		}
		e, err := events.New(a.ids.New(), now, content.NewPostChanged(article.Post, article.Post))
		if err != nil {
			return err
		}
		return s.Events.Write(ctx, e)
	})
	if err != nil {
		return content.Article{}, fmt.Errorf("change the details of post %s: %w", c.ID, err)
	}
	if article.Post.Status == content.Published {
		// It is committed, and the store has noted the same tags: what fails here is not the caller's.
		_ = a.cache.Invalidate(context.WithoutCancel(ctx), content.StaleTags(article.Post)...)
	}
	if after.Cover != before.Cover {
		return a.posts.OpenPost(ctx, actor, c.ID) // with the picture
	}
	article.Details = after
	return article, nil
}

// ChooseCover is which picture is to stand above a post. Seen is the version of its details
// that the editor started from.
type ChooseCover struct {
	ID    content.PostID
	Seen  int
	Cover content.CoverChoice
}

// ChooseCover replaces the cover of a post, and leaves the rest of what is told of it. It
// fails as ChangePostDetails does, and with content.ErrCoverNotFound.
func (a *App) ChooseCover(ctx context.Context, actor identityport.Actor, c ChooseCover) (content.Article, error) {
	article, err := a.posts.OpenPost(ctx, actor, c.ID)
	if err != nil {
		return content.Article{}, err
	}
	d := article.Details
	d.Cover = c.Cover
	return a.ChangePostDetails(ctx, actor, ChangePostDetails{ID: c.ID, Seen: c.Seen, Details: d})
}
