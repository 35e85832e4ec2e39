// Package contenthttp is content over HTTP: the pages that everybody reads, the
// studio in which posts are written, feeds, the map of the site, and the API.
//
// It promises that what caches keep is what a visitor may read, that the studio
// works without script, and that nobody's text is lost: a form that cannot be
// saved comes back with what was typed, and a save over somebody else's is refused
// with both at hand.
package contenthttp

import (
	"context"
	"net/http"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/modules/content/contentapp"
	"github.com/neoforge-dev/neoforge/ports/billingport"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/web/pages/layout"
)

// UseCases is what the routes ask of content.
type UseCases interface {
	ShareUseCases
	LifeUseCases
	PreviewLinkUseCases
	SitePageUseCases
	SearchUseCases
	MediaUseCases
	ListPosts(ctx context.Context, q contentapp.ListPosts) (contentapp.PostList, error)
	ReadPost(ctx context.Context, actor identityport.Actor, slug string) (contentapp.Reading, error)
	ReadersOf(ctx context.Context, actor identityport.Actor, slug string) (contentapp.Readers, error)
	ReadPostFor(ctx context.Context, readers contentapp.Readers, slug string) (contentapp.Reading, error)
	ReadAuthor(ctx context.Context, handle string) (content.Author, error)
	WritePost(ctx context.Context, actor identityport.Actor, c contentapp.WritePost) (content.Article, error)
	RevisePost(ctx context.Context, actor identityport.Actor, c contentapp.RevisePost) (content.Article, error)
	PublishPost(ctx context.Context, actor identityport.Actor, id content.PostID) (content.Article, error)
	UnpublishPost(ctx context.Context, actor identityport.Actor, id content.PostID) (content.Article, error)
	OpenPost(ctx context.Context, actor identityport.Actor, id content.PostID) (content.Article, error)
	WrittenPosts(ctx context.Context, actor identityport.Actor, status content.Status, cursor string, limit int) (contentapp.PostList, error)
	PostRevisions(ctx context.Context, actor identityport.Actor, id content.PostID) ([]content.Revision, error)
	Preview(ctx context.Context, actor identityport.Actor, markdown string, v content.Visibility) (content.Preview, error)
	Feed(ctx context.Context) ([]content.Summary, error)
}

var _ UseCases = (*contentapp.App)(nil)

// Deps is what the routes need.
type Deps struct {
	Content UseCases
	Offers  billingport.Offers // what is sold, for the offer beside a paid post
	People  identityport.Directory
	// PageRead and APIRead are called for each published post that was read as a page or by
	// the API, as [fiberhttp.Counted] says; nil counts nothing.
	PageRead func() `deps:"optional"`
	APIRead  func() `deps:"optional"`
}

type routes struct {
	Deps
	server *fiberhttp.Server
}

// maxPost bounds a request that carries a post: half a megabyte of Markdown, in
// the widest encoding that a form has for it.
const maxPost = 2 << 20

// Register adds content's routes. It fails when a dependency is missing.
func Register(s *fiberhttp.Server, d Deps) error {
	if err := s.Require("contenthttp", d); err != nil {
		return err
	}
	h := &routes{Deps: d, server: s}
	s.Flashes(map[string]layout.Flash{
		"post-created":     {Kind: layout.FlashSuccess, Message: "The draft is saved."},
		"post-saved":       {Kind: layout.FlashSuccess, Message: "Saved."},
		"post-published":   {Kind: layout.FlashSuccess, Message: "Published: readers can open it now."},
		"post-unpublished": {Kind: layout.FlashNotice, Message: "Unpublished: it is a draft again."},
		"post-scheduled":   {Kind: layout.FlashSuccess, Message: "Scheduled: readers can open it from that moment on."},
		"post-unscheduled": {Kind: layout.FlashNotice, Message: "No longer scheduled: it is a draft."},
		"post-archived":    {Kind: layout.FlashNotice, Message: "Archived: it is kept, and nobody else can open it."},
		"post-trashed":     {Kind: layout.FlashNotice, Message: "In the trash. It is deleted for good after 30 days."},
		"post-restored":    {Kind: layout.FlashSuccess, Message: "Restored: it is a draft."},
		"post-deleted":     {Kind: layout.FlashNotice, Message: "Deleted for good."},
		"preview-revoked":  {Kind: layout.FlashNotice, Message: "Taken back: the preview link opens nothing any more."},
		"post-shared":      {Kind: layout.FlashSuccess, Message: "Offered: whoever has this address gets a mail, and is listed once they accept."},
		"post-unshared":    {Kind: layout.FlashNotice, Message: "Taken back. They are told by a mail."},
	})
	h.api() // the most asked first: routes of one prefix are tried in order

	s.Page(http.MethodGet, "/", fiberhttp.Public(), h.home, fiberhttp.Cached(tagged(content.TagPosts, billingport.TagPlans)))
	s.Page(http.MethodGet, "/posts", fiberhttp.Public(), h.posts, fiberhttp.Cached(tagged(content.TagPosts), "tag", "cursor"))
	s.Page(http.MethodGet, "/posts/{slug}", fiberhttp.Public(), h.post, fiberhttp.Cached(postTags), fiberhttp.Counted(h.PageRead))
	s.Page(http.MethodGet, "/tags/{tag}", fiberhttp.Public(), h.tag, fiberhttp.Cached(tagged(content.TagPosts), "cursor"))
	s.Page(http.MethodGet, "/authors/{handle}", fiberhttp.Public(), h.author, fiberhttp.Cached(tagged(content.TagPosts), "cursor"))
	s.Page(http.MethodGet, "/feed.xml", fiberhttp.Public(), h.feed, fiberhttp.Cached(tagged(content.TagPosts)))
	s.Page(http.MethodGet, "/sitemap.xml", fiberhttp.Public(), h.sitemap, fiberhttp.Cached(tagged(content.TagPosts)))

	h.searching()
	h.sitePages()
	h.mediaPages()

	write := fiberhttp.Permitted(content.PermissionWrite)
	s.Page(http.MethodGet, "/studio", write, h.studio)
	s.Page(http.MethodGet, "/studio/posts/new", write, h.newPost)
	s.Page(http.MethodGet, "/studio/share", fiberhttp.SignedIn(), h.share)
	s.Page(http.MethodPost, "/studio/share", fiberhttp.SignedIn(), h.share, fiberhttp.MaxBody(maxPost), fiberhttp.PreservesForm(),
		fiberhttp.FromBrowser("what a person shares with the installed site; fills a form and saves nothing"))
	s.Page(http.MethodPost, "/studio/posts", write, h.createPost, fiberhttp.MaxBody(maxPost), fiberhttp.PreservesForm())
	s.Page(http.MethodGet, "/studio/posts/{id}", write, h.editPost)
	s.Page(http.MethodPost, "/studio/posts/{id}", write, h.savePost, fiberhttp.MaxBody(maxPost), fiberhttp.PreservesForm())
	h.sharingPages()
	h.lifePages()
	h.previewLinkPages()
	return nil
}

func tagged(tags ...string) func(*fiberhttp.Request) []string {
	return func(*fiberhttp.Request) []string { return tags }
}

func postTags(r *fiberhttp.Request) []string {
	return []string{content.TagPost(r.Param("slug")), content.TagBylines, billingport.TagPlans}
}
