// Package contentapp is what people and programs can do with content: read posts,
// write and revise them, publish and unpublish them.
//
// It promises that a gated body leaves it only for a reader who is entitled to it,
// that what it caches is emptied when a post changes, and that every change is
// written with its audit entry and its event in one transaction.
package contentapp

import (
	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/billingport"
	"github.com/neoforge-dev/neoforge/ports/cache"
	"github.com/neoforge-dev/neoforge/ports/clock"
	"github.com/neoforge-dev/neoforge/ports/deps"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/ports/idgen"
	"github.com/neoforge-dev/neoforge/ports/ratelimit"
)

// Deps is what the use cases need. Slug makes a slug out of a title.
type Deps struct {
	UnitOfWork   content.UnitOfWork
	Reads        content.Reads
	Renderer     content.Renderer
	Entitlements billingport.Entitlements
	Grants       identityport.Grants `deps:"optional"` // nil: nobody edits but authors and editors of any
	People       identityport.Directory
	Actors       identityport.Actors // as whom private feeds are read
	Limiter      ratelimit.Limiter
	Cache        cache.Cache
	Clock        clock.Clock
	IDs          idgen.Generator
	Slug         func(title string) string
	// Rerendered is told after a run of the job that renders posts anew how many it did, and
	// how many are left.
	Rerendered func(done, left int) `deps:"optional"`
}

// App is the use cases of content.
type App struct {
	work         content.UnitOfWork
	reads        content.Reads
	renderer     content.Renderer
	entitlements billingport.Entitlements
	grants       identityport.Grants
	people       identityport.Directory
	actors       identityport.Actors
	limiter      ratelimit.Limiter
	cache        cache.Cache
	clock        clock.Clock
	ids          idgen.Generator
	slug         func(title string) string
	rerendered   func(done, left int)
	articles     cache.Values[content.Article]
}

// New returns the use cases, or an error that names every missing dependency.
func New(d Deps) (*App, error) {
	if err := deps.Check("contentapp", d); err != nil {
		return nil, err
	}
	return &App{
		work: d.UnitOfWork, reads: d.Reads, renderer: d.Renderer, entitlements: d.Entitlements, grants: d.Grants, people: d.People, actors: d.Actors, limiter: d.Limiter,
		cache: d.Cache, clock: d.Clock, ids: d.IDs, slug: d.Slug, rerendered: d.Rerendered,
	}, nil
}
