package contenthttp_test

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/contenthttp"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/fiberhttptest"
	"github.com/neoforge-dev/neoforge/adapters/markdown"
	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/modules/content/contentapp"
	"github.com/neoforge-dev/neoforge/modules/content/studio"
	"github.com/neoforge-dev/neoforge/ports/billingport"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

const (
	id     = "01900000-0000-7000-8000-000000000001"
	secret = "only-for-subscribers"
)

var published = time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)

// fakeContent has one paid post of Ben's, which Cleo has paid for.
type fakeContent struct {
	contenthttp.UseCases
	post    content.PostState
	details content.PostDetails
	revised contentapp.RevisePost
	quicker int      // changes of others before the next ones
	written []string // keys
	since   bool     // the post of a key was saved since
	reads   int
	lists   int
	shares  []contentapp.PostShare
	shared  []contentapp.SharedPost
	sought  []contentapp.SearchPosts
	inMonth int // posts that were published in the month of the post, beside it
	feed    *content.PrivateFeed
	related []content.Summary
	said    content.Tag        // of every tag
	reader  identityport.Actor // as whom it is read
	noIndex bool
	mapped  []content.SitemapPost // pages
	bulk    func(c studio.BulkEdit) (studio.BulkResult, error)
}

func (f *fakeContent) BulkEdit(_ context.Context, _ identityport.Actor, c studio.BulkEdit) (studio.BulkResult, error) {
	return f.bulk(c)
}

func newFakeContent() *fakeContent {
	return &fakeContent{post: content.PostState{
		ID: id, Author: "u-ben", Kind: content.KindPost, Status: content.Published, PublishedAt: published, UpdatedAt: published, Version: 3,
		Text: content.Text{
			Slug: "inside", Title: `Inside <the> "forge"`, Excerpt: "An excerpt", Markdown: secret, Tags: []string{"steel", "größe"}, Visibility: content.Paid,
		},
		Rendered: content.Rendered{Body: "<p>" + secret + "</p>", Teaser: "<p>the teaser</p>", ReadingMinutes: 4},
	}}
}

func (f *fakeContent) article() content.Article {
	return content.Article{Post: f.post, Author: content.Author{User: "u-ben", Handle: "ben", Name: "Ben"}, Details: f.details}
}

func (f *fakeContent) ReadPost(_ context.Context, a identityport.Actor, slug string) (contentapp.Reading, error) {
	f.reads++
	if slug != "inside" {
		return contentapp.Reading{}, content.ErrPostNotFound
	}
	r := contentapp.Reading{Article: f.article(), Gate: content.GateFor(a, f.post, a.Name == "Cleo", content.NotShared)}
	r.Article.Post.Text.Markdown = ""
	if r.Gate != content.Open {
		r.Article.Post.Rendered.Body = ""
	}
	return r, nil
}

func (f *fakeContent) ReadersOf(_ context.Context, a identityport.Actor, slug string) (contentapp.Readers, error) {
	switch {
	case slug != "inside":
		return contentapp.Visitors, content.ErrPostNotFound
	case a.Name == "Cleo":
		return "subscribers", nil
	}
	return contentapp.Visitors, nil
}

func (f *fakeContent) ReadPostFor(ctx context.Context, readers contentapp.Readers, slug string) (contentapp.Reading, error) {
	if readers == "subscribers" {
		return f.ReadPost(ctx, fiberhttptest.Cleo(), slug)
	}
	return f.ReadPost(ctx, identityport.Actor{}, slug)
}

func (f *fakeContent) summary() content.Summary {
	p := f.post
	return content.Summary{
		ID: p.ID, Kind: p.Kind, Slug: p.Text.Slug, Title: p.Text.Title, Excerpt: p.Text.Excerpt, Teaser: p.Rendered.Teaser, Tags: p.Text.Tags,
		Visibility: p.Text.Visibility, Status: p.Status, AuthorHandle: "ben", AuthorName: "Ben", PublishedAt: p.PublishedAt, UpdatedAt: p.UpdatedAt, Version: p.Version,
		NoIndex: f.noIndex,
	}
}

func (f *fakeContent) ListPosts(_ context.Context, q contentapp.ListPosts) (contentapp.PostList, error) {
	f.lists++
	tag, _ := content.CleanTag(q.Tag)
	switch {
	case q.Kind == content.KindPage:
		return contentapp.PostList{}, nil
	case q.Cursor == "bad":
		return contentapp.PostList{}, content.ErrInvalidCursor
	case tag != "" && tag != "steel" && tag != "größe", q.Cursor != "":
		return contentapp.PostList{}, nil
	case q.Limit == 100:
		return contentapp.PostList{Items: []content.Summary{f.summary()}}, nil
	}
	said := f.said
	if said.Name = tag; tag == "" {
		said = content.Tag{}
	}
	return contentapp.PostList{Items: []content.Summary{f.summary()}, NextCursor: "n+1", Tag: said}, nil
}

func (f *fakeContent) PublishedPages(_ context.Context, skip, limit int) ([]content.SitemapPost, error) {
	pages := f.mapped[min(skip, len(f.mapped)):]
	return pages[:min(limit, len(pages))], nil
}

// MappedPerMonth implements contenthttp.UseCases: nothing of a post that is not to be indexed.
func (f *fakeContent) MappedPerMonth(ctx context.Context, year, most int) ([12]int, error) {
	if f.noIndex {
		return [12]int{}, nil
	}
	return f.PostsPerMonth(ctx, year, most)
}

func (f *fakeContent) PublicationSpan(context.Context) (first, last time.Time, err error) {
	return f.post.PublishedAt, f.post.PublishedAt, nil
}

func (f *fakeContent) PostsPerMonth(_ context.Context, year, most int) (counts [12]int, err error) {
	if year == f.post.PublishedAt.Year() {
		counts[f.post.PublishedAt.Month()-1] = min(f.inMonth+1, most)
	}
	return counts, nil
}

