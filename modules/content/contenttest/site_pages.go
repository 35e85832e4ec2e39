package contenttest

import (
	"context"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/storetest"
)

var sitePageCases = map[string]func(t *testing.T, h Harness){
	"the last version of a page is in force, and all are kept": func(t *testing.T, h Harness) {
		_, err := h.Reads.SitePage(t.Context(), content.PageTerms)
		storetest.Is(t, err, content.ErrSitePageNotFound)
		editor := Somebody()
		first := content.SitePage{Name: content.PageTerms, Number: 1, Editor: editor, Markdown: "# One", Body: "<h1>One</h1>", PublishedAt: Now}
		second := content.SitePage{Name: content.PageTerms, Number: 2, Editor: Somebody(), Markdown: "# Two", Body: "<h1>Two</h1>", PublishedAt: Now.Add(time.Hour)}
		other := content.SitePage{Name: content.PagePrivacy, Number: 1, Editor: editor, Markdown: "# Other", Body: "<h1>Other</h1>", PublishedAt: Now.Add(time.Minute)}
		h.do(t, func(ctx context.Context, s content.Stores) error {
			for _, p := range []content.SitePage{first, second, other} {
				if err := s.Pages.Insert(ctx, p); err != nil {
					return err
				}
			}
			return nil
		})
		storetest.Equal(t, storetest.Must[content.SitePage](t)(h.Reads.SitePage(t.Context(), content.PageTerms)), second)
		storetest.Equal(t, storetest.Must[[]content.SitePageVersion](t)(h.Reads.SitePageVersions(t.Context(), content.PageTerms, 0, 10)), []content.SitePageVersion{listed(second), listed(first)})
		storetest.Equal(t, storetest.Must[[]content.SitePageVersion](t)(h.Reads.SitePageVersions(t.Context(), content.PageTerms, 0, 1)), []content.SitePageVersion{listed(second)})
		storetest.Equal(t, storetest.Must[[]content.SitePageVersion](t)(h.Reads.SitePageVersions(t.Context(), content.PageTerms, 2, 10)), []content.SitePageVersion{listed(first)})
		storetest.Equal(t, storetest.Must[content.SitePage](t)(h.Reads.SitePageVersion(t.Context(), content.PageTerms, 1)), first)
		_, err = h.Reads.SitePageVersion(t.Context(), content.PagePrivacy, 2)
		storetest.Is(t, err, content.ErrSitePageNotFound)
		storetest.Equal(t, storetest.Must[[]content.SitePage](t)(h.Reads.SitePagesBy(t.Context(), editor)), []content.SitePage{first, other})
		h.fails(t, content.ErrSitePageChanged, func(ctx context.Context, s content.Stores) error { return s.Pages.Insert(ctx, second) })

		h.do(t, func(ctx context.Context, s content.Stores) error { return s.Pages.AnonymizeEditor(ctx, editor) })
		first.Editor = ""
		storetest.Equal(t, storetest.Must[[]content.SitePageVersion](t)(h.Reads.SitePageVersions(t.Context(), content.PageTerms, 0, 10)), []content.SitePageVersion{listed(second), listed(first)})
		storetest.Equal(t, len(storetest.Must[[]content.SitePage](t)(h.Reads.SitePagesBy(t.Context(), editor))), 0)
	},
	"of two versions published at once one is kept": func(t *testing.T, h Harness) {
		all := h.atOnce(t, 8, func(ctx context.Context, s content.Stores) error {
			return s.Pages.Insert(ctx, content.SitePage{Name: content.PageTerms, Number: 1, Editor: Somebody(), Markdown: "x", Body: "x", PublishedAt: Now})
		})
		storetest.Equal(t, storetest.Succeeded(t, all, content.ErrSitePageChanged), 1)
	},
}

func listed(p content.SitePage) content.SitePageVersion {
	return content.SitePageVersion{Name: p.Name, Number: p.Number, Editor: p.Editor, PublishedAt: p.PublishedAt}
}
