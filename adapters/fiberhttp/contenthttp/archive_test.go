package contenthttp_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/content"
)

func TestArchive_LeadsByYearAndMonthToEachPost(t *testing.T) {
	t.Parallel()
	f, c, settings := site(t)
	f.inMonth = 249
	shows := func(path string, parts ...string) {
		t.Helper()
		a := c.Get(path, "")
		if a.StatusCode != 200 || !strings.HasPrefix(a.Header.Get("Cache-Control"), "public") {
			t.Errorf("%s: %d %s", path, a.StatusCode, a.Header.Get("Cache-Control"))
		}
		for _, part := range parts {
			if !strings.Contains(a.Body, part) {
				t.Errorf("%s does not show %q", path, part)
			}
		}
	}
	shows("/archive", `href="/archive/2026-03"`, ">March<", ">250 posts<", `rel="canonical" href="http://forge.test/archive"`)
	shows("/archive?year=2026", `rel="canonical" href="http://forge.test/archive"`)
	shows("/archive/2026-03", "March 2026", `href="/posts/inside"`, `href="/archive/2026-03?page=2" rel="next"`)
	shows("/archive/2026-03?page=2", `href="/archive/2026-03" rel="prev"`, `href="/archive/2026-03?page=3" rel="next"`)
	shows("/archive/2026-03?page=3", `href="/archive/2026-03?page=2" rel="prev"`)
	if n := strings.Count(c.Get("/archive/2026-03?page=3", "").Body, `href="/posts/inside"`); n != 50 {
		t.Errorf("%d posts are on the last page", n)
	}
	for _, path := range []string{
		"/archive?year=2025", "/archive?year=2027", "/archive?year=x", "/archive?year=02026", "/archive/2026-04", "/archive/2026-13", "/archive/2026-3", "/archive/x",
		"/archive/2026-03?page=4", "/archive/2026-03?page=1", "/archive/2026-03?page=0", "/archive/2026-03?page=-1", "/archive/2026-03?page=02", "/archive/2026-03?page=99999999999999999999",
	} {
		if a := c.Get(path, ""); a.StatusCode != 404 {
			t.Errorf("%s: %d", path, a.StatusCode)
		}
	}
	f.inMonth = 4000
	if err := settings.Cache.Invalidate(t.Context(), content.TagPosts); err != nil {
		t.Fatal(err)
	}
	shows("/archive", ">1000 posts or more<")
}

func TestArchive_OfASiteWithoutPosts(t *testing.T) {
	t.Parallel()
	f, c, _ := site(t)
	f.post.PublishedAt = time.Time{}
	if a := c.Get("/archive", ""); a.StatusCode != 200 || !strings.Contains(a.Body, "Nothing is published yet") {
		t.Errorf("%d %.300s", a.StatusCode, a.Body)
	}
	if a := c.Get("/archive?year=1", ""); a.StatusCode != 404 {
		t.Errorf("%d", a.StatusCode)
	}
}

func TestPost_NamesRelatedOnesToEverybodyAlike(t *testing.T) {
	t.Parallel()
	f, c, settings := site(t)
	for i := range content.RelatedPosts {
		f.related = append(f.related, content.Summary{Slug: fmt.Sprint("other-", i), Title: fmt.Sprint("Other ", i), Visibility: content.Paid, PublishedAt: published})
	}
	for _, session := range []string{"", "cleo", "ben"} {
		page := c.Get("/posts/inside", session).Body
		for _, p := range f.related {
			if !strings.Contains(page, `href="/posts/`+p.Slug+`">`+p.Title) {
				t.Errorf("%s is not named to %q", p.Slug, session)
			}
		}
	}
	f.related = nil
	if err := settings.Cache.Invalidate(t.Context(), content.TagPosts, content.TagTagged("other")); err != nil {
		t.Fatal(err)
	}
	if page := c.Get("/posts/inside", "").Body; !strings.Contains(page, "Related posts") {
		t.Error("it was made anew when posts of other tags changed")
	}
	if err := settings.Cache.Invalidate(t.Context(), content.TagTagged("größe")); err != nil {
		t.Fatal(err)
	}
	if page := c.Get("/posts/inside", "").Body; strings.Contains(page, "Related posts") {
		t.Error("it names posts that are there no more")
	}
}