func (f *fakeContent) PublishedBetween(_ context.Context, from, until time.Time, skip, _ int) ([]content.SitemapPost, error) {
	if at := f.post.PublishedAt; at.Before(from) || !at.Before(until) || skip > f.inMonth || f.noIndex {
		return nil, nil
	}
	return []content.SitemapPost{{Slug: f.post.Text.Slug, UpdatedAt: f.post.UpdatedAt}}, nil
}

func (f *fakeContent) PublishedTags(_ context.Context, skip, _ int) ([]string, error) {
	return f.post.Text.Tags[min(skip, len(f.post.Text.Tags)):], nil
}

func (f *fakeContent) PublishedAuthors(_ context.Context, skip, _ int) ([]string, error) {
	if skip > 0 {
		return nil, nil
	}
	return []string{"ben"}, nil
}

func (f *fakeContent) Archived(_ context.Context, from, until time.Time, skip, limit int) (out []content.ArchivedPost, _ error) {
	if at := f.post.PublishedAt; at.Before(from) || !at.Before(until) {
		return nil, nil
	}
	for i := skip; i <= f.inMonth && len(out) < limit; i++ {
		out = append(out, content.ArchivedPost{Slug: f.post.Text.Slug, Title: f.post.Text.Title, Visibility: f.post.Text.Visibility, PublishedAt: f.post.PublishedAt})
	}
	return out, nil
}

func (f *fakeContent) RelatedPosts(context.Context, content.PostState) ([]content.Summary, error) {
	return f.related, nil
}

func (f *fakeContent) MakePrivateFeed(_ context.Context, a identityport.Actor) (content.PrivateFeed, string, error) {
	f.feed = &content.PrivateFeed{User: a.UserID, CreatedAt: published}
	return *f.feed, "HUSHHUSH", nil
}

func (f *fakeContent) PrivateFeed(context.Context, identityport.Actor) (content.PrivateFeed, error) {
	if f.feed == nil {
		return content.PrivateFeed{}, content.ErrPrivateFeedNotFound
	}
	return *f.feed, nil
}

func (f *fakeContent) RevokePrivateFeed(context.Context, identityport.Actor) error {
	f.feed = nil
	return nil
}

func (f *fakeContent) ReadPrivateFeed(ctx context.Context, secret string) (content.PrivateFeed, []contentapp.Reading, error) {
	if f.feed == nil || secret != "HUSHHUSH" {
		return content.PrivateFeed{}, nil, content.ErrPrivateFeedNotFound
	}
	reading, err := f.ReadPost(ctx, f.reader, f.post.Text.Slug)
	return *f.feed, []contentapp.Reading{reading}, err
}

func (f *fakeContent) Feed(context.Context) ([]content.Summary, error) {
	return []content.Summary{f.summary()}, nil
}

func (f *fakeContent) ReadAuthor(_ context.Context, handle string) (content.Author, error) {
	if handle != "ben" {
		return content.Author{}, content.ErrAuthorNotFound
	}
	return f.article().Author, nil
}

func (f *fakeContent) OpenPost(_ context.Context, a identityport.Actor, i content.PostID) (content.Article, error) {
	if i != id && !f.since || !content.MayEdit(a, f.post) {
		return content.Article{}, content.ErrPostNotFound
	}
	return f.article(), nil
}

func (f *fakeContent) RightsTo(_ context.Context, a identityport.Actor, p content.PostState) (contentapp.PostRights, error) {
	return contentapp.PostRights{Publish: content.MayPublish(a, p, content.NotShared), Share: content.MayEdit(a, p)}, nil
}

func (f *fakeContent) SharedPosts(context.Context, identityport.Actor) ([]contentapp.SharedPost, error) {
	return f.shared, nil
}

func (f *fakeContent) PostShares(_ context.Context, a identityport.Actor, _ content.PostID) (content.Article, []contentapp.PostShare, error) {
	if !content.MayEdit(a, f.post) {
		return content.Article{}, nil, content.ErrMayNotShare
	}
	return f.article(), f.shares, nil
}

func (f *fakeContent) SharePost(_ context.Context, _ identityport.Actor, _ content.PostID, email string, share content.Share, until time.Time) error {
	if !share.Valid() {
		return content.ErrUnknownShare
	}
	f.shares = append(f.shares, contentapp.PostShare{Person: identityport.Person{ID: "u-dan", Name: "Dan", Email: email}, Share: share, Until: until})
	return nil
}

func (f *fakeContent) UnsharePost(_ context.Context, _ identityport.Actor, _ content.PostID, user identityport.UserID) error {
	f.shares = slices.DeleteFunc(f.shares, func(s contentapp.PostShare) bool { return s.Person.ID == user })
	return nil
}

func (f *fakeContent) InReview(context.Context, identityport.Actor) (int, error) { return 0, nil }

func (f *fakeContent) ReviewOf(_ context.Context, p content.PostState, c content.WorkingCopy) (content.Review, error) {
	return content.Review{Text: content.TextUnderReview(p, c)}, nil
}

func (f *fakeContent) SavedViews(context.Context, identityport.Actor) ([]content.SavedView, error) {
	return nil, nil
}

func (f *fakeContent) ReadTag(_ context.Context, name string) (content.Tag, error) {
	clean, _ := content.CleanTag(name)
	return content.Tag{Name: clean}, nil
}

func (f *fakeContent) StudioPosts(_ context.Context, a identityport.Actor, _ studio.Query) (studio.List, error) {
	return studio.List{Items: []content.Summary{f.summary()}}, nil
}

