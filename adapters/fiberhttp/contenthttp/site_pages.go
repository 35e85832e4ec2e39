package contenthttp

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/modules/content/contentapp"
	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/web/pages/contentpages"
	"github.com/neoforge-dev/neoforge/web/pages/layout"
)

// SitePageUseCases is what the routes ask about the pages of the site's operator.
type SitePageUseCases interface {
	SitePage(ctx context.Context, name content.SitePageName) (content.SitePage, error)
	SitePageVersions(ctx context.Context, actor identityport.Actor, name content.SitePageName) ([]content.SitePage, error)
	PublishSitePage(ctx context.Context, actor identityport.Actor, c contentapp.PublishSitePage) (content.SitePage, error)
	UnpublishedSitePages(ctx context.Context) ([]content.SitePageName, error)
}

// SitePage is a page of the site's operator in the version that is in force.
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

func (h *routes) sitePages() {
	s, manage := h.server, fiberhttp.Permitted(content.PermissionManageSite)
	s.Flashes(map[string]layout.Flash{
		"site-page-published": {Kind: layout.FlashSuccess, Message: "Published: readers get this version now."},
	})
	for _, name := range content.SitePageNames() {
		s.Page(http.MethodGet, "/"+string(name), fiberhttp.Public(), h.sitePage(name), fiberhttp.Cached(tagged(content.TagSitePages)))
	}
	s.Page(http.MethodGet, "/admin/site-pages", manage, h.listSitePages)
	s.Page(http.MethodGet, "/admin/site-pages/{site_page}", manage, h.editSitePage)
	s.Page(http.MethodPost, "/admin/site-pages/{site_page}", manage, h.publishSitePage, fiberhttp.MaxBody(maxPost), fiberhttp.GivesBack())
	h.sitePagesAPI()
}

func sitePagePath(name content.SitePageName) string { return "/" + string(name) }
func sitePageEditPath(name content.SitePageName) string {
	return "/admin/site-pages/" + string(name)
}

func (h *routes) sitePage(name content.SitePageName) fiberhttp.Handler {
	return func(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
		page, err := h.Content.SitePage(ctx, name)
		if err != nil && !errors.Is(err, content.ErrSitePageNotFound) {
			return fiberhttp.Reply{}, err
		}
		v := contentpages.SitePageView{Heading: name.Title()}
		frame := fiberhttp.View{Title: name.Title(), Description: name.Title() + " of " + h.server.SiteName() + ".", Canonical: sitePagePath(name)}
		if err != nil {
			frame.Robots = "noindex"
		} else {
			v.Version, v.PublishedAt, v.BodyHTML = page.Version(), page.PublishedAt, page.Body
		}
		v.Page = h.server.View(r, frame)
		return fiberhttp.HTML(contentpages.SitePage(v)), nil
	}
}

func (h *routes) listSitePages(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	v := contentpages.SitePagesView{Page: h.server.View(r, fiberhttp.View{Title: "Site pages", Robots: "noindex"})}
	for _, name := range content.SitePageNames() {
		row := contentpages.SitePageRow{Title: name.Title(), URL: sitePagePath(name), EditURL: sitePageEditPath(name)}
		page, err := h.Content.SitePage(ctx, name)
		switch {
		case err == nil:
			row.Version, row.PublishedAt = page.Version(), page.PublishedAt
		case !errors.Is(err, content.ErrSitePageNotFound):
			return fiberhttp.Reply{}, err
		}
		v.Pages = append(v.Pages, row)
	}
	return fiberhttp.HTML(contentpages.SitePages(v)), nil
}

func (h *routes) editSitePage(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	v, err := h.sitePageEditor(ctx, r)
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	return fiberhttp.HTML(contentpages.SitePageEdit(v)), nil
}

// sitePageEditor is the page with the text in force, and every version before.
func (h *routes) sitePageEditor(ctx context.Context, r *fiberhttp.Request) (contentpages.SitePageEditView, error) {
	name := content.SitePageName(r.Param("site_page"))
	versions, err := h.Content.SitePageVersions(ctx, r.Actor, name)
	if err != nil {
		return contentpages.SitePageEditView{}, err
	}
	v := contentpages.SitePageEditView{
		Page: h.server.View(r, fiberhttp.View{Title: name.Title(), Robots: "noindex"}), Heading: name.Title(),
		Action: sitePageEditPath(name), PublicURL: sitePagePath(name), Errors: layout.FieldErrors{},
	}
	for _, p := range versions {
		editor := "somebody who left"
		if p.Editor != "" {
			if editor, err = h.editorName(ctx, p.Editor); err != nil {
				return contentpages.SitePageEditView{}, err
			}
		}
		v.Versions = append(v.Versions, contentpages.SitePageVersion{
			Version: p.Version(), Editor: editor, PublishedAt: p.PublishedAt, Markdown: p.Markdown,
		})
	}
	if len(versions) > 0 {
		v.Markdown, v.Seen = versions[0].Markdown, versions[0].Number
	}
	return v, nil
}

