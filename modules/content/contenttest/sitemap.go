package contenttest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/storetest"
)

var sitemapCases = map[string]func(t *testing.T, h Harness){
	"an empty site has no span, no months, no tags and no authors": func(t *testing.T, h Harness) {
		first, last, err := h.Reads.PublicationSpan(t.Context())
		if err != nil || !first.IsZero() || !last.IsZero() {
			t.Errorf("%v to %v, %v", first, last, err)
		}
		storetest.Equal(t, storetest.Must[[12]int](t)(h.Reads.PostsPerMonth(t.Context(), 2026, 10)), [12]int{})
		storetest.Equal(t, len(storetest.Must[[]content.SitemapPost](t)(h.Reads.PublishedBetween(t.Context(), time.Time{}, Now.AddDate(100, 0, 0), 0, 10))), 0)
		storetest.Equal(t, len(storetest.Must[[]string](t)(h.Reads.PublishedTags(t.Context(), 0, 10))), 0)
		storetest.Equal(t, len(storetest.Must[[]string](t)(h.Reads.PublishedAuthors(t.Context(), 0, 10))), 0)
	},
	"published posts are counted and listed by the month in which they appeared": func(t *testing.T, h Harness) {
		at := func(year int, month time.Month, day int) time.Time {
			return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
		}
		author := Somebody()
		var january []content.SitemapPost
		for i := range 5 {
			p := Published(author, at(2025, 1, 1).Add(time.Duration(i)*7*24*time.Hour))
			h.insert(t, p)
			january = append(january, content.SitemapPost{Slug: p.State().Text.Slug, UpdatedAt: p.State().UpdatedAt})
		}
		h.insert(t, Published(author, at(2025, 2, 1)), Published(author, at(2026, 1, 1).Add(-time.Microsecond)), Published(author, at(2026, 1, 1)), Draft(author))
		first, last, err := h.Reads.PublicationSpan(t.Context())
		if err != nil || !first.Equal(at(2025, 1, 1)) || !last.Equal(at(2026, 1, 1)) {
			t.Errorf("%v to %v, %v", first, last, err)
		}
		storetest.Equal(t, storetest.Must[[12]int](t)(h.Reads.PostsPerMonth(t.Context(), 2025, 10)), [12]int{0: 5, 1: 1, 11: 1})
		storetest.Equal(t, storetest.Must[[12]int](t)(h.Reads.PostsPerMonth(t.Context(), 2025, 3)), [12]int{0: 3, 1: 1, 11: 1})
		storetest.Equal(t, storetest.Must[[12]int](t)(h.Reads.PostsPerMonth(t.Context(), 2026, 10)), [12]int{0: 1})
		between := func(skip, limit int) []content.SitemapPost {
			return storetest.Must[[]content.SitemapPost](t)(h.Reads.PublishedBetween(t.Context(), at(2025, 1, 1), at(2025, 2, 1), skip, limit))
		}
		storetest.Equal(t, between(0, 10), january)
		storetest.Equal(t, between(3, 10), january[3:])
		storetest.Equal(t, between(1, 2), january[1:3])
		storetest.Equal(t, len(between(5, 10)), 0)
	},
	"a month whose posts are all kept from search engines is counted and not mapped": func(t *testing.T, h Harness) {
		author, may := Somebody(), time.Date(2025, time.May, 9, 0, 0, 0, 0, time.UTC)
		hide := func(d content.PostDetails, posts ...*content.Post) {
			for _, p := range posts {
				h.insert(t, p)
				d.Version, d.UpdatedAt = 1, Now
				h.do(t, func(ctx context.Context, s content.Stores) error { return s.Details.Put(ctx, p.State(), d, 0) })
			}
		}
		hide(content.PostDetails{NoIndex: true}, Published(author, may), Published(author, may.AddDate(0, 1, 0)))
		hide(content.PostDetails{Canonical: "https://a.example/b"}, Published(author, may.AddDate(0, 0, 1)))
		hide(content.PostDetails{SEOTitle: "T"}, Published(author, may.AddDate(0, 1, 1)))
		h.insert(t, Published(author, may.AddDate(0, 1, 2)))
		storetest.Equal(t, storetest.Must[[12]int](t)(h.Reads.PostsPerMonth(t.Context(), 2025, 10)), [12]int{4: 2, 5: 3})
		storetest.Equal(t, storetest.Must[[12]int](t)(h.Reads.MappedPerMonth(t.Context(), 2025, 10)), [12]int{5: 2})
		storetest.Equal(t, storetest.Must[[12]int](t)(h.Reads.MappedPerMonth(t.Context(), 2025, 1)), [12]int{5: 1})
	},
	"tags and authors of published posts are each listed once": func(t *testing.T, h Harness) {
		ada, ben, silent := h.profile(t, "ada"), h.profile(t, "ben"), h.profile(t, "silent")
		for i := range 4 {
			h.insert(t, Published(ada.User, Now.Add(time.Duration(i)*time.Second), "go", fmt.Sprint("tag-", i)))
		}
		h.insert(t, Published(ben.User, Now, "go"), Published(Somebody(), Now), Draft(silent.User, "hidden"))
		tags := func(skip, limit int) []string {
			return storetest.Must[[]string](t)(h.Reads.PublishedTags(t.Context(), skip, limit))
		}
		storetest.Equal(t, tags(0, 10), []string{"go", "tag-0", "tag-1", "tag-2", "tag-3"})
		storetest.Equal(t, tags(1, 2), []string{"tag-0", "tag-1"})
		storetest.Equal(t, len(tags(5, 10)), 0)
		storetest.Equal(t, storetest.Must[[]string](t)(h.Reads.PublishedAuthors(t.Context(), 0, 10)), []string{"ada", "ben"})
		storetest.Equal(t, storetest.Must[[]string](t)(h.Reads.PublishedAuthors(t.Context(), 1, 10)), []string{"ben"})
	},
}