func (f *fakeContent) WritePost(_ context.Context, a identityport.Actor, c contentapp.WritePost) (content.Article, error) {
	slug := c.Slug
	if slug == "" {
		slug = "made-from-title"
	}
	f.written = append(f.written, c.Key)
	if f.since {
		return content.Article{}, content.ErrPostChanged
	}
	text, err := content.Text{Slug: slug, Title: c.Title, Excerpt: c.Excerpt, Markdown: c.Markdown, Tags: c.Tags, Visibility: c.Visibility}.Clean()
	if err != nil {
		return content.Article{}, err
	}
	if slug == "taken" {
		return content.Article{}, content.ErrSlugTaken
	}
	f.post = content.PostState{ID: id, Author: a.UserID, Text: text, Status: content.Draft, Version: 1}
	return f.article(), nil
}

func (f *fakeContent) RevisePost(_ context.Context, _ identityport.Actor, c contentapp.RevisePost) (content.Article, error) {
	f.revised = c
	if f.quicker > 0 {
		f.quicker--
		f.post.Version++
	}
	if c.ID != id {
		return content.Article{}, content.ErrPostNotFound
	}
	if c.Seen != f.post.Version {
		return content.Article{}, content.ErrPostChanged
	}
	if c.Title != nil && *c.Title == "" {
		return content.Article{}, content.ErrInvalidPost.WithFields()
	}
	f.post.Version++
	return f.article(), nil
}

// SaveEdits is what the page of a draft sends.
func (f *fakeContent) SaveEdits(ctx context.Context, a identityport.Actor, c contentapp.SaveEdits) (content.WorkingCopy, error) {
	_, err := f.RevisePost(ctx, a, c.RevisePost)
	return content.WorkingCopy{}, err
}

func (f *fakeContent) ReadWorkingCopy(context.Context, identityport.Actor, content.PostID) (content.Article, content.WorkingCopy, error) {
	return f.article(), content.WorkingCopy{}, content.ErrWorkingCopyNotFound
}

func (f *fakeContent) WorkingCopyOf(context.Context, content.PostID) (content.WorkingCopy, error) {
	return content.WorkingCopy{}, nil
}

func (f *fakeContent) PublishPost(context.Context, identityport.Actor, content.PostID) (content.Article, error) {
	f.post.Status = content.Published
	return f.article(), nil
}

func (f *fakeContent) Preview(_ context.Context, _ identityport.Actor, markdown string, v content.Visibility) (content.Preview, error) {
	return content.Preview{
		Rendered: content.Rendered{Body: "<p>" + markdown + "</p>", Teaser: "<p>open to " + string(v) + "</p>", ReadingMinutes: 1},
		Warnings: []content.Warning{{Code: content.TagRemoved, Tag: "font"}},
	}, nil
}

func (f *fakeContent) PostRevisions(context.Context, identityport.Actor, content.PostID) ([]content.Revision, error) {
	return []content.Revision{{Post: id, Number: 3, Editor: "u-ben", SavedAt: published, Text: f.post.Text}}, nil
}

type offers struct{}

func (offers) OfferFor(_ context.Context, e billingport.Entitlement) (*billingport.Offer, error) {
	if e != billingport.ContentPaid {
		return nil, nil
	}
	return &billingport.Offer{PlanName: "Pro", Amount: 1200, Currency: "EUR"}, nil
}

func site(t *testing.T) (*fakeContent, fiberhttptest.Client, fiberhttp.Config) {
	t.Helper()
	f, settings := newFakeContent(), fiberhttptest.Settings(t)
	s := fiberhttptest.MustNew(t, settings)
	if err := contenthttp.Register(s, contenthttp.Deps{Content: f, Offers: offers{}, People: people{}, Markdown: markdown.FromHTML}); err != nil {
		t.Fatal(err)
	}
	// Another module's, which the gate and the map of the site lead to.
	s.Sitemap("/pricing")
	s.Page("GET", "/pricing", fiberhttp.Public(), func(context.Context, *fiberhttp.Request) (fiberhttp.Reply, error) {
		return fiberhttp.NoContent(), nil
	})
	return f, fiberhttptest.Serve(t, s), settings
}

func TestPosts_ShowAPaidBodyToTheEntitledOnly(t *testing.T) {
	t.Parallel()
	_, c, _ := site(t)
	// Cleo, who has paid, and Ben, who wrote it, read first: nothing of theirs may be left for visitors.
	for _, session := range []string{"cleo", "ben"} {
		for _, path := range []string{"/posts/inside", "/api/v1/posts/inside"} {
			if a := c.Get(path, session); !strings.Contains(a.Body, secret) || a.Header.Get("Cache-Control") != "private, no-store" {
				t.Errorf("%s reads at %s: %d %q", session, path, a.StatusCode, a.Header.Get("Cache-Control"))
			}
		}
	}
	for _, path := range []string{
		"/", "/posts", "/posts?tag=steel", "/posts/inside", "/tags/steel", "/authors/ben", "/feed.xml", "/rss.xml", "/feed.json", "/tags/steel/rss.xml", "/authors/ben/feed.json",
		"/posts/inside.md", "/llms.txt", "/sitemap.xml", "/sitemaps/posts-2026-03-1.xml", "/api/v1/posts", "/api/v1/posts/inside", "/api/v1/posts/" + id,
	} {
		for range 2 {
			if a := c.Get(path, "", "Accept", "text/html, application/json"); strings.Contains(a.Body, secret) {
				t.Errorf("a visitor reads it at %s", path)
			}
		}
	}
	page := c.Get("/posts/inside", "")
	for _, want := range []string{"the teaser", "/login?return_to=%2Fposts%2Finside", "/pricing?return_to=%2Fposts%2Finside", "Pro"} {
		if !strings.Contains(page.Body, want) {
			t.Errorf("the gated page lacks %q", want)
		}
	}
	if !strings.Contains(page.Body, "Inside &lt;the&gt;") || strings.Contains(page.Body, "<the>") {
		t.Error("the title is not escaped")
	}
}

