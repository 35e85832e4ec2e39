// Package contentapp is what people and programs can do with content: read posts,
// write and revise them, publish and unpublish them.
//
// It promises that a gated body leaves it only for a reader who is entitled to it,
// that what it caches is emptied when a post changes, and that every change is
// written with its audit entry and its event in one transaction.
package contentapp

import (
	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/modules/content/library"
	"github.com/neoforge-dev/neoforge/ports/billingport"
	"github.com/neoforge-dev/neoforge/ports/blobs"
	"github.com/neoforge-dev/neoforge/ports/cache"
	"github.com/neoforge-dev/neoforge/ports/clock"
	"github.com/neoforge-dev/neoforge/ports/deps"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/ports/idgen"
)

// Deps is what the use cases need. Slug makes a slug out of a title.
type Deps struct {
	UnitOfWork   content.UnitOfWork
	Reads        content.Reads
	Renderer     content.Renderer
	Entitlements billingport.Entitlements
	Grants       identityport.Grants `deps:"optional"` // nil: nobody edits but authors and editors of any
	People       identityport.Directory
	Cache        cache.Cache
	Clock        clock.Clock
	IDs          idgen.Generator
	Slug         func(title string) string
	Files        blobs.Store
	Images       content.MediaMaker
	MediaLimits  library.Limits `deps:"optional"`
	// Rerendered is told after a run of the job that renders posts anew how many it did, and
	// how many are left.
	Rerendered func(done, left int) `deps:"optional"`
}

// App is the use cases of content.
type App struct {
	*Library
	work         content.UnitOfWork
	reads        content.Reads
	renderer     content.Renderer
	entitlements billingport.Entitlements
	grants       identityport.Grants
	people       identityport.Directory
	cache        cache.Cache
	clock        clock.Clock
	ids          idgen.Generator
	slug         func(title string) string
	rerendered   func(done, left int)
}

// Library is those of pictures.
type Library = library.App

// New returns the use cases, or an error that names every missing dependency.
func New(d Deps) (*App, error) {
	if err := deps.Check("contentapp", d); err != nil {
		return nil, err
	}
	pictures, err := library.New(library.Deps{
		UnitOfWork: d.UnitOfWork, Reads: d.Reads, Files: d.Files, Images: d.Images, Clock: d.Clock, IDs: d.IDs, Limits: d.MediaLimits,
	})
	if err != nil {
		return nil, err
	}
	return &App{
		Library: pictures,
		work:    d.UnitOfWork, reads: d.Reads, renderer: d.Renderer, entitlements: d.Entitlements, grants: d.Grants, people: d.People,
		cache: d.Cache, clock: d.Clock, ids: d.IDs, slug: d.Slug, rerendered: d.Rerendered,
	}, nil
}
