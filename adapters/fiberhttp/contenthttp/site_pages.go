package contenthttp

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/modules/content/sitepages"
	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/web/pages/contentpages"
	"github.com/neoforge-dev/neoforge/web/pages/layout"
)

// SitePageUseCases is what the routes ask about the pages of the site's operator.
type SitePageUseCases interface {
	SitePage(ctx context.Context, name content.SitePageName) (content.SitePage, error)
	SitePageVersions(ctx context.Context, actor identityport.Actor, name content.SitePageName, from string) (sitepages.SitePageVersions, error)
	SitePageVersion(ctx context.Context, actor identityport.Actor, name content.SitePageName, number int) (content.SitePage, error)
	PreviewSitePage(ctx context.Context, actor identityport.Actor, markdown string) (content.Preview, error)
	PublishSitePage(ctx context.Context, actor identityport.Actor, c sitepages.PublishSitePage) (content.SitePage, error)
	UnpublishedSitePages(ctx context.Context) ([]content.SitePageName, error)
}

func (h *routes) sitePages() {
	s, manage := h.server, fiberhttp.Permitted(content.PermissionManageSite)
	s.Flashes(map[string]layout.Flash{
		"site-page-published": {Kind: layout.FlashSuccess, Message: "Published: readers get this version now."},
	})
	for _, name := range content.SitePageNames() {
		s.Page(http.MethodGet, "/"+string(name), fiberhttp.Public(), h.sitePage(name),
			fiberhttp.Cached(tagged(content.TagSitePages)), fiberhttp.Revalidated())
	}
	s.Page(http.MethodGet, "/admin/site-pages", manage, h.listSitePages)
	s.Page(http.MethodGet, "/admin/site-pages/{site_page}", manage, h.editSitePage)
	s.Page(http.MethodPost, "/admin/site-pages/{site_page}", manage, h.publishSitePage, fiberhttp.MaxBody(maxPost), fiberhttp.PreservesForm())
	s.Page(http.MethodGet, "/admin/site-pages/{site_page}/versions/{number}", manage, h.sitePageVersion)
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
			v.Version, v.PublishedAt, v.BodyHTML = page.Version(), page.PublishedAt, withoutEmbeds(page.Body)
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
	return h.sitePageForm(r, v, false), nil
}

// sitePageForm is the page with its field in the editor. unsaved says that the text is
// one that was sent and is not published.
func (h *routes) sitePageForm(r *fiberhttp.Request, v contentpages.SitePageEditView, unsaved bool) fiberhttp.Reply {
	v.Editor = map[string]any{
		"key": "site-page-" + r.Param("site_page"), "user": r.Actor.UserID, "version": v.Seen, "version_field": "seen", "unsaved": unsaved,
		"max_bytes": content.MaxBody, "previews": false,
	}
	return fiberhttp.HTML(contentpages.SitePageEdit(v))
}

// sitePageEditor is the page with the text in force, and a list of the versions.
func (h *routes) sitePageEditor(ctx context.Context, r *fiberhttp.Request) (contentpages.SitePageEditView, error) {
	name := content.SitePageName(r.Param("site_page"))
	from := r.Query("cursor")
	versions, err := h.Content.SitePageVersions(ctx, r.Actor, name, from)
	if err != nil {
		return contentpages.SitePageEditView{}, err
	}
	path := sitePageEditPath(name)
	v := contentpages.SitePageEditView{
		Page: h.server.View(r, fiberhttp.View{Title: name.Title(), Robots: "noindex"}), Heading: name.Title(),
		Action: path, PublicURL: sitePagePath(name), Errors: layout.FieldErrors{},
	}
	if from != "" {
		v.NewestURL = path + "#versions"
	}
	if versions.NextCursor != "" {
		v.OlderURL = path + "?cursor=" + versions.NextCursor + "#versions"
	}
	names := map[identityport.UserID]string{}
	for _, p := range versions.Items {
		editor, ok := names[p.Editor]
		if !ok {
			if editor, err = h.editorName(ctx, p.Editor); err != nil {
				return contentpages.SitePageEditView{}, err
			}
			names[p.Editor] = editor
		}
		v.Versions = append(v.Versions, contentpages.SitePageVersion{
			Version: p.Version(), URL: path + "/versions/" + strconv.Itoa(p.Number), Editor: editor, PublishedAt: p.PublishedAt,
		})
	}
	newest := versions
	if from != "" {
		if newest, err = h.Content.SitePageVersions(ctx, r.Actor, name, ""); err != nil {
			return contentpages.SitePageEditView{}, err
		}
	}
	if len(newest.Items) == 0 {
		return v, nil
	}
	current, err := h.Content.SitePageVersion(ctx, r.Actor, name, newest.Items[0].Number)
	v.Markdown, v.Seen = current.Markdown, current.Number
	return v, err
}

// sitePageVersion shows one version as it was read, and how it was written.
func (h *routes) sitePageVersion(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	name := content.SitePageName(r.Param("site_page"))
	number, err := strconv.Atoi(r.Param("number"))
	if err != nil {
		return fiberhttp.Reply{}, content.ErrSitePageNotFound
	}
	p, err := h.Content.SitePageVersion(ctx, r.Actor, name, number)
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	editor, err := h.editorName(ctx, p.Editor)
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	title := name.Title() + ", version " + p.Version()
	return fiberhttp.HTML(contentpages.SitePageOld(contentpages.SitePageOldView{
		Page: h.server.View(r, fiberhttp.View{Title: title, Robots: "noindex"}), Heading: title, Editor: editor, PublishedAt: p.PublishedAt,
		BodyHTML: withoutEmbeds(p.Body), Markdown: p.Markdown, EditURL: sitePageEditPath(name),
	})), nil
}

func (h *routes) editorName(ctx context.Context, id identityport.UserID) (string, error) {
	const gone = "somebody who left"
	if id == "" {
		return gone, nil
	}
	who, err := h.People.Person(ctx, id)
	if fault.KindOf(err) == fault.NotFound {
		return gone, nil
	}
	return who.Name, err
}

func (h *routes) publishSitePage(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	name, typed := content.SitePageName(r.Param("site_page")), r.Form("body_markdown")
	seen, err := strconv.Atoi(r.Form("seen"))
	if err != nil {
		seen = -1
	}
	preview, status, message := content.Preview{}, http.StatusOK, ""
	if r.Form("intent") == "preview" {
		preview, err = h.Content.PreviewSitePage(ctx, r.Actor, typed)
	} else {
		_, err = h.Content.PublishSitePage(ctx, r.Actor, sitepages.PublishSitePage{Name: name, Markdown: typed, Seen: seen})
		if err == nil {
			return fiberhttp.Redirect(sitePageEditPath(name)).Flash("site-page-published"), nil
		}
	}
	if err != nil {
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
	v.Markdown, v.BodyHTML, v.Warnings = typed, withoutEmbeds(preview.Body), warnings(preview)
	switch status {
	case http.StatusUnprocessableEntity:
		v.Errors["body_markdown"] = message
	case http.StatusConflict: // Seen is that of now: the versions below show what it replaces
		v.Errors[""] = message
	default:
		v.Seen = max(seen, 0)
	}
	return h.sitePageForm(r, v, true).Status(status), nil
}
