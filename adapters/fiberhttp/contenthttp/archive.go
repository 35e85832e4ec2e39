package contenthttp

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/web/pages/contentpages"
	"github.com/neoforge-dev/neoforge/web/pages/layout"
)

// ArchiveUseCases is what the archive, and what stands under a post, ask of content.
type ArchiveUseCases interface {
	Archived(ctx context.Context, from, until time.Time, skip, limit int) ([]content.ArchivedPost, error)
	RelatedPosts(ctx context.Context, p content.PostState) ([]content.Summary, error)
}

const (
	archiveCount = 1_000 // posts of a month that are counted
	archivePage  = 100   // posts of a month on one page
)

func (h *routes) archive() {
	h.server.Page(http.MethodGet, "/archive", fiberhttp.Public(), h.archiveYear, fiberhttp.Cached(tagged(content.TagPosts), "year"))
	h.server.Page(http.MethodGet, "/archive/{month}", fiberhttp.Public(), h.archiveMonth, fiberhttp.Cached(tagged(content.TagPosts), "page"))
}

// archiveYear is the months of one year in which something was published, that of the last
// post unless another is asked for.
func (h *routes) archiveYear(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	first, last, err := h.Content.PublicationSpan(ctx)
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	year, canonical := last.Year(), "/archive"
	if asked := r.Query("year"); asked != "" {
		if year, err = strconv.Atoi(asked); err != nil || strconv.Itoa(year) != asked || first.IsZero() || year < first.Year() || year > last.Year() {
			return fiberhttp.Reply{}, errNoSuchMonth
		}
		if year != last.Year() {
			canonical += "?year=" + asked
		}
	}
	v := contentpages.ArchiveView{Page: h.server.View(r, fiberhttp.View{
		Title: "Archive", Description: "Everything that " + h.server.SiteName() + " has published, by year and month.", Nav: "/posts", Canonical: canonical, OpenGraph: &layout.OpenGraph{},
	})}
	if first.IsZero() {
		return fiberhttp.HTML(contentpages.Archive(v)), nil
	}
	v.Year = year
	for y := last.Year(); y >= max(first.Year(), last.Year()-sitemapYears); y-- {
		v.Years = append(v.Years, contentpages.Tag{Name: strconv.Itoa(y), URL: "/archive?year=" + strconv.Itoa(y), Active: y == year})
	}
	counts, err := h.Content.PostsPerMonth(ctx, year, archiveCount)
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	for month := 11; month >= 0; month-- {
		if counts[month] > 0 {
			v.Months = append(v.Months, contentpages.ArchiveMonth{
				Month: time.Date(year, time.Month(month+1), 1, 0, 0, 0, 0, time.UTC), URL: fmt.Sprintf("/archive/%04d-%02d", year, month+1),
				Posts: counts[month], More: counts[month] == archiveCount,
			})
		}
	}
	return fiberhttp.HTML(contentpages.Archive(v)), nil
}

var monthPattern = regexp.MustCompile(`^(\d{4})-(0[1-9]|1[0-2])$`)

// archiveMonth is the posts of one month.
func (h *routes) archiveMonth(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	found := monthPattern.FindStringSubmatch(r.Param("month"))
	if found == nil {
		return fiberhttp.Reply{}, errNoSuchMonth
	}
	page := 1
	if asked := r.Query("page"); asked != "" {
		if page = number(asked); strconv.Itoa(page) != asked || page < 2 || page > sitemapMonth/archivePage {
			return fiberhttp.Reply{}, errNoSuchMonth
		}
	}
	from := time.Date(number(found[1]), time.Month(number(found[2])), 1, 0, 0, 0, 0, time.UTC)
	posts, err := h.Content.Archived(ctx, from, from.AddDate(0, 1, 0), (page-1)*archivePage, archivePage+1)
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	if len(posts) == 0 {
		return fiberhttp.Reply{}, errNoSuchMonth
	}
	path := "/archive/" + r.Param("month")
	at := func(page int) string {
		if page == 1 {
			return path
		}
		return path + "?page=" + strconv.Itoa(page)
	}
	title := from.Format("January 2006")
	v := contentpages.ArchiveMonthView{
		Page: h.server.View(r, fiberhttp.View{
			Title: "Archive: " + title, Description: "What " + h.server.SiteName() + " published in " + title + ".", Nav: "/posts", Canonical: at(page), OpenGraph: &layout.OpenGraph{},
		}),
		Month: from, YearURL: "/archive?year=" + strconv.Itoa(from.Year()),
	}
	if page > 1 {
		v.NewerURL = at(page - 1)
	}
	if len(posts) > archivePage {
		posts, v.OlderURL = posts[:archivePage], at(page+1)
	}
	for _, p := range posts {
		v.Posts = append(v.Posts, contentpages.PostSummary{Title: p.Title, URL: content.PathOf(content.KindPost, p.Slug), PublishedAt: p.PublishedAt, Access: contentpages.Access(p.Visibility)})
	}
	return fiberhttp.HTML(contentpages.ArchiveOfMonth(v)), nil
}