func TestPost_ListsTheHeadingsThatItsReaderSees(t *testing.T) {
	t.Parallel()
	f, c, _ := site(t)
	f.post.Rendered.Body = `<h2 id="h-a">A</h2><h3 id="h-b">B &amp; C</h3><h2 id="h-hidden">` + secret + `</h2>`
	f.post.Rendered.Teaser = `<h2 id="h-a">A</h2><h3 id="h-b">B</h3>`
	whole, gated := c.Get("/posts/inside", "cleo").Body, c.Get("/posts/inside", "").Body
	if !strings.Contains(whole, `aria-label="Contents"`) || !strings.Contains(whole, `<a href="#h-b">B &amp; C</a>`) || !strings.Contains(whole, `<a href="#h-hidden">`) {
		t.Errorf("whole: %s", whole)
	}
	if strings.Contains(gated, `aria-label="Contents"`) || strings.Contains(gated, "h-hidden") {
		t.Errorf("gated: %s", gated)
	}
}

func TestPosts_AreCachedUntilTheyChange(t *testing.T) {
	t.Parallel()
	f, c, settings := site(t)
	first := c.Get("/posts/inside", "")
	if first.Header.Get("ETag") == "" || !strings.HasPrefix(first.Header.Get("Cache-Control"), "public") {
		t.Fatalf("%v", first.Header)
	}
	reads := f.reads
	if again := c.Get("/posts/inside", ""); again.Body != first.Body || f.reads != reads {
		t.Errorf("it was read again")
	}
	f.post.Text.Title = "Renamed"
	if err := settings.Cache.Invalidate(t.Context(), content.TagPost("inside")); err != nil {
		t.Fatal(err)
	}
	if again := c.Get("/posts/inside", ""); !strings.Contains(again.Body, "Renamed") {
		t.Error("it still shows the old title")
	}
}

func TestLists_LeadOnAndRefuseCursorsOfOthers(t *testing.T) {
	t.Parallel()
	_, c, _ := site(t)
	if a := c.Get("/posts", ""); !strings.Contains(a.Body, "/posts?cursor=n%2B1") {
		t.Error("no way to older posts")
	}
	if a := c.Get("/tags/gr%C3%B6%C3%9Fe", ""); a.StatusCode != 200 || !strings.Contains(a.Body, "/tags/gr%C3%B6%C3%9Fe?cursor=") {
		t.Errorf("%d", a.StatusCode)
	}
	for path, status := range map[string]int{
		"/posts?cursor=bad": 422, "/api/v1/posts?cursor=bad": 422, "/tags/nothing": 404, "/tags/Steel": 404, "/tags/%00": 400, "/tags/a%2Fb": 404, "/tags/%ff": 400,
		"/authors/nobody": 404, "/posts/missing": 404, "/api/v1/posts/missing": 404, "/api/v1/posts?limit=0": 422, "/api/v1/posts?limit=101": 422, "/api/v1/posts?limit=x": 422,
	} {
		if a := c.Get(path, ""); a.StatusCode != status {
			t.Errorf("%s: %d, want %d", path, a.StatusCode, status)
		}
	}
	var list struct {
		Items      []map[string]any
		NextCursor *string `json:"next_cursor"`
	}
	a := c.Get("/api/v1/posts", "")
	if err := json.Unmarshal([]byte(a.Body), &list); err != nil || len(list.Items) != 1 || list.NextCursor == nil || *list.NextCursor != "n+1" {
		t.Errorf("%v %s", err, a.Body)
	}
}

func TestListPosts_IsKeptAsBytesForEverybody(t *testing.T) {
	t.Parallel()
	f, c, settings := site(t)
	lists := func(path, session string, more ...string) (fiberhttptest.Answer, int) {
		before := f.lists
		a := c.Get(path, session, more...)
		return a, f.lists - before
	}
	first, n := lists("/api/v1/posts?limit=20", "")
	if n != 1 || first.Header.Get("ETag") == "" || !strings.HasPrefix(first.Header.Get("Cache-Control"), "public") {
		t.Fatalf("%d lists, %v", n, first.Header)
	}
	// What no cache may answer for is the operation's, which writes the same document.
	own, n := lists("/api/v1/posts?limit=20&limit=20", "")
	if n != 1 || own.Body != first.Body || own.Header.Get("Content-Type") != first.Header.Get("Content-Type") {
		t.Errorf("%d lists; the operation writes %q as %s, what is kept is %q as %s", n, own.Body, own.Header.Get("Content-Type"), first.Body, first.Header.Get("Content-Type"))
	}
	for path, want := range map[string]int{
		"/api/v1/posts?limit=20": 0, "/api/v1/posts?limit=20&utm=mail": 0, "/api/v1/posts?limit=2%30": 0,
		"/api/v1/posts?tag=nothing": 1, "/api/v1/posts?cursor=n1": 1, "/api/v1/posts?limit=020": 1,
		// A spelling that is not the one that is kept leads to the same posts, and is made each time.
		"/api/v1/posts?tag=STEEL": 1, "/api/v1/posts?tag=%20steel": 1, "/api/v1/posts?limit=21": 1, "/api/v1/posts?tag=" + strings.Repeat("x", 101): 0,
	} {
		if want > 0 {
			lists(path, "")
		}
		if a, n := lists(path, ""); n != want {
			t.Errorf("%s: %d lists, want %d (%d)", path, n, want, a.StatusCode)
		}
	}
	// Those who are signed in get the same bytes, and nobody between keeps them.
	for _, session := range []string{"cleo", "ben"} {
		a, n := lists("/api/v1/posts?limit=20", session)
		if n != 0 || a.Body != first.Body || a.Header.Get("Cache-Control") != "private, no-store" {
			t.Errorf("%s: %d lists, %q", session, n, a.Header.Get("Cache-Control"))
		}
	}
	if a := c.Do("GET", "/api/v1/posts?limit=20", "", "Authorization", "Bearer bad"); a.StatusCode != 401 {
		t.Errorf("a token that is not good: %d", a.StatusCode)
	}
	if a := c.Do("GET", "/api/v1/posts?limit=20", "", "If-None-Match", first.Header.Get("ETag")); a.StatusCode != 304 {
		t.Errorf("asked whether it is the same: %d", a.StatusCode)
	}
	f.post.Text.Title = "Renamed"
	if err := settings.Cache.Invalidate(t.Context(), content.TagPosts); err != nil {
		t.Fatal(err)
	}
	for _, session := range []string{"", "cleo"} {
		if a := c.Get("/api/v1/posts?limit=20", session); !strings.Contains(a.Body, "Renamed") {
			t.Errorf("%q still reads the old title", session)
		}
	}
}

