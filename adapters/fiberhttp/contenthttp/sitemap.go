package contenthttp

import (
	"context"
	"encoding/xml"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/modules/content"
)

// SitemapUseCases is what the map of the site asks of content.
type SitemapUseCases interface {
	PublicationSpan(ctx context.Context) (first, last time.Time, err error)
	PostsPerMonth(ctx context.Context, year, most int) ([12]int, error)
	MappedPerMonth(ctx context.Context, year, most int) ([12]int, error)
	PublishedBetween(ctx context.Context, from, until time.Time, skip, limit int) ([]content.SitemapPost, error)
	PublishedPages(ctx context.Context, skip, limit int) ([]content.SitemapPost, error)
	PublishedTags(ctx context.Context, skip, limit int) ([]string, error)
	PublishedAuthors(ctx context.Context, skip, limit int) ([]string, error)
}

// Bounds of the map of the site (sitemaps.org, 0.9, which lets a document have 50,000).
const (
	sitemapPart   = 5_000   // addresses in one part
	sitemapMonth  = 100_000 // posts of one month that are named
	sitemapYears  = 100     // before the last post
	sitemapThings = 50_000  // pages, tags, and authors, that are named
)

type sitemapURL struct {
	Location string `xml:"loc"`
	Modified string `xml:"lastmod,omitempty"`
}

type sitemap struct {
	XMLName xml.Name     `xml:"http://www.sitemaps.org/schemas/sitemap/0.9 urlset"`
	URLs    []sitemapURL `xml:"url"`
}

type sitemapIndex struct {
	XMLName xml.Name     `xml:"http://www.sitemaps.org/schemas/sitemap/0.9 sitemapindex"`
	Parts   []sitemapURL `xml:"sitemap"`
}

func (h *routes) sitemaps() {
	cached := fiberhttp.Cached(tagged(content.TagPosts, content.TagBylines))
	h.server.Page(http.MethodGet, "/sitemap.xml", fiberhttp.Public(), h.sitemapIndex, cached)
	h.server.Page(http.MethodGet, "/sitemaps/{part}", fiberhttp.Public(), h.sitemap, cached)
}

// sitemapIndex names the parts of the map that name something. A post stands in the part of the month in which it
// was published, so that publishing changes the last part alone.
func (h *routes) sitemapIndex(ctx context.Context, _ *fiberhttp.Request) (fiberhttp.Reply, error) {
	base := h.server.BaseURL() + "/sitemaps/"
	index := sitemapIndex{Parts: []sitemapURL{{Location: base + "pages.xml"}}}
	written, err := h.Content.PublishedPages(ctx, 0, sitemapThings)
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	part := 0
	for pages := range slices.Chunk(written, sitemapPart) {
		last := slices.MaxFunc(pages, func(p, q content.SitemapPost) int { return p.UpdatedAt.Compare(q.UpdatedAt) })
		part++
		index.Parts = append(index.Parts, sitemapURL{Location: base + "pages-" + strconv.Itoa(part) + ".xml", Modified: modified(last)})
	}
	first, last, err := h.Content.PublicationSpan(ctx)
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	if first.IsZero() {
		return xmlReply(index)
	}
	for year := max(first.Year(), last.Year()-sitemapYears); year <= last.Year(); year++ {
		counts, err := h.Content.MappedPerMonth(ctx, year, sitemapMonth)
		if err != nil {
			return fiberhttp.Reply{}, err
		}
		for month, posts := range counts {
			for part := range parts(posts) {
				index.Parts = append(index.Parts, sitemapURL{Location: fmt.Sprintf("%sposts-%04d-%02d-%d.xml", base, year, month+1, part+1)})
			}
		}
	}
	for _, things := range []struct {
		name string
		list func(ctx context.Context, skip, limit int) ([]string, error)
	}{{"tags", h.Content.PublishedTags}, {"authors", h.Content.PublishedAuthors}} {
		all, err := things.list(ctx, 0, sitemapThings)
		if err != nil {
			return fiberhttp.Reply{}, err
		}
		for part := range parts(len(all)) {
			index.Parts = append(index.Parts, sitemapURL{Location: base + things.name + "-" + strconv.Itoa(part+1) + ".xml"})
		}
	}
	return xmlReply(index)
}

func parts(addresses int) int { return (addresses + sitemapPart - 1) / sitemapPart }

var (
	postsPart  = regexp.MustCompile(`^posts-(\d{4})-(0[1-9]|1[0-2])-([1-9]\d{0,2})\.xml$`)
	pagesPart  = regexp.MustCompile(`^pages-([1-9]\d{0,2})\.xml$`)
	thingsPart = regexp.MustCompile(`^(tags|authors)-([1-9]\d{0,2})\.xml$`)
)

// sitemap is one part of the map.
func (h *routes) sitemap(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	base, name := h.server.BaseURL(), r.Param("part")
	var m sitemap
	if name == "pages.xml" {
		for _, path := range append([]string{"/", "/posts", "/archive"}, h.server.SitemapPaths()...) {
			m.URLs = append(m.URLs, sitemapURL{Location: base + path})
		}
		return xmlReply(m)
	}
	if found := postsPart.FindStringSubmatch(name); found != nil && number(found[3]) <= sitemapMonth/sitemapPart {
		year, month, part := number(found[1]), number(found[2]), number(found[3])
		from := time.Date(year, time.Month(month), 1, 0, 0, 0, 0, time.UTC)
		posts, err := h.Content.PublishedBetween(ctx, from, from.AddDate(0, 1, 0), (part-1)*sitemapPart, sitemapPart)
		if err != nil {
			return fiberhttp.Reply{}, err
		}
		m.add(base, content.KindPost, posts)
	}
	if found := pagesPart.FindStringSubmatch(name); found != nil && number(found[1]) <= sitemapThings/sitemapPart {
		pages, err := h.Content.PublishedPages(ctx, (number(found[1])-1)*sitemapPart, sitemapPart)
		if err != nil {
			return fiberhttp.Reply{}, err
		}
		m.add(base, content.KindPage, pages)
	}
	if found := thingsPart.FindStringSubmatch(name); found != nil && number(found[2]) <= sitemapThings/sitemapPart {
		list, path := h.Content.PublishedTags, tagPath
		if found[1] == "authors" {
			list, path = h.Content.PublishedAuthors, authorPath
		}
		all, err := list(ctx, (number(found[2])-1)*sitemapPart, sitemapPart)
		if err != nil {
			return fiberhttp.Reply{}, err
		}
		for _, thing := range all {
			m.URLs = append(m.URLs, sitemapURL{Location: base + path(thing)})
		}
	}
	if len(m.URLs) == 0 {
		return fiberhttp.Reply{}, errNoSuchPart
	}
	return xmlReply(m)
}

// add names posts, or pages.
func (m *sitemap) add(base string, k content.Kind, posts []content.SitemapPost) {
	for _, p := range posts {
		m.URLs = append(m.URLs, sitemapURL{Location: base + content.PathOf(k, p.Slug), Modified: modified(p)})
	}
}

func modified(p content.SitemapPost) string { return p.UpdatedAt.UTC().Format(time.RFC3339) }

// number reads digits that a pattern has found.
func number(digits string) int {
	n, err := strconv.Atoi(digits)
	if err != nil {
		return 0
	}
	return n
}

func xmlReply(v any) (fiberhttp.Reply, error) {
	text, err := xml.Marshal(v)
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	return fiberhttp.Bytes("application/xml; charset=utf-8", append([]byte(xml.Header), text...)), nil
}
