package contenthttp

import (
	"context"
	"errors"
	"net/http"
	"net/url"
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

// PreviewLinkUseCases are the links that open a post to people without an account.
type PreviewLinkUseCases interface {
	CreatePreviewLink(ctx context.Context, actor identityport.Actor, id content.PostID, days int) (content.PreviewLink, string, error)
	PreviewLinks(ctx context.Context, actor identityport.Actor, id content.PostID) ([]content.PreviewLink, error)
	RevokePreviewLink(ctx context.Context, actor identityport.Actor, id content.PostID, link string) error
	OpenPreview(ctx context.Context, actor identityport.Actor, secret string) (contentapp.Reading, error)
}

// PreviewLink opens a post to whoever has it.
type PreviewLink struct {
	ID        string    `json:"id" format:"uuid"`
	CreatedAt time.Time `json:"created_at"`
	EndsAt    time.Time `json:"ends_at"`
}

// NewPreviewLink is a link, told this once.
type NewPreviewLink struct {
	PreviewLink
	URL string `json:"url" format:"uri" doc:"Where it leads. It is told this once."`
}

// PreviewLinks is a list of them.
type PreviewLinks struct {
	Items      []PreviewLink `json:"items" nullable:"false"`
	NextCursor *string       `json:"next_cursor"`
}

func previewLinkOf(l content.PreviewLink) PreviewLink {
	return PreviewLink{ID: l.ID, CreatedAt: l.CreatedAt, EndsAt: l.EndsAt}
}

func (h *routes) previewURL(secret string) string {
	return h.server.BaseURL() + "/preview/" + url.PathEscape(secret)
}

func (h *routes) previewLinkAPI() {
	s, write := h.server, fiberhttp.Permitted(content.PermissionWrite)
	type made struct{ Body NewPreviewLink }
	type create struct {
		ID   string `path:"id" maxLength:"64"`
		Body struct {
			Days int `json:"days" minimum:"1" maximum:"90" default:"7" doc:"How long it is good."`
		}
	}
	fiberhttp.Operation(s, write, huma.Operation{
		OperationID: "create-preview-link", Method: http.MethodPost, Path: "/posts/{id}/preview-links", Tags: []string{"content"},
		Summary: "Make a link that opens a post to people without an account", DefaultStatus: http.StatusCreated,
		Description: "Whoever has it reads the post, whatever its status, as they could once it is published: what is for members or subscribers stays theirs. At most 20 of a post are good at once.",
	}, func(ctx context.Context, in *create) (*made, error) {
		l, secret, err := h.Content.CreatePreviewLink(ctx, fiberhttp.ActorFrom(ctx), content.PostID(in.ID), in.Body.Days)
		if err != nil {
			return nil, err
		}
		return &made{Body: NewPreviewLink{previewLinkOf(l), h.previewURL(secret)}}, nil
	})
	type list struct{ Body PreviewLinks }
	fiberhttp.Operation(s, write, huma.Operation{
		OperationID: "list-preview-links", Method: http.MethodGet, Path: "/posts/{id}/preview-links", Tags: []string{"content"}, Summary: "List the preview links of a post that are good",
	}, func(ctx context.Context, in *postID) (*list, error) {
		links, err := h.Content.PreviewLinks(ctx, fiberhttp.ActorFrom(ctx), content.PostID(in.ID))
		if err != nil {
			return nil, err
		}
		out := &list{Body: PreviewLinks{Items: []PreviewLink{}}}
		for _, l := range links {
			out.Body.Items = append(out.Body.Items, previewLinkOf(l))
		}
		return out, nil
	})
	type remove struct {
		ID   string `path:"id" maxLength:"64"`
		Link string `path:"link" maxLength:"64"`
	}
	fiberhttp.Operation(s, write, huma.Operation{
		OperationID: "revoke-preview-link", Method: http.MethodDelete, Path: "/posts/{id}/preview-links/{link}", Tags: []string{"content"},
		Summary: "Take a preview link back", DefaultStatus: http.StatusNoContent,
	}, func(ctx context.Context, in *remove) (*struct{}, error) {
		return nil, h.Content.RevokePreviewLink(ctx, fiberhttp.ActorFrom(ctx), content.PostID(in.ID), in.Link)
	})
}

func previewsPath(id content.PostID) string { return editPath(id) + "/previews" }

func (h *routes) previewLinkPages() {
	write := fiberhttp.Permitted(content.PermissionWrite)
	h.server.Page(http.MethodGet, "/preview/{secret}", fiberhttp.Public(), h.openPreview, fiberhttp.SecretPath())
	h.server.Page(http.MethodGet, "/studio/posts/{id}/previews", write, func(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
		return h.previewLinks(ctx, r, contentpages.PreviewLinksView{Days: "7"}, http.StatusOK)
	})
	h.server.Page(http.MethodPost, "/studio/posts/{id}/previews", write, h.createPreviewLink)
	h.server.Page(http.MethodPost, "/studio/posts/{id}/previews/{link}/revoke", write, func(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
		id := content.PostID(r.Param("id"))
		err := h.Content.RevokePreviewLink(ctx, r.Actor, id, r.Param("link"))
		if err != nil && !errors.Is(err, content.ErrPreviewNotFound) { // over meanwhile, or taken back in another tab
			return fiberhttp.Reply{}, err
		}
		return fiberhttp.Redirect(previewsPath(id)).Flash("preview-revoked"), nil
	})
}

// openPreview shows a post to whoever has a link to it, and to no cache.
func (h *routes) openPreview(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	reading, err := h.Content.OpenPreview(ctx, r.Actor, r.Param("secret"))
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	shown, err := h.shown(ctx, r, reading)
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	v := h.postView(shown)
	v.Page = h.server.View(r, fiberhttp.View{Title: reading.Article.Post.Text.Title, Robots: "noindex"})
	v.Preview = true
	if v.Gate != nil { // which leads back to where there is nothing yet
		back := "?return_to=" + url.QueryEscape("/preview/"+url.PathEscape(r.Param("secret")))
		v.Gate.SignInURL, v.Gate.PricingURL = "/login"+back, "/pricing"+back
	}
	return fiberhttp.HTML(contentpages.Post(v)).Frames(v.Frames...).Header("Referrer-Policy", "no-referrer"), nil
}

func (h *routes) createPreviewLink(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	v := contentpages.PreviewLinksView{Days: r.Form("days")}
	days, malformed := strconv.Atoi(v.Days)
	if malformed != nil {
		days = 0 // refused as such
	}
	_, secret, err := h.Content.CreatePreviewLink(ctx, r.Actor, content.PostID(r.Param("id")), days)
	if f := fault.As(err); f != nil && (f.Kind == fault.Conflict || f.Kind == fault.Invalid) {
		v.Errors = layout.FieldErrors{"days": f.Message}
		return h.previewLinks(ctx, r, v, http.StatusUnprocessableEntity)
	}
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	v.Made = h.previewURL(secret)
	return h.previewLinks(ctx, r, v, http.StatusOK)
}

func (h *routes) previewLinks(ctx context.Context, r *fiberhttp.Request, v contentpages.PreviewLinksView, status int) (fiberhttp.Reply, error) {
	id := content.PostID(r.Param("id"))
	links, err := h.Content.PreviewLinks(ctx, r.Actor, id)
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	article, err := h.Content.OpenPost(ctx, r.Actor, id)
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	title := article.Post.Text.Title
	v.Page = h.server.View(r, fiberhttp.View{Title: "Preview links: " + title, Nav: "/studio", Robots: "noindex"})
	v.IsPage, v.Title, v.EditURL, v.Action, v.Gated = article.Post.Kind == content.KindPage, title, editPath(id), previewsPath(id), article.Post.Text.Visibility != content.Public
	for _, l := range links {
		v.Links = append(v.Links, contentpages.PreviewLink{CreatedAt: l.CreatedAt, EndsAt: l.EndsAt, RevokeURL: previewsPath(id) + "/" + l.ID + "/revoke"})
	}
	return fiberhttp.HTML(contentpages.PreviewLinks(v)).Status(status), nil
}