func TestFeeds_AreWellFormed(t *testing.T) {
	t.Parallel()
	_, c, _ := site(t)
	var feed struct {
		XMLName xml.Name `xml:"http://www.w3.org/2005/Atom feed"`
		Entries []struct {
			ID    string `xml:"id"`
			Title string `xml:"title"`
			Link  struct {
				Href string `xml:"href,attr"`
			} `xml:"link"`
			Updated string `xml:"updated"`
			Content string `xml:"content"`
		} `xml:"entry"`
	}
	a := c.Get("/feed.xml", "")
	if err := xml.Unmarshal([]byte(a.Body), &feed); err != nil {
		t.Fatal(err)
	}
	if len(feed.Entries) != 1 || feed.Entries[0].ID != "urn:uuid:"+id || feed.Entries[0].Title != `Inside <the> "forge"` ||
		feed.Entries[0].Link.Href != "http://forge.test/posts/inside" || feed.Entries[0].Updated != "2026-03-01T09:00:00Z" || feed.Entries[0].Content != "<p>the teaser</p>" {
		t.Errorf("%+v", feed.Entries)
	}
	var m struct {
		URLs []struct {
			Location string `xml:"loc"`
		} `xml:"url"`
	}
	if err := xml.Unmarshal([]byte(c.Get("/sitemaps/posts-2026-03-1.xml", "").Body), &m); err != nil || len(m.URLs) != 1 || m.URLs[0].Location != "http://forge.test/posts/inside" {
		t.Errorf("%v %+v", err, m)
	}
	if a := c.Get("/robots.txt", ""); !strings.Contains(a.Body, "Sitemap: http://forge.test/sitemap.xml") {
		t.Error(a.Body)
	}
}

func TestFeed_SaysWhenAPostAppearedAndWhereItsLinksLead(t *testing.T) {
	t.Parallel()
	f, c, _ := site(t)
	f.post.Text.Excerpt = "If a < b, &amp; is <b>plain</b>"
	f.post.Rendered.Teaser = `<p><a href="/about?a=1&amp;b=2" title="href=&#34;/x&#34;">us</a> <a href="#fn:1">1</a> <img src="pictures/a.png" alt="&lt;a href=">` +
		` <a href="https://example.org/">away</a> <a href="mailto:ben@forge.test">mail</a> href="/text"</p>`
	type link struct {
		Rel  string `xml:"rel,attr"`
		Href string `xml:"href,attr"`
	}
	type text struct {
		Type string `xml:"type,attr"`
		Text string `xml:",chardata"`
	}
	var feed struct {
		Links   []link `xml:"link"`
		Entries []struct {
			Published string `xml:"published"`
			Links     []link `xml:"link"`
			Summary   text   `xml:"summary"`
			Content   text   `xml:"content"`
		} `xml:"entry"`
	}
	a := c.Get("/feed.xml", "")
	if err := xml.Unmarshal([]byte(a.Body), &feed); err != nil || len(feed.Entries) != 1 {
		t.Fatal(err, a.Body)
	}
	if want := []link{{"self", "http://forge.test/feed.xml"}, {"alternate", "http://forge.test/"}}; !slices.Equal(feed.Links, want) {
		t.Errorf("the feed leads to %v, want %v", feed.Links, want)
	}
	entry := feed.Entries[0]
	if entry.Published != published.UTC().Format(time.RFC3339) {
		t.Errorf("published %q", entry.Published)
	}
	if want := []link{{"alternate", "http://forge.test/posts/inside"}}; !slices.Equal(entry.Links, want) {
		t.Errorf("the entry leads to %v, want %v", entry.Links, want)
	}
	if want := (text{"text", f.post.Text.Excerpt}); entry.Summary != want {
		t.Errorf("the summary is %+v, want %+v", entry.Summary, want)
	}
	want := text{"html", `<p><a href="http://forge.test/about?a=1&amp;b=2" title="href=&#34;/x&#34;">us</a> <a href="http://forge.test/posts/inside#fn:1">1</a> ` +
		`<img src="http://forge.test/posts/pictures/a.png" alt="&lt;a href="> <a href="https://example.org/">away</a> <a href="mailto:ben@forge.test">mail</a> href="/text"</p>`}
	if entry.Content != want {
		t.Errorf("the text is\n%+v, want\n%+v", entry.Content, want)
	}
}

func form(version string, change func(url.Values)) url.Values {
	v := url.Values{
		"title": {"A title"}, "slug": {""}, "excerpt": {""}, "tags": {"Steel, on fire, "}, "visibility": {"public"}, "body_markdown": {"What was typed"}, "version": {version},
	}
	if change != nil {
		change(v)
	}
	return v
}

