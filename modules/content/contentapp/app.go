// Package contentapp is what people and programs can do with content: read posts,
// write and revise them, publish and unpublish them.
//
// It promises that a gated body leaves it only for a reader who is entitled to it,
// that what it caches is emptied when a post changes, and that every change is
// written with its audit entry and its event in one transaction.
package contentapp

import (
	"context"

	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/modules/content/authorship"
	"github.com/neoforge-dev/neoforge/modules/content/details"
	"github.com/neoforge-dev/neoforge/modules/content/library"
	"github.com/neoforge-dev/neoforge/modules/content/presence"
	"github.com/neoforge-dev/neoforge/modules/content/privacy"
	"github.com/neoforge-dev/neoforge/modules/content/profiles"
	"github.com/neoforge-dev/neoforge/modules/content/review"
	"github.com/neoforge-dev/neoforge/modules/content/sitepages"
	"github.com/neoforge-dev/neoforge/modules/content/studio"
	"github.com/neoforge-dev/neoforge/modules/content/tagging"
	"github.com/neoforge-dev/neoforge/ports/billingport"
	"github.com/neoforge-dev/neoforge/ports/blobs"
	"github.com/neoforge-dev/neoforge/ports/cache"
	"github.com/neoforge-dev/neoforge/ports/clock"
	"github.com/neoforge-dev/neoforge/ports/deps"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/ports/idgen"
	"github.com/neoforge-dev/neoforge/ports/mail"
	"github.com/neoforge-dev/neoforge/ports/mail/mailtemplate"
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
	Mail         mail.Sender
	Templates    *mailtemplate.Templates // of review.Mails, which has those of authorship, too
	Limiter      ratelimit.Limiter
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

// The rooms beside the use cases of posts, which are the app's as well.
type (
	Authorship = authorship.App
	Details    = details.App
	Presence   = presence.App
	Profiles   = profiles.App
	Privacy    = privacy.App
	Review     = review.App
	SitePages  = sitepages.Pages
	Studio     = studio.App
	Tagging    = tagging.App
)

// App is the use cases of content.
type App struct {
	*Authorship
	*Details
	*Presence
	*Privacy
	*Profiles
	*Review
	*SitePages
	*Studio
	*Tagging
	*Library
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
	related      cache.Values[[]content.Summary]
}

// Library is those of pictures.
type Library = library.App

// New returns the use cases, or an error that names every missing dependency.
func New(d Deps) (*App, error) {
	if err := deps.Check("contentapp", d); err != nil {
		return nil, err
	}
	tags, err := tagging.New(tagging.Deps{UnitOfWork: d.UnitOfWork, Reads: d.Reads, Cache: d.Cache, Clock: d.Clock, IDs: d.IDs})
	if err != nil {
		return nil, err
	}
	pages, err := sitepages.New(sitepages.Deps{UnitOfWork: d.UnitOfWork, Reads: d.Reads, Renderer: d.Renderer, Cache: d.Cache, Clock: d.Clock, IDs: d.IDs})
	if err != nil {
		return nil, err
	}
	pictures, err := library.New(library.Deps{
		UnitOfWork: d.UnitOfWork, Reads: d.Reads, Files: d.Files, Images: d.Images, Actors: d.Actors, Grants: d.Grants, Clock: d.Clock, IDs: d.IDs, Limits: d.MediaLimits,
	})
	if err != nil {
		return nil, err
	}
	authors, err := profiles.New(profiles.Deps{UnitOfWork: d.UnitOfWork, Reads: d.Reads, People: d.People, Cache: d.Cache, Clock: d.Clock, IDs: d.IDs})
	if err != nil {
		return nil, err
	}
	a := &App{
		SitePages: pages, Tagging: tags, Profiles: authors, Library: pictures,
		work: d.UnitOfWork, reads: d.Reads, renderer: d.Renderer, entitlements: d.Entitlements, grants: d.Grants, people: d.People, actors: d.Actors, limiter: d.Limiter,
		cache: d.Cache, clock: d.Clock, ids: d.IDs, slug: d.Slug, rerendered: d.Rerendered,
	}
	a.Details, err = details.New(details.Deps{UnitOfWork: d.UnitOfWork, Posts: a, MayChange: a.mayChange, Cache: d.Cache, Clock: d.Clock, IDs: d.IDs})
	if err != nil {
		return nil, err
	}
	a.Authorship, err = authorship.New(authorship.Deps{Reads: d.Reads, Posts: a, MayChange: a.mayChange, Change: a.change, People: d.People, Actors: d.Actors, Mail: d.Mail, Templates: d.Templates, Clock: d.Clock})
	if err != nil {
		return nil, err
	}
	if a.Presence, err = presence.New(presence.Deps{UnitOfWork: d.UnitOfWork, Reads: d.Reads, Posts: a, People: d.People, Clock: d.Clock}); err != nil {
		return nil, err
	}
	if a.Privacy, err = privacy.New(d.Reads); err != nil {
		return nil, err
	}
	a.Review, err = review.New(review.Deps{
		UnitOfWork: d.UnitOfWork, Reads: d.Reads, Posts: a, MayPublish: a.mayPublish, People: d.People, Actors: d.Actors, Mail: d.Mail, Templates: d.Templates, Clock: d.Clock, IDs: d.IDs,
	})
	if err != nil {
		return nil, err
	}
	a.Studio, err = studio.New(studio.Deps{UnitOfWork: d.UnitOfWork, Reads: d.Reads, Posts: a, Revise: a.reviseFew, Clock: d.Clock, IDs: d.IDs})
	return a, err
}

// reviseFew changes what of a post a bulk edit changes.
func (a *App) reviseFew(ctx context.Context, actor identityport.Actor, r studio.Revision) (content.Article, error) {
	return a.RevisePost(ctx, actor, RevisePost{ID: r.ID, Seen: r.Seen, Tags: r.Tags, Visibility: r.Visibility})
}
