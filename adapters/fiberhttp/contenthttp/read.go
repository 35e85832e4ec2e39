package contenthttp

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/modules/content/contentapp"
	"github.com/neoforge-dev/neoforge/ports/billingport"
	"github.com/neoforge-dev/neoforge/ports/textform"
	"github.com/neoforge-dev/neoforge/web/pages/contentpages"
	"github.com/neoforge-dev/neoforge/web/pages/layout"
)

const (
	homePosts = 7
	listPosts = 20
	listTags  = 10
)

func (h *routes) home(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	newest, err := h.Content.Feed(ctx)
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	v := contentpages.HomeView{
		Page: h.server.View(r, fiberhttp.View{
			Description: "Writing about building software, by the people of " + h.server.SiteName() + ".", Canonical: "/",
			OpenGraph: &layout.OpenGraph{},
		}),
		Posts: summaries(newest[:min(len(newest), homePosts)]),
		Tags:  tagsOf(newest, ""),
	}
	if v.Offer, err = h.offer(ctx); err != nil {
		return fiberhttp.Reply{}, err
	}
	return fiberhttp.HTML(contentpages.Home(v)), nil
}

func (h *routes) posts(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	return h.list(ctx, r, listing{tag: r.Query("tag")})
}

func (h *routes) tag(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	tag := r.Param("tag")
	if tag == "" {
		return fiberhttp.Reply{}, content.ErrTagNotFound
	}
	return h.list(ctx, r, listing{tag: tag})
}

func (h *routes) author(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	a, err := h.Content.ReadAuthor(ctx, r.Param("handle"))
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	// That somebody writes is theirs to tell, by publishing.
	published, err := h.Content.ListPosts(ctx, contentapp.ListPosts{Author: a.Handle, Limit: listPosts})
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	if len(published.Items) == 0 {
		return fiberhttp.Reply{}, content.ErrAuthorNotFound
	}
	if a.Handle != r.Param("handle") {
		// Whoever left a handle may go back to it, so nobody keeps this answer.
		to := authorPath(a.Handle)
		if cursor := r.Query("cursor"); cursor != "" {
			to += "?cursor=" + url.QueryEscape(cursor)
		}
		return fiberhttp.Redirect(to).Status(http.StatusMovedPermanently), nil
	}
	return h.list(ctx, r, listing{author: a})
}

// listing is which posts a list shows: all, those of a tag, or those of an author.
type listing struct {
	tag    string
	author content.Author
}

func (l listing) path() string {
	switch {
	case l.author.Handle != "":
		return authorPath(l.author.Handle)
	case l.tag != "":
		return tagPath(l.tag)
	}
	return "/posts"
}

func (h *routes) list(ctx context.Context, r *fiberhttp.Request, l listing) (fiberhttp.Reply, error) {
	if cleaned, ok := content.CleanTag(l.tag); l.tag != "" && (!ok || cleaned != l.tag) {
		return fiberhttp.Reply{}, content.ErrTagNotFound
	}
	cursor := r.Query("cursor")
	found, err := h.Content.ListPosts(ctx, contentapp.ListPosts{Tag: l.tag, Author: l.author.Handle, Cursor: cursor, Limit: listPosts})
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	if l.tag != "" && found.Tag.Name != "" && found.Tag.Name != l.tag { // the name may be a tag of its own again, so nobody keeps this answer
		to := tagPath(found.Tag.Name)
		if cursor != "" {
			to += "?cursor=" + url.QueryEscape(cursor)
		}
		return fiberhttp.Redirect(to).Status(http.StatusMovedPermanently), nil
	}
	if l.tag != "" && len(found.Items) == 0 {
		if err := h.tagExists(ctx, l.tag, cursor); err != nil {
			return fiberhttp.Reply{}, err
		}
	}
	newest, err := h.Content.Feed(ctx)
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	heading, title, intro := "Posts", "Posts", ""
	switch {
	case l.author.Handle != "":
		heading, title, intro = l.author.Name, "Posts by "+l.author.Name, "Everything that "+l.author.Name+" has published here."
	case l.tag != "":
		heading, title, intro = found.Tag.Heading(), "Posts about "+found.Tag.Heading(), found.Tag.Description
	}
	description := title + " on " + h.server.SiteName() + "."
	if found.Tag.Description != "" {
		description = found.Tag.Description
	}
	canonical := l.path()
	if cursor != "" {
		canonical = ""
	}
	v := contentpages.PostsView{
		Page: h.server.View(r, fiberhttp.View{
			Title: title, Description: description, Nav: "/posts", Canonical: canonical,
			OpenGraph: &layout.OpenGraph{}, Alternates: l.alternates(title),
		}),
		Heading: heading, Intro: intro, Tags: tagsOf(newest, l.tag), Posts: summaries(found.Items),
	}
	if cursor != "" {
		v.NewestURL = l.path()
	}
	if found.NextCursor != "" {
		v.OlderURL = l.path() + "?cursor=" + url.QueryEscape(found.NextCursor)
	}
	return fiberhttp.HTML(contentpages.Posts(v)), nil
}

