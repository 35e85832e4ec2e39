package contenthttp

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/modules/content/sitepages"
)

// SitePage is a version of a page of the site's operator.
type SitePage struct {
	Name         string    `json:"name" enum:"terms,privacy"`
	Title        string    `json:"title"`
	URL          string    `json:"url" format:"uri" doc:"Its page."`
	Number       int       `json:"number"`
	Version      string    `json:"version" doc:"What a consent records."`
	BodyMarkdown string    `json:"body_markdown"`
	BodyHTML     string    `json:"body_html"`
	PublishedAt  time.Time `json:"published_at"`
}

// NewSitePage is the next version of a page.
type NewSitePage struct {
	BodyMarkdown string `json:"body_markdown" validate:"required"`
}

// SitePageVersion is what a list tells of a version.
type SitePageVersion struct {
	Number      int       `json:"number"`
	Version     string    `json:"version" doc:"What a consent records."`
	Editor      *string   `json:"editor" format:"uuid" doc:"Who published it. Null: they have left."`
	PublishedAt time.Time `json:"published_at"`
}

// SitePageVersions lists versions, newest first.
type SitePageVersions struct {
	Items      []SitePageVersion `json:"items" nullable:"false"`
	NextCursor *string           `json:"next_cursor"`
}

type sitePageOutput struct {
	ETag string `header:"ETag"`
	Body SitePage
}

func (h *routes) sitePagesAPI() {
	s := h.server
	type named struct {
		Name string `path:"site_page" enum:"terms,privacy"`
	}
	answer := func(p content.SitePage) *sitePageOutput {
		return &sitePageOutput{ETag: fiberhttp.ETagOf(p.Number), Body: SitePage{
			Name: string(p.Name), Title: p.Name.Title(), URL: s.BaseURL() + sitePagePath(p.Name), Number: p.Number, Version: p.Version(),
			BodyMarkdown: p.Markdown, BodyHTML: withoutEmbeds(p.Body), PublishedAt: p.PublishedAt,
		}}
	}
	fiberhttp.Operation(s, fiberhttp.Public(), huma.Operation{
		OperationID: "get-site-page", Method: http.MethodGet, Path: "/site-pages/{site_page}", Tags: []string{"content"},
		Summary: "Read a page of the site's operator",
	}, func(ctx context.Context, in *named) (*sitePageOutput, error) {
		p, err := h.Content.SitePage(ctx, content.SitePageName(in.Name))
		if err != nil {
			return nil, err
		}
		return answer(p), nil
	})
	h.sitePageVersionsAPI(answer)
	type publish struct {
		Name    string `path:"site_page" enum:"terms,privacy"`
		IfMatch string `header:"If-Match" doc:"The ETag of the version that it replaces, a list of them, * for any, \"0\" for the first. Missing: 428; not the current one: 412."`
		Body    NewSitePage
	}
	fiberhttp.Operation(s, fiberhttp.Permitted(content.PermissionManageSite), huma.Operation{
		OperationID: "publish-site-page", Method: http.MethodPut, Path: "/admin/site-pages/{site_page}", Tags: []string{"content"},
		Summary: "Publish a version of a page of the site's operator",
	}, func(ctx context.Context, in *publish) (*sitePageOutput, error) {
		actor, name := fiberhttp.ActorFrom(ctx), content.SitePageName(in.Name)
		p, err := underIfMatch(in.IfMatch, content.ErrSitePageChanged, func() (int, error) {
			p, err := h.Content.SitePage(ctx, name)
			if errors.Is(err, content.ErrSitePageNotFound) {
				return 0, nil
			}
			return p.Number, err
		}, func(seen int) (content.SitePage, error) {
			return h.Content.PublishSitePage(ctx, actor, sitepages.PublishSitePage{Name: name, Markdown: in.Body.BodyMarkdown, Seen: seen})
		})
		if err != nil {
			return nil, err
		}
		return answer(p), nil
	}, fiberhttp.MaxBody(maxPost))
}

func (h *routes) sitePageVersionsAPI(answer func(content.SitePage) *sitePageOutput) {
	s, manage := h.server, fiberhttp.Permitted(content.PermissionManageSite)
	type list struct {
		Name   string `path:"site_page" enum:"terms,privacy"`
		Cursor string `query:"cursor" maxLength:"200" doc:"The next_cursor of the page before."`
	}
	type listed struct{ Body SitePageVersions }
	fiberhttp.Operation(s, manage, huma.Operation{
		OperationID: "list-site-page-versions", Method: http.MethodGet, Path: "/admin/site-pages/{site_page}/versions", Tags: []string{"content"},
		Summary: "List the versions of a page of the site's operator",
	}, func(ctx context.Context, in *list) (*listed, error) {
		page, err := h.Content.SitePageVersions(ctx, fiberhttp.ActorFrom(ctx), content.SitePageName(in.Name), in.Cursor)
		if err != nil {
			return nil, err
		}
		out := &listed{Body: SitePageVersions{Items: []SitePageVersion{}}}
		for _, v := range page.Items {
			item := SitePageVersion{Number: v.Number, Version: v.Version(), PublishedAt: v.PublishedAt}
			if v.Editor != "" {
				editor := string(v.Editor)
				item.Editor = &editor
			}
			out.Body.Items = append(out.Body.Items, item)
		}
		if page.NextCursor != "" {
			out.Body.NextCursor = &page.NextCursor
		}
		return out, nil
	})
	type numbered struct {
		Name   string `path:"site_page" enum:"terms,privacy"`
		Number int    `path:"number" minimum:"1" maximum:"2147483647"`
	}
	fiberhttp.Operation(s, manage, huma.Operation{
		OperationID: "get-site-page-version", Method: http.MethodGet, Path: "/admin/site-pages/{site_page}/versions/{number}", Tags: []string{"content"},
		Summary: "Read a version of a page of the site's operator",
	}, func(ctx context.Context, in *numbered) (*sitePageOutput, error) {
		p, err := h.Content.SitePageVersion(ctx, fiberhttp.ActorFrom(ctx), content.SitePageName(in.Name), in.Number)
		if err != nil {
			return nil, err
		}
		return answer(p), nil
	})
}
