package contenthttp

import (
	"cmp"
	"context"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/modules/content/contentapp"
	"github.com/neoforge-dev/neoforge/web/pages/layout"
)

// feeds registers the feeds of the site, of a tag and of an author, in each format.
func (h *routes) feeds() {
	s, cached := h.server, fiberhttp.Cached(tagged(content.TagPosts))
	s.Page(http.MethodGet, "/feed.xml", fiberhttp.Public(), h.siteFeed, cached)
	s.Page(http.MethodGet, "/rss.xml", fiberhttp.Public(), h.siteFeed, cached)
	s.Page(http.MethodGet, "/feed.json", fiberhttp.Public(), h.siteFeed, cached)
	s.Page(http.MethodGet, "/tags/{tag}/feed.xml", fiberhttp.Public(), h.tagFeed, cached)
	s.Page(http.MethodGet, "/tags/{tag}/rss.xml", fiberhttp.Public(), h.tagFeed, cached)
	s.Page(http.MethodGet, "/tags/{tag}/feed.json", fiberhttp.Public(), h.tagFeed, cached)
	s.Page(http.MethodGet, "/authors/{handle}/feed.xml", fiberhttp.Public(), h.authorFeed, cached)
	s.Page(http.MethodGet, "/authors/{handle}/rss.xml", fiberhttp.Public(), h.authorFeed, cached)
	s.Page(http.MethodGet, "/authors/{handle}/feed.json", fiberhttp.Public(), h.authorFeed, cached)
}

func (h *routes) siteFeed(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	return h.feed(ctx, r, listing{})
}

func (h *routes) tagFeed(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	tag := r.Param("tag")
	if tag == "" {
		return fiberhttp.Reply{}, content.ErrTagNotFound
	}
	return h.feed(ctx, r, listing{tag: tag})
}

func (h *routes) authorFeed(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	a, err := h.Content.ReadAuthor(ctx, r.Param("handle"))
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	return h.feed(ctx, r, listing{author: a})
}

// feed is the newest posts of a list, in the format of its path. An item holds the teaser,
// which every reader may see: feeds are fetched by programs that are nobody in particular. It
// says when the post was published, so that a later edit does not make it a new one.
func (h *routes) feed(ctx context.Context, r *fiberhttp.Request, l listing) (fiberhttp.Reply, error) {
	f := formatOf(r.Path)
	if cleaned, ok := content.CleanTag(l.tag); l.tag != "" && (!ok || cleaned != l.tag) {
		return fiberhttp.Reply{}, content.ErrTagNotFound
	}
	found, err := h.Content.ListPosts(ctx, contentapp.ListPosts{Tag: l.tag, Author: l.author.Handle, Limit: content.FeedPosts})
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	title, description := h.server.SiteName(), "The newest posts of "+h.server.SiteName()+"."
	switch {
	case l.tag != "":
		if len(found.Items) == 0 {
			return fiberhttp.Reply{}, content.ErrTagNotFound
		}
		if found.Tag.Name != "" && found.Tag.Name != l.tag {
			return fiberhttp.Redirect(listing{tag: found.Tag.Name}.feedPath(f)).Status(http.StatusMovedPermanently), nil
		}
		about := cmp.Or(found.Tag.Title, l.tag)
		title, description = about+" · "+title, cmp.Or(found.Tag.Description, "The newest posts of "+title+" about "+about+".")
	case l.author.Handle != "":
		if len(found.Items) == 0 { // that somebody writes is theirs to tell, by publishing
			return fiberhttp.Reply{}, content.ErrAuthorNotFound
		}
		if l.author.Handle != r.Param("handle") {
			return fiberhttp.Redirect(l.feedPath(f)).Status(http.StatusMovedPermanently), nil
		}
		title, description = l.author.Name+" · "+title, "The newest posts of "+title+" by "+l.author.Name+"."
	}
	base := h.server.BaseURL()
	d := feedDocument{
		id: base + l.feedOf(), title: title, description: description, page: base + l.feedOf(), self: base + l.feedPath(f), publisher: h.server.SiteName(),
	}
	for _, p := range found.Items {
		d.items = append(d.items, h.feedItem(p, p.Teaser))
	}
	return f.reply(d)
}

// maxFeedText is how many bytes of HTML an item of a feed has of its post. Of one that is
// longer than readers of feeds are made for, it has the opening.
const maxFeedText = 512 << 10

// feedItem is a post in a feed, with as much of its text as the feed's reader may see.
func (h *routes) feedItem(p content.Summary, text string) feedItem {
	base := h.server.BaseURL()
	item := feedItem{
		id: "urn:uuid:" + string(p.ID), title: p.Title, excerpt: p.Excerpt, page: base + p.Path(), tags: p.Tags,
		published: p.PublishedAt, updated: p.UpdatedAt, image: h.coverImage(p.Cover),
	}
	if len(text) > maxFeedText {
		text = "<p>" + html.EscapeString(p.Opening()) + "</p>"
	}
	item.html = absoluteLinks(text, item.page)
	for _, a := range p.Authors() {
		item.authors = append(item.authors, jsonAuthor{a.Name, base + authorPath(a.Handle)})
	}
	return item
}

// feedOf is the page that a list's feed is of.
func (l listing) feedOf() string {
	if path := l.path(); path != "/posts" {
		return path
	}
	return "/"
}

func (l listing) feedPath(f feedFormat) string {
	return strings.TrimSuffix(l.feedOf(), "/") + "/" + f.file
}

// alternates are the feeds of a list that is not everything, for the head of its page: that
// of the site stands there anyway.
func (l listing) alternates(title string) []layout.Alternate {
	if l.feedOf() == "/" {
		return nil
	}
	var out []layout.Alternate
	for _, f := range feedFormats {
		out = append(out, layout.Alternate{Media: f.media, Title: title + " (" + f.label + ")", URL: l.feedPath(f)})
	}
	return out
}

// Addresses within what the renderer wrote: the tags that may have some, and their attributes
// one after another. Values are quoted, and hold neither quotation marks nor angle brackets
// that are not escaped.
var (
	referringTag = regexp.MustCompile(`<(?:a|img|source|video|audio|track|iframe)\b[^<>]*>`)
	attribute    = regexp.MustCompile(` ([a-z-]+)="([^"<>]*)"`)
)

// absoluteLinks leads the links and pictures of a rendered text to where they lead on its
// page: a program that shows the text elsewhere does not know the page, and opens nothing in it.
func absoluteLinks(rendered, page string) string {
	base, err := url.Parse(page)
	if err != nil {
		return rendered
	}
	absolute := func(address string) string {
		to, err := base.Parse(address)
		if err != nil {
			return address
		}
		return to.String()
	}
	return referringTag.ReplaceAllStringFunc(withoutEmbeds(rendered), func(tag string) string {
		return attribute.ReplaceAllStringFunc(tag, func(found string) string {
			parts := attribute.FindStringSubmatch(found)
			value := html.UnescapeString(parts[2])
			switch parts[1] {
			case "href", "src", "poster":
				value = absolute(value)
			case "srcset": // "a.webp 400w, b.webp 800w"
				candidates := strings.Split(value, ",")
				for i, c := range candidates {
					if fields := strings.Fields(c); len(fields) > 0 {
						fields[0] = absolute(fields[0])
						candidates[i] = strings.Join(fields, " ")
					}
				}
				value = strings.Join(candidates, ", ")
			default:
				return found
			}
			return " " + parts[1] + `="` + html.EscapeString(value) + `"`
		})
	})
}