// tagExists fails with content.ErrTagNotFound for a tag without posts. Its name would be whatever
// the writer of a link likes, under the heading of this site. A list that a cursor leads
// beyond its end is one of a tag all the same.
func (h *routes) tagExists(ctx context.Context, tag, cursor string) error {
	if cursor == "" {
		return content.ErrTagNotFound
	}
	newest, err := h.Content.ListPosts(ctx, contentapp.ListPosts{Tag: tag, Limit: listPosts})
	if err == nil && len(newest.Items) == 0 {
		return content.ErrTagNotFound
	}
	return err
}

// kindAsked is the kind of what a request is for, by its address.
func kindAsked(r *fiberhttp.Request) content.Kind {
	if strings.HasPrefix(r.Path, content.PathOf(content.KindPage, "")) {
		return content.KindPage
	}
	return content.KindPost
}

// read opens the post, or the page, that a request is for. It fails with content.ErrPostNotFound,
// or with content.ErrPageNotFound where a page was asked for.
func (h *routes) read(ctx context.Context, r *fiberhttp.Request) (contentapp.Reading, error) {
	reading, err := h.Content.ReadPost(ctx, r.Actor, slugOf(r))
	if errors.Is(err, content.ErrPostNotFound) && kindAsked(r) == content.KindPage {
		err = content.ErrPageNotFound
	}
	return reading, err
}

// post answers a post, or a page: either at its own address alone.
func (h *routes) post(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	reading, err := h.read(ctx, r)
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	p := reading.Article.Post
	if p.Text.Slug != r.Param("slug") || p.Kind != kindAsked(r) {
		// The post may go back to the slug that it left, so nobody keeps this answer.
		return fiberhttp.Redirect(p.Path()).Status(http.StatusMovedPermanently), nil
	}
	related, err := h.Content.RelatedPosts(ctx, p)
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	shown, err := h.shown(ctx, r, reading)
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	shown.Related, shown.Editable = related, content.MayEdit(r.Actor, p)
	w, err := h.written.get(shown, func() (writtenPost, error) { return h.write(ctx, shown) })
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	return fiberhttp.HTML(contentpages.WrittenPostPage(h.server.View(r, w.head), w.post)).Frames(w.frames...).CacheTags(relatedTags(p)...), nil
}

// postView is a post as those get it for whom it is shown so, in a page that is nobody's yet.
func (h *routes) postView(shown shownPost) contentpages.PostView {
	p, author := shown.Article.Post, shown.Article.Author
	summary := summaryOf(content.Summary{
		Kind: p.Kind, Slug: p.Text.Slug, Title: p.Text.Title, Excerpt: p.Text.Excerpt, AuthorName: author.Name, AuthorHandle: author.Handle, CoAuthors: shown.Article.CoAuthors,
		PublishedAt: p.PublishedAt, ReadingMinutes: p.Rendered.ReadingMinutes, Tags: p.Text.Tags, Visibility: p.Text.Visibility,
	})
	summary.Cover = coverPicture(shown.Article.Cover)
	v := contentpages.PostView{Post: summary, UpdatedAt: p.UpdatedAt, Related: summaries(shown.Related), Described: shown.Article.Details.SEODescription}
	if shown.Editable {
		v.EditURL = editPath(p.ID)
	}
	if shown.Gate == content.Open {
		v.BodyHTML, v.Frames = h.embeds(p.Rendered.Body)
	} else {
		v.TeaserHTML, v.Frames = h.embeds(p.Rendered.Teaser)
		v.Gate = gateOf(shown)
	}
	v.Language = textform.Language(layout.Text(p.Text.Title + " " + v.BodyHTML + v.TeaserHTML))
	return v
}