func (h *routes) editorName(ctx context.Context, id identityport.UserID) (string, error) {
	who, err := h.People.Person(ctx, id)
	if fault.KindOf(err) == fault.NotFound {
		return "somebody who left", nil
	}
	return who.Name, err
}

func (h *routes) publishSitePage(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	name, typed := content.SitePageName(r.Param("site_page")), r.Form("body_markdown")
	seen, err := strconv.Atoi(r.Form("seen"))
	if err != nil {
		seen = -1
	}
	var preview string
	status := http.StatusOK
	message := ""
	if r.Form("intent") == "preview" {
		rendered, err := h.Content.Preview(ctx, r.Actor, typed, content.Public)
		if err != nil {
			return fiberhttp.Reply{}, err
		}
		preview = rendered.Body
	} else {
		_, err := h.Content.PublishSitePage(ctx, r.Actor, contentapp.PublishSitePage{Name: name, Markdown: typed, Seen: seen})
		if err == nil {
			return fiberhttp.Redirect(sitePageEditPath(name)).Flash("site-page-published"), nil
		}
		f := fault.As(err)
		switch {
		case f != nil && f.Kind == fault.Invalid:
			status = http.StatusUnprocessableEntity
		case f != nil && f.Kind == fault.Outdated:
			status = http.StatusConflict
		default:
			return fiberhttp.Reply{}, err
		}
		message = f.Message
	}
	v, err := h.sitePageEditor(ctx, r)
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	v.Markdown, v.BodyHTML = typed, preview
	switch status {
	case http.StatusUnprocessableEntity:
		v.Errors["body_markdown"] = message
	case http.StatusConflict: // Seen is that of now: the versions below show what it replaces
		v.Errors[""] = message
	default:
		v.Seen = max(seen, 0)
	}
	return fiberhttp.HTML(contentpages.SitePageEdit(v)).Status(status), nil
}

func (h *routes) sitePagesAPI() {
	s := h.server
	type named struct {
		Name string `path:"site_page" enum:"terms,privacy"`
	}
	type output struct {
		ETag string `header:"ETag"`
		Body SitePage
	}
	answer := func(p content.SitePage) *output {
		return &output{ETag: fiberhttp.ETagOf(p.Number), Body: SitePage{
			Name: string(p.Name), Title: p.Name.Title(), URL: s.BaseURL() + sitePagePath(p.Name), Number: p.Number, Version: p.Version(),
			BodyMarkdown: p.Markdown, BodyHTML: p.Body, PublishedAt: p.PublishedAt,
		}}
	}
	fiberhttp.Operation(s, fiberhttp.Public(), huma.Operation{
		OperationID: "get-site-page", Method: http.MethodGet, Path: "/site-pages/{site_page}", Tags: []string{"content"},
		Summary: "Read a page of the site's operator",
	}, func(ctx context.Context, in *named) (*output, error) {
		p, err := h.Content.SitePage(ctx, content.SitePageName(in.Name))
		if err != nil {
			return nil, err
		}
		return answer(p), nil
	})
	type publish struct {
		Name    string `path:"site_page" enum:"terms,privacy"`
		IfMatch string `header:"If-Match" doc:"The ETag of the version that it replaces, \"0\" for the first. Missing: 428; not the current one: 412."`
		Body    NewSitePage
	}
	fiberhttp.Operation(s, fiberhttp.Permitted(content.PermissionManageSite), huma.Operation{
		OperationID: "publish-site-page", Method: http.MethodPut, Path: "/admin/site-pages/{site_page}", Tags: []string{"content"},
		Summary: "Publish a version of a page of the site's operator",
	}, func(ctx context.Context, in *publish) (*output, error) {
		seen, err := versionSeen(in.IfMatch)
		if errors.Is(err, content.ErrPostChanged) {
			err = content.ErrSitePageChanged
		}
		if err != nil {
			return nil, err
		}
		p, err := h.Content.PublishSitePage(ctx, fiberhttp.ActorFrom(ctx), contentapp.PublishSitePage{
			Name: content.SitePageName(in.Name), Markdown: in.Body.BodyMarkdown, Seen: seen,
		})
		if err != nil {
			return nil, err
		}
		return answer(p), nil
	}, fiberhttp.MaxBody(maxPost))
}