func TestStudio_WorksWithPlainForms(t *testing.T) {
	t.Parallel()
	f, c, _ := site(t)
	if a := c.Get("/studio", ""); a.StatusCode != 303 || a.Header.Get("Location") != "/login?return_to=%2Fstudio" {
		t.Errorf("a visitor: %d", a.StatusCode)
	}
	if a := c.Get("/studio", "cleo"); a.StatusCode != 403 {
		t.Errorf("a member: %d", a.StatusCode)
	}
	if a := c.Get("/studio", "ben"); a.StatusCode != 200 || !strings.Contains(a.Body, "/studio/posts/"+id) {
		t.Errorf("an author: %d", a.StatusCode)
	}
	made := c.Submit("/studio/posts", "ben", form("", func(v url.Values) { v.Set("intent", "save") }))
	if made.StatusCode != 303 || made.Header.Get("Location") != "/studio/posts/"+id || made.Cookie("flash").Value != "post-created" {
		t.Fatalf("%d %v", made.StatusCode, made.Header)
	}
	if tags := f.post.Text.Tags; len(tags) != 2 || tags[1] != "on-fire" || f.post.Text.Slug != "made-from-title" {
		t.Errorf("%+v", f.post.Text)
	}
	page := c.Do("GET", "/studio/posts/"+id, "", "Cookie", "session=ben; flash=post-created")
	if page.StatusCode != 200 || !strings.Contains(page.Body, "The draft is saved.") || !strings.Contains(page.Body, "What was typed") || page.Cookie("flash").Value != "" {
		t.Errorf("%d", page.StatusCode)
	}
	out := c.Submit("/studio/posts/"+id, "ben", form("1", func(v url.Values) { v.Set("intent", "publish") }))
	if out.StatusCode != 303 || out.Cookie("flash").Value != "post-published" || f.post.Status != content.Published || f.revised.Slug == nil || *f.revised.Slug != "" { // made anew, as the hint says
		t.Errorf("%d %v", out.StatusCode, out.Header)
	}
}

// The key of a new post stands in its form, and stays the same over everything that
// shows the form again, so that what is sent twice is one post.
func TestNewPost_KeepsItsKeyUntilItIsSaved(t *testing.T) {
	t.Parallel()
	f, c, _ := site(t)
	keyIn := func(a fiberhttptest.Answer) string {
		t.Helper()
		_, rest, _ := strings.Cut(a.Body, `name="idempotency_key" value="`)
		key, _, found := strings.Cut(rest, `"`)
		if !found || len(key) < 20 {
			t.Fatalf("no key in the form: %d", a.StatusCode)
		}
		return key
	}
	key := keyIn(c.Get("/studio/posts/new", "ben"))
	if again := keyIn(c.Get("/studio/posts/new", "ben")); again == key {
		t.Error("two new posts have one key")
	}
	sent := func(change ...string) url.Values {
		v := form("", nil)
		v.Set("idempotency_key", key)
		for i := 0; i < len(change); i += 2 {
			v.Set(change[i], change[i+1])
		}
		return v
	}
	for name, v := range map[string]url.Values{"refused": sent("title", ""), "a taken slug": sent("slug", "taken"), "a preview": sent("intent", "preview")} {
		if have := keyIn(c.Submit("/studio/posts", "ben", v)); have != key {
			t.Errorf("%s: the key became %q", name, have)
		}
	}
	if have := keyIn(c.Submit("/studio/posts", "ben", sent("title", "", "idempotency_key", strings.Repeat("k", 201)))); len(have) > 200 {
		t.Error("a key that cannot be one comes back")
	}
	f.written = nil
	for range 2 {
		if a := c.Submit("/studio/posts", "ben", sent("intent", "publish")); a.StatusCode != 303 {
			t.Errorf("%d", a.StatusCode)
		}
	}
	a := c.Do("POST", "/api/v1/posts", `{"title":"A","body_markdown":"x","visibility":"public"}`, "Content-Type", "application/json", "Cookie", "session=ben", "Sec-Fetch-Site", "same-origin", "Idempotency-Key", key)
	if a.StatusCode != 201 || !slices.Equal(f.written, []string{key, key, key}) {
		t.Errorf("%d, keys %q", a.StatusCode, f.written)
	}
	f.since = true
	a = c.Submit("/studio/posts", "ben", sent())
	if a.StatusCode != 412 || !strings.Contains(a.Body, "Somebody saved this post") || !strings.Contains(a.Body, "What was typed") || !strings.Contains(a.Body, `name="overwrite"`) {
		t.Errorf("saved since: %d %.300s", a.StatusCode, a.Body)
	}
	if a := c.Get("/studio/posts/"+id, "ben"); strings.Contains(a.Body, "idempotency_key") {
		t.Error("a post that is kept has a key")
	}
}

func TestStudio_ShowsWhatCannotBeSavedAsItWasTyped(t *testing.T) {
	t.Parallel()
	f, c, _ := site(t)
	a := c.Submit("/studio/posts", "ben", form("", func(v url.Values) { v.Set("title", "") }))
	if a.StatusCode != 422 || !strings.Contains(a.Body, "Give it a title.") || !strings.Contains(a.Body, "What was typed") {
		t.Errorf("no title: %d", a.StatusCode)
	}
	a = c.Submit("/studio/posts", "ben", form("", func(v url.Values) { v.Set("slug", "taken") }))
	if a.StatusCode != 409 || !strings.Contains(a.Body, "Another post, or a page, has this slug.") || !strings.Contains(a.Body, "What was typed") {
		t.Errorf("a taken slug: %d", a.StatusCode)
	}
	f.post = newFakeContent().post
	a = c.Submit("/studio/posts/"+id, "ben", form("2", nil))
	if a.StatusCode != 412 || !strings.Contains(a.Body, "What was typed") || !strings.Contains(a.Body, "Somebody saved this post") {
		t.Errorf("changed meanwhile: %d", a.StatusCode)
	}
	if a := c.Submit("/studio/posts/unknown", "ben", form("1", nil)); a.StatusCode != 404 {
		t.Errorf("no such post: %d", a.StatusCode)
	}
}

func TestStudio_SavesOverAnotherVersionWhenAsked(t *testing.T) {
	t.Parallel()
	f, c, _ := site(t)
	f.post.Version, f.post.Status = 7, content.Draft
	a := c.Submit("/studio/posts/"+id, "ben", form("2", nil))
	if a.StatusCode != 412 || !strings.Contains(a.Body, `name="overwrite" value="7"`) || f.post.Version != 7 {
		t.Fatalf("%d %.200s", a.StatusCode, a.Body)
	}
	a = c.Submit("/studio/posts/"+id, "ben", form("2", func(v url.Values) { v.Set("overwrite", "7") }))
	if a.StatusCode != 303 || f.revised.Seen != 7 || *f.revised.Markdown != "What was typed" {
		t.Errorf("%d, revised %+v", a.StatusCode, f.revised)
	}
	f.post.Version = 9 // saved once more meanwhile: asked again
	if a = c.Submit("/studio/posts/"+id, "ben", form("2", func(v url.Values) { v.Set("overwrite", "7") })); a.StatusCode != 412 || !strings.Contains(a.Body, `name="overwrite" value="9"`) {
		t.Errorf("%d", a.StatusCode)
	}
}

