// Package presence tells those who have a post open in the editor of one another, before one
// saves over what another writes.
//
// It promises nothing: who closes the lid of a machine is told of for as long as
// content.OpenFor. That no save goes over another one is kept by the versions of posts.
package presence

import (
	"context"
	"fmt"
	"time"

	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/clock"
	"github.com/neoforge-dev/neoforge/ports/deps"
	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// Posts is what is asked of posts.
type Posts interface {
	OpenPost(ctx context.Context, actor identityport.Actor, id content.PostID) (content.Article, error)
}

// Deps is what the use cases need.
type Deps struct {
	UnitOfWork content.UnitOfWork
	Reads      content.Reads
	Posts      Posts
	People     identityport.Directory
	Clock      clock.Clock
}

// App is the use cases.
type App struct{ d Deps }

// New returns the use cases, or an error that names every missing dependency.
func New(d Deps) (*App, error) {
	if err := deps.Check("presence", d); err != nil {
		return nil, err
	}
	return &App{d}, nil
}

// forgotten is how long ago somebody was heard of whose row is deleted by the next.
const forgotten = time.Hour

// HavePostOpen notes that the actor has a post open, for content.OpenFor, and lists the names
// of the others who have, by no order that says anything. It fails with
// content.ErrPostNotFound (also for who may not edit it).
func (a *App) HavePostOpen(ctx context.Context, actor identityport.Actor, id content.PostID) ([]string, error) {
	if _, err := a.d.Posts.OpenPost(ctx, actor, id); err != nil {
		return nil, err
	}
	now := a.d.Clock.Now()
	err := a.d.UnitOfWork.Do(ctx, func(ctx context.Context, s content.Stores) error {
		return s.Open.Hear(ctx, content.OpenEditor{Post: id, Editor: actor.UserID, HeardAt: now}, now.Add(-forgotten))
	})
	if err != nil {
		return nil, fmt.Errorf("have post %s open: %w", id, err)
	}
	all, err := a.d.Reads.OpenEditors(ctx, id, now.Add(-content.OpenFor), content.MaxOpenEditors+1)
	if err != nil {
		return nil, err
	}
	names := []string{}
	for _, other := range all {
		if other.Editor == actor.UserID {
			continue
		}
		who, err := a.d.People.Person(ctx, other.Editor)
		if fault.KindOf(err) == fault.NotFound {
			continue // erased since
		}
		if err != nil {
			return nil, fmt.Errorf("who has post %s open: %w", id, err)
		}
		names = append(names, who.Name)
	}
	return names, nil
}

// ClosePost notes that the actor has a post open no longer. It says nothing of whether there
// is such a post.
func (a *App) ClosePost(ctx context.Context, actor identityport.Actor, id content.PostID) error {
	err := a.d.UnitOfWork.Do(ctx, func(ctx context.Context, s content.Stores) error { return s.Open.Leave(ctx, id, actor.UserID) })
	if err != nil {
		return fmt.Errorf("close post %s: %w", id, err)
	}
	return nil
}
