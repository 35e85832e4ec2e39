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
	LifecycleUseCases
	PreviewLinkUseCases
	WorkingCopyUseCases
	RevisionUseCases
	StudioUseCases
	TagUseCases
	DetailUseCases
	AuthorshipUseCases
	PresenceUseCases
	ReviewUseCases
	SitePageUseCases
	SearchUseCases
	SitemapUseCases
	ArchiveUseCases
	PrivateFeedUseCases
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
	Preview(ctx context.Context, actor identityport.Actor, markdown string, v content.Visibility) (content.Preview, error)
	Feed(ctx context.Context) ([]content.Summary, error)
}

var _ UseCases = (*contentapp.App)(nil)

// Deps is what the routes need.
type Deps struct {
	Content UseCases
	Offers  billingport.Offers // what is sold, for the offer beside a paid post
	People  identityport.Directory
	// Markdown writes what a page shows of a post as Markdown.
	Markdown func(html string) (string, error)
	// Frames are the origins of the frames in which links of a text can be opened, by the key
	// of their provider; those of others stay links.
	Frames map[string]string `deps:"optional"`
	// Cards are the pictures of posts that have no cover, for where they are shared; nil: they
	// have none.
	Cards CardUseCases `deps:"optional"`
	// PageRead and APIRead are called for each published post that was read as a page or by
	// the API, as [fiberhttp.Counted] says; nil counts nothing.
	PageRead func() `deps:"optional"`
	APIRead  func() `deps:"optional"`
}

type routes struct {
	Deps
	server  *fiberhttp.Server
	written writtenPosts
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
		"post-created":      {Kind: layout.FlashSuccess, Message: "The draft is saved."},
		"post-saved":        {Kind: layout.FlashSuccess, Message: "Saved."},
		"post-published":    {Kind: layout.FlashSuccess, Message: "Published: readers can open it now."},
		"post-unpublished":  {Kind: layout.FlashNotice, Message: "Unpublished: it is a draft again."},
		"changes-saved":     {Kind: layout.FlashSuccess, Message: "Saved. Readers see the earlier text until you publish the changes."},
		"changes-restored":  {Kind: layout.FlashSuccess, Message: "Brought back. Readers see the published text until you publish the changes."},
		"revision-restored": {Kind: layout.FlashSuccess, Message: "Brought back: this is the draft's text now."},
		"changes-published": {Kind: layout.FlashSuccess, Message: "Published: readers see the changes now."},
		"changes-discarded": {Kind: layout.FlashNotice, Message: "Discarded: this is the text that readers see."},
		"post-scheduled":    {Kind: layout.FlashSuccess, Message: "Scheduled: readers can open it from that moment on."},
		"post-unscheduled":  {Kind: layout.FlashNotice, Message: "No longer scheduled: it is a draft."},
		"post-archived":     {Kind: layout.FlashNotice, Message: "Archived: it is kept, and nobody else can open it."},
		"post-trashed":      {Kind: layout.FlashNotice, Message: "In the trash. It is deleted for good after 30 days."},
		"post-restored":     {Kind: layout.FlashSuccess, Message: "Restored: it is a draft."},
		"post-deleted":      {Kind: layout.FlashNotice, Message: "Deleted for good."},
		"review-asked":      {Kind: layout.FlashSuccess, Message: "Asked: who may publish it finds it in their studio."},
		"review-approved":   {Kind: layout.FlashSuccess, Message: "Approved. Who asked is told by a mail."},
		"review-sent-back":  {Kind: layout.FlashNotice, Message: "Sent back. Who asked is told by a mail."},
		"preview-revoked":   {Kind: layout.FlashNotice, Message: "Taken back: the preview link opens nothing any more."},
		"feed-revoked":      {Kind: layout.FlashNotice, Message: "Taken back: the addresses of your private feed open nothing any more."},
		"post-shared":       {Kind: layout.FlashSuccess, Message: "Offered: whoever has this address gets a mail, and is listed once they accept."},
		"post-unshared":     {Kind: layout.FlashNotice, Message: "Taken back. They are told by a mail."},
		"details-saved":     {Kind: layout.FlashSuccess, Message: "Saved: search engines and other sites are told this from now on."},
		"authors-saved":     {Kind: layout.FlashSuccess, Message: "Saved."},
		"authors-left":      {Kind: layout.FlashNotice, Message: "You are no longer one of its authors."},
		"tag-saved":         {Kind: layout.FlashSuccess, Message: "Saved."},
		"tag-renamed":       {Kind: layout.FlashSuccess, Message: "Done. The old name leads here from now on."},
		"tag-name-freed":    {Kind: layout.FlashNotice, Message: "Freed: the name leads nowhere, and can be a tag again."},
		"view-saved":        {Kind: layout.FlashSuccess, Message: "Kept: the view is above the list from now on."},
		"view-deleted":      {Kind: layout.FlashNotice, Message: "The view is deleted. The posts are as they were."},
	})
	h.api() // the most asked first: routes of one prefix are tried in order

	s.Page(http.MethodGet, "/", fiberhttp.Public(), h.home, fiberhttp.Cached(tagged(content.TagPosts, billingport.TagPlans)))
	s.Page(http.MethodGet, "/posts", fiberhttp.Public(), h.posts, fiberhttp.Cached(tagged(content.TagPosts), "tag", "cursor"))
	s.Page(http.MethodGet, "/posts/{slug}", fiberhttp.Public(), h.post, fiberhttp.Cached(postTags), fiberhttp.ShownTags(h.shownTags), fiberhttp.Counted(h.PageRead),
		fiberhttp.Alternative(markdownType, markdownExtension, h.markdown))
	s.Page(http.MethodGet, "/pages/{slug}", fiberhttp.Public(), h.post, fiberhttp.Cached(postTags), fiberhttp.ShownTags(h.shownTags), fiberhttp.Counted(h.PageRead),
		fiberhttp.Alternative(markdownType, markdownExtension, h.markdown))
	s.Page(http.MethodGet, "/tags/{tag}", fiberhttp.Public(), h.tag, fiberhttp.Cached(tagged(content.TagPosts), "cursor"))
	s.Page(http.MethodGet, "/authors/{handle}", fiberhttp.Public(), h.author, fiberhttp.Cached(tagged(content.TagPosts), "cursor"))
	s.Page(http.MethodGet, "/llms.txt", fiberhttp.Public(), h.llms, fiberhttp.Cached(tagged(content.TagPosts)))
	h.cardPages()
	h.feeds()
	h.privateFeeds()
	h.sitemaps()
	h.archive()
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
	h.reviewPages()
	h.detailsPages()
	h.authorPages()
	h.coverPages()
	h.tagPages()
	h.studioPages()
	h.previewLinkPages()
	h.revisionPages()
	return nil
}

func tagged(tags ...string) func(*fiberhttp.Request) []string {
	return func(*fiberhttp.Request) []string { return tags }
}

func postTags(r *fiberhttp.Request) []string {
	return []string{content.TagPost(slugOf(r)), content.TagBylines, billingport.TagPlans}
}

// shownTags are those of the posts that a post's page names: they are of its tags.
func (h *routes) shownTags(ctx context.Context, r *fiberhttp.Request) ([]string, error) {
	reading, err := h.read(ctx, r)
	if err != nil {
		return nil, err
	}
	return relatedTags(reading.Article.Post), nil
}

func relatedTags(p content.PostState) []string {
	if p.Kind == content.KindPage {
		return nil // nothing is related to it
	}
	out := make([]string, len(p.Text.Tags))
	for i, tag := range p.Text.Tags {
		out[i] = content.TagTagged(tag)
	}
	return out
}