func gateOf(shown shownPost) *contentpages.Gate {
	p := shown.Article.Post
	back := "?return_to=" + url.QueryEscape(p.Path())
	g := &contentpages.Gate{
		IsPage: p.Kind == content.KindPage, Access: contentpages.Members, SignedIn: shown.SignedIn, SignInURL: "/login" + back, PricingURL: "/pricing" + back,
	}
	if shown.Gate == content.NeedPlan {
		g.Access = contentpages.Paid
	}
	if shown.Offer != nil {
		g.PlanName, g.Price = shown.Offer.PlanName, shown.Offer.Price
	}
	return g
}

// offer is the plan that opens paid posts, by its first monthly price; nil when
// none is sold.
func (h *routes) offer(ctx context.Context) (*contentpages.Offer, error) {
	offer, err := h.Offers.OfferFor(ctx, billingport.ContentPaid)
	if err != nil || offer == nil {
		return nil, err
	}
	return &contentpages.Offer{
		PlanName: offer.PlanName, Price: layout.Money{Amount: offer.Amount, Currency: offer.Currency},
		Features: []string{"Every post in full", "Members' posts as well", "Monthly or yearly, in euro or dollar"},
		URL:      "/pricing",
	}, nil
}

func bylines(authors []content.Author) []contentpages.Byline {
	out := make([]contentpages.Byline, len(authors))
	for i, a := range authors {
		out[i] = contentpages.Byline{Name: a.Name, URL: authorPath(a.Handle)}
	}
	return out
}

func summaries(posts []content.Summary) []contentpages.PostSummary {
	out := make([]contentpages.PostSummary, 0, len(posts))
	for _, p := range posts {
		out = append(out, summaryOf(p))
	}
	return out
}

// summaryOf is what lists show of a post. A page is without author, date and tags.
func summaryOf(p content.Summary) contentpages.PostSummary {
	v := contentpages.PostSummary{
		Title: p.Title, URL: p.Path(), Excerpt: p.Opening(), Access: contentpages.Access(p.Visibility), Cover: cardPicture(p.Cover), IsPage: p.Kind == content.KindPage,
	}
	if !v.IsPage {
		v.Authors, v.By, v.PublishedAt = bylines(p.Authors()), content.Byline(p.Authors()), p.PublishedAt
		v.ReadingMinutes, v.Tags = p.ReadingMinutes, tagLinks(p.Tags, "")
	}
	return v
}

// tagsOf offers the tags of the newest posts, the most used first, and the active
// one in any case.
func tagsOf(posts []content.Summary, active string) []contentpages.Tag {
	count := map[string]int{}
	for _, p := range posts {
		for _, t := range p.Tags {
			count[t]++
		}
	}
	names := make([]string, 0, len(count))
	for t := range count {
		names = append(names, t)
	}
	slices.SortFunc(names, func(a, b string) int {
		if d := count[b] - count[a]; d != 0 {
			return d
		}
		return strings.Compare(a, b)
	})
	names = names[:min(len(names), listTags)]
	if active != "" && !slices.Contains(names, active) {
		names = append(names, active)
	}
	return tagLinks(names, active)
}

func tagLinks(tags []string, active string) []contentpages.Tag {
	out := make([]contentpages.Tag, 0, len(tags))
	for _, t := range tags {
		out = append(out, contentpages.Tag{Name: t, URL: tagPath(t), Active: t == active})
	}
	return out
}

// headOf is what a post's page says of it to search engines and other sites.
func (h *routes) headOf(a content.Article) fiberhttp.View {
	d := a.Details
	v := fiberhttp.View{
		Title: cmp.Or(d.SEOTitle, a.Post.Text.Title), Description: cmp.Or(d.SEODescription, a.Post.Opening(), a.Post.Text.Title), Nav: "/posts",
		Canonical: a.Post.Path(), Elsewhere: d.Canonical,
		Alternates: []layout.Alternate{{Media: markdownType, URL: a.Post.Path() + markdownExtension}},
		OpenGraph:  &layout.OpenGraph{Type: "article", Title: d.SocialTitle, Description: d.SocialDescription, Image: h.sharedImage(a)},
	}
	if a.Post.Kind == content.KindPage {
		v.Nav, v.OpenGraph.Type = "", ""
	}
	if d.NoIndex {
		v.Robots = "noindex"
	}
	return v
}

func tagPath(tag string) string         { return "/tags/" + url.PathEscape(tag) }
func editPath(id content.PostID) string { return "/studio/posts/" + url.PathEscape(string(id)) }
func authorPath(handle string) string {
	if handle == "" {
		return ""
	}
	return "/authors/" + url.PathEscape(handle)
}