func TestStudio_PreviewsWhatEverybodyWillRead(t *testing.T) {
	t.Parallel()
	f, c, _ := site(t)
	before := f.post
	for _, path := range []string{"/studio/posts", "/studio/posts/" + id} {
		a := c.Submit(path, "ben", form("1", func(v url.Values) { v.Set("intent", "preview"); v.Set("visibility", "paid") }))
		if a.StatusCode != 200 || !strings.Contains(a.Body, "What everybody will read") || !strings.Contains(a.Body, "open to paid") || !strings.Contains(a.Body, "What was typed</textarea>") ||
			!strings.Contains(a.Body, "<li>&lt;font&gt; cannot be used here") {
			t.Errorf("%s: %d", path, a.StatusCode)
		}
	}
	if f.post.Version != before.Version || f.revised.Title != nil {
		t.Error("a preview saved something")
	}
	if a := c.JSON("POST", "/api/v1/posts/preview", "ben", `{"body_markdown":"hello","visibility":"members"}`); a.StatusCode != 200 || !strings.Contains(a.Body, `open to members`) || !strings.Contains(a.Body, `"code":"tag_removed","tag":"font","message":"`) {
		t.Errorf("%d %s", a.StatusCode, a.Body)
	}
}

func TestStudio_GivesTheTextBackToWhoIsSignedOut(t *testing.T) {
	t.Parallel()
	_, c, _ := site(t)
	typed := form("1", func(v url.Values) { v.Set("body_markdown", "A long text\n\n<b>typed</b>"); v.Set("intent", "publish") })
	for _, session := range []string{"", "nobody"} {
		a := c.Submit("/studio/posts/"+id, session, typed)
		for _, want := range []string{`action="/studio/posts/` + id + `"`, "A long text\n\n&lt;b&gt;typed&lt;/b&gt;", `name="intent" value="publish"`, "/login?return_to="} {
			if a.StatusCode != 401 || !strings.Contains(a.Body, want) {
				t.Errorf("%q: %d, without %s", session, a.StatusCode, want)
			}
		}
	}
}

func TestAPI_ChangesAPostOnlyFromAKnownVersion(t *testing.T) {
	t.Parallel()
	f, c, _ := site(t)
	made := c.JSON("POST", "/api/v1/posts", "ben", `{"title":"T","body_markdown":"B","visibility":"public"}`)
	if made.StatusCode != 201 || made.Header.Get("Location") != "/api/v1/posts/"+id || made.Header.Get("ETag") != `"1"` {
		t.Fatalf("%d %v %s", made.StatusCode, made.Header, made.Body)
	}
	opened := c.Get(made.Header.Get("Location"), "ben")
	if opened.StatusCode != 200 || opened.Header.Get("ETag") != `"1"` || !strings.Contains(opened.Body, `"body_markdown":"B"`) {
		t.Errorf("%d %s", opened.StatusCode, opened.Body)
	}
	change := func(ifMatch ...string) fiberhttptest.Answer {
		return c.JSON("PATCH", "/api/v1/posts/"+id, "ben", `{"title":"New"}`, ifMatch...)
	}
	if a := change(); a.StatusCode != 428 {
		t.Errorf("without If-Match: %d", a.StatusCode)
	}
	for _, tag := range []string{`"9"`, `"x"`, `W/"1"`, `"01"`, `1`, `"8", "9"`, `W/"1", "9"`, `"9", *`, `"1`, `W/*`} {
		if a := change("If-Match", tag); a.StatusCode != 412 || !strings.Contains(a.Body, "content.post_changed") {
			t.Errorf("If-Match %s: %d %s", tag, a.StatusCode, a.Body)
		}
	}
	if a := change("If-Match", `"1"`); a.StatusCode != 200 || a.Header.Get("ETag") != `"2"` || f.revised.Markdown != nil || *f.revised.Title != "New" {
		t.Errorf("%d %v", a.StatusCode, a.Header)
	}
	for n, tag := range []string{`*`, `"3"`, `"9", "4"`, `W/"5", "5"`, ` "6" ,, "7"`, `"7-gzip"`} {
		if a := change("If-Match", tag); a.StatusCode != 200 || a.Header.Get("ETag") != fiberhttp.ETagOf(n+3) {
			t.Errorf("If-Match %s: %d %v", tag, a.StatusCode, a.Header)
		}
	}
	if a := c.JSON("PATCH", "/api/v1/posts/"+strings.Replace(id, "0", "9", 1), "ben", `{"title":"New"}`, "If-Match", "*"); a.StatusCode != 404 {
		t.Errorf("any version of nothing: %d", a.StatusCode)
	}
	f.quicker = 2 // others save between the look and the change
	if a := change("If-Match", "*"); a.StatusCode != 200 {
		t.Errorf("any version while others save: %d", a.StatusCode)
	}
	f.quicker = 1
	if a := change("If-Match", `"1", "`+strconv.Itoa(f.post.Version)+`"`); a.StatusCode != 412 {
		t.Errorf("one of two versions while others save: %d", a.StatusCode)
	}
	f.quicker = 0
	if a := c.JSON("PATCH", "/api/v1/posts/"+id, "ben", `{"author":"me"}`, "If-Match", `"2"`); a.StatusCode != 422 {
		t.Errorf("a field that is not there: %d", a.StatusCode)
	}
	if a := c.JSON("POST", "/api/v1/posts", "ben", `{"title":"T","body_markdown":"B","visibility":"secret"}`); a.StatusCode != 422 || !strings.Contains(a.Body, `"field":"visibility"`) {
		t.Errorf("%d %s", a.StatusCode, a.Body)
	}
	if a := c.JSON("POST", "/api/v1/posts", "cleo", `{"title":"T","body_markdown":"B","visibility":"public"}`); a.StatusCode != 403 || !strings.Contains(a.Body, "identity.forbidden") {
		t.Errorf("a member: %d %s", a.StatusCode, a.Body)
	}
	if a := c.JSON("POST", "/api/v1/posts/"+id+"/publish", "ben", ""); a.StatusCode != 200 || !strings.Contains(a.Body, `"status":"published"`) {
		t.Errorf("%d %s", a.StatusCode, a.Body)
	}
	if a := c.JSON("POST", "/api/v1/posts/preview", "ben", `{"body_markdown":"hello"}`); a.StatusCode != 200 || !strings.Contains(a.Body, `"html":"<p>hello</p>"`) {
		t.Errorf("%d %s", a.StatusCode, a.Body)
	}
	if a := c.Get("/api/v1/posts/"+id+"/revisions", "ben"); a.StatusCode != 200 || !strings.Contains(a.Body, `"number":3`) {
		t.Errorf("%d %s", a.StatusCode, a.Body)
	}
	if large := `{"title":"T","visibility":"public","body_markdown":"` + strings.Repeat("a", 500_000) + `"}`; c.JSON("POST", "/api/v1/posts", "ben", large).StatusCode != 201 {
		t.Error("a long text is refused")
	}
}

