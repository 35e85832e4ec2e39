package contenthttp

import (
	"context"
	"encoding/xml"
	"html"
	"net/url"
	"regexp"
	"time"

	"github.com/gorilla/feeds"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/modules/content/contentapp"
)

// atomFeed is a feed that leads to the page it is of, besides to itself.
type atomFeed struct {
	*feeds.AtomFeed
	Links []feeds.AtomLink `xml:"link"` // in place of the one link of AtomFeed
}

// feed is Atom (RFC 4287). An entry holds the teaser, which every reader may see:
// feeds are fetched by programs that are nobody in particular. It says when the post was
// published, so that a later edit does not make it a new one.
func (h *routes) feed(ctx context.Context, _ *fiberhttp.Request) (fiberhttp.Reply, error) {
	posts, err := h.Content.Feed(ctx)
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	base := h.server.BaseURL()
	f := &feeds.Feed{
		Id: base + "/", Title: h.server.SiteName(), Link: &feeds.Link{Href: base + "/feed.xml", Rel: "self"},
		Updated: time.Unix(0, 0).UTC(),
	}
	for _, p := range posts {
		if p.UpdatedAt.After(f.Updated) {
			f.Updated = p.UpdatedAt
		}
		page := base + postPath(p.Slug)
		f.Items = append(f.Items, &feeds.Item{
			Id: "urn:uuid:" + string(p.ID), Title: p.Title, Link: &feeds.Link{Href: page, Type: "text/html"},
			Author: &feeds.Author{Name: p.AuthorName}, Description: p.Excerpt, Content: absoluteLinks(p.Teaser, page),
			Created: p.PublishedAt, Updated: p.UpdatedAt,
		})
	}
	atom := (&feeds.Atom{Feed: f}).AtomFeed()
	for i, entry := range atom.Entries {
		entry.Published = posts[i].PublishedAt.UTC().Format(time.RFC3339)
		if entry.Summary != nil {
			entry.Summary.Type = "text" // an excerpt is plain: "a < b" in it is no tag
		}
	}
	text, err := xml.MarshalIndent(atomFeed{
		AtomFeed: atom, Links: []feeds.AtomLink{*atom.Link, {Href: base + "/", Rel: "alternate", Type: "text/html"}},
	}, "", "  ")
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	return fiberhttp.Bytes("application/atom+xml; charset=utf-8", append([]byte(xml.Header), text...)), nil
}

// reference is an address within what the renderer wrote. Its values are quoted, and hold
// neither quotation marks nor angle brackets that are not escaped.
var reference = regexp.MustCompile(`(<(?:a|img)\b[^<>]*? (?:href|src)=")([^"<>]*)"`)

// choices are the sizes of a picture among which a page of this site has a browser choose:
// what shows it elsewhere takes the one that src names.
var choices = regexp.MustCompile(` (?:srcset|sizes)="[^"<>]*"`)

// absoluteLinks leads the links and pictures of a rendered text to where they lead on its
// page: a program that shows the text elsewhere does not know the page.
func absoluteLinks(rendered, page string) string {
	base, err := url.Parse(page)
	if err != nil {
		return rendered
	}
	return reference.ReplaceAllStringFunc(choices.ReplaceAllString(rendered, ""), func(found string) string {
		parts := reference.FindStringSubmatch(found)
		to, err := base.Parse(html.UnescapeString(parts[2]))
		if err != nil {
			return found
		}
		return parts[1] + html.EscapeString(to.String()) + `"`
	})
}

// sitemapLimit keeps the map of the site to what one document may hold with
// room to spare (50,000 by the protocol) and to what is read in one go.
const sitemapLimit = 5000

type sitemapURL struct {
	Location string `xml:"loc"`
	Modified string `xml:"lastmod,omitempty"`
}

type sitemap struct {
	XMLName xml.Name     `xml:"http://www.sitemaps.org/schemas/sitemap/0.9 urlset"`
	URLs    []sitemapURL `xml:"url"`
}

func (h *routes) sitemap(ctx context.Context, _ *fiberhttp.Request) (fiberhttp.Reply, error) {
	base := h.server.BaseURL()
	m := sitemap{URLs: []sitemapURL{{Location: base + "/"}, {Location: base + "/posts"}}}
	for _, path := range h.server.SitemapPaths() {
		m.URLs = append(m.URLs, sitemapURL{Location: base + path})
	}
	q := contentapp.ListPosts{Limit: 100}
	for len(m.URLs) < sitemapLimit {
		page, err := h.Content.ListPosts(ctx, q)
		if err != nil {
			return fiberhttp.Reply{}, err
		}
		for _, p := range page.Items {
			m.URLs = append(m.URLs, sitemapURL{Location: base + postPath(p.Slug), Modified: modified(p)})
		}
		if q.Cursor = page.NextCursor; q.Cursor == "" {
			break
		}
	}
	text, err := xml.Marshal(m)
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	return fiberhttp.Bytes("application/xml; charset=utf-8", append([]byte(xml.Header), text...)), nil
}

func modified(p content.Summary) string { return p.UpdatedAt.UTC().Format(time.RFC3339) }