// people is a directory in which everybody is Ada.
type people struct{ identityport.Directory }

func (people) Person(_ context.Context, id identityport.UserID) (identityport.Person, error) {
	return identityport.Person{ID: id, Name: "Ada"}, nil
}

func TestSharing_IsGivenAndTakenBackBesideThePost(t *testing.T) {
	t.Parallel()
	f, c, _ := site(t)
	path := "/studio/posts/" + id + "/sharing"
	if a := c.Get("/studio/posts/"+id, "ben"); !strings.Contains(a.Body, `href="`+path+`"`) {
		t.Error("the post does not lead to it")
	}
	if a := c.Get(path, "cleo"); a.StatusCode != 403 {
		t.Errorf("a member: %d", a.StatusCode)
	}
	with := func(email, share, until string) url.Values {
		return url.Values{"email": {email}, "share": {share}, "until": {until}}
	}
	for _, c := range []struct {
		name string
		form url.Values
		says string
	}{
		{"no day", with("dan@forge.test", "edit", "tomorrow"), "This is no day."},
		{"nothing that can be given", with("dan@forge.test", "everything", ""), content.ErrUnknownShare.Message},
	} {
		_, client, _ := site(t)
		if a := client.Submit(path, "ben", c.form); a.StatusCode != 422 || !strings.Contains(a.Body, c.says) || !strings.Contains(a.Body, `value="dan@forge.test"`) {
			t.Errorf("%s: %d", c.name, a.StatusCode)
		}
	}
	a := c.Submit(path, "ben", with("dan@forge.test", "publish", "2027-03-04"))
	if a.StatusCode != 303 || a.Header.Get("Location") != path || a.Cookie("flash").Value != "post-shared" {
		t.Fatalf("%d %v", a.StatusCode, a.Header)
	}
	// The day itself is part of it.
	if len(f.shares) != 1 || !f.shares[0].Until.Equal(time.Date(2027, 3, 5, 0, 0, 0, 0, time.UTC)) || f.shares[0].Share != content.SharePublish {
		t.Errorf("%+v", f.shares)
	}
	page := c.Get(path, "ben")
	for _, want := range []string{"dan@forge.test", "may publish it", "4 March 2027", path + "/u-dan/remove"} {
		if !strings.Contains(page.Body, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if a := c.Submit(path+"/u-dan/remove", "ben", url.Values{}); a.StatusCode != 303 || a.Cookie("flash").Value != "post-unshared" || len(f.shares) != 0 {
		t.Errorf("%d, left %+v", a.StatusCode, f.shares)
	}
}

func TestStudio_ListsWhatOthersShare(t *testing.T) {
	t.Parallel()
	f, c, _ := site(t)
	until := time.Date(2027, 3, 5, 0, 0, 0, 0, time.UTC)
	f.shared = []contentapp.SharedPost{
		{Summary: content.Summary{ID: "edited", Title: "Edited by two", AuthorName: "Dan", Status: content.Draft}, Share: content.ShareEdit, Until: until},
		{Summary: content.Summary{ID: "read", Slug: "read-whole", Title: "Read whole", Status: content.Published}, Share: content.ShareRead},
		{Summary: content.Summary{ID: "unseen", Slug: "unseen", Title: "Not out yet", Status: content.Draft}, Share: content.ShareRead},
	}
	page := c.Get("/studio", "ben").Body
	for _, want := range []string{`href="/studio/posts/edited"`, "You may edit it", "4 March 2027", `href="/posts/read-whole"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the studio lacks %s", want)
		}
	}
	if strings.Contains(page, "Not out yet") || strings.Contains(c.Get("/studio?cursor=x", "ben").Body, "Edited by two") {
		t.Error("it lists what cannot be opened, or lists it on every page")
	}
	f.shared[0].InReview, f.shared[1].InReview = true, true // of what is shared to be read, nobody waits for them
	if page := c.Get("/studio?status=draft", "ben").Body; !strings.Contains(page, "Waiting for review: 1<") || strings.Contains(page, "Edited by two") {
		t.Errorf("what is shared and waits is not counted: %s", page)
	}
	if page := c.Get("/studio?review=waiting", "ben").Body; !strings.Contains(page, "Edited by two") || strings.Contains(page, "Read whole") {
		t.Errorf("what is shared and waits is not listed: %s", page)
	}
}
