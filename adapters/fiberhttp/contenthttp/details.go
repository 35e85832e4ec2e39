package contenthttp

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/modules/content/details"
	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/web/pages/contentpages"
	"github.com/neoforge-dev/neoforge/web/pages/layout"
)

// DetailUseCases is what the routes ask about what search engines and other sites are told.
type DetailUseCases interface {
	PostDetails(ctx context.Context, actor identityport.Actor, id content.PostID) (content.Article, error)
	ChangePostDetails(ctx context.Context, actor identityport.Actor, c details.ChangePostDetails) (content.Article, error)
	ChooseCover(ctx context.Context, actor identityport.Actor, c details.ChooseCover) (content.Article, error)
}

// NewPostDetails is what search engines and other sites are to be told of a post. What is
// absent or empty is taken from the post.
type NewPostDetails struct {
	SEOTitle          string `json:"seo_title,omitempty" doc:"At most 200 characters."`
	SEODescription    string `json:"seo_description,omitempty" doc:"At most 500 characters."`
	SocialTitle       string `json:"social_title,omitempty" doc:"Where the post is shared; empty: seo_title. At most 200 characters."`
	SocialDescription string `json:"social_description,omitempty" doc:"Where the post is shared; empty: seo_description. At most 500 characters."`
	CanonicalURL      string `json:"canonical_url,omitempty" doc:"Where the text is at home, of any site: it begins with https://. Empty: here."`
	NoIndex           bool   `json:"noindex,omitempty" doc:"Search engines are asked to leave the post out."`
	CoverMediaID      string `json:"cover_media_id,omitempty" doc:"The picture of the library that stands above the post, and beside its title in lists. Whoever sees the title sees it. Empty: none."`
	CoverAlt          string `json:"cover_alt,omitempty" doc:"What the cover shows; empty: as the library says it. At most 500 characters."`
	CoverCaption      string `json:"cover_caption,omitempty" doc:"Stands below the cover, as plain text. At most 500 characters."`
}

// PostDetails is what search engines and other sites are told of a post.
type PostDetails struct {
	SEOTitle          string     `json:"seo_title"`
	SEODescription    string     `json:"seo_description"`
	SocialTitle       string     `json:"social_title"`
	SocialDescription string     `json:"social_description"`
	CanonicalURL      string     `json:"canonical_url"`
	NoIndex           bool       `json:"noindex"`
	CoverMediaID      string     `json:"cover_media_id"`
	CoverAlt          string     `json:"cover_alt"`
	CoverCaption      string     `json:"cover_caption"`
	UpdatedAt         *time.Time `json:"updated_at" doc:"Null: nothing was ever said."`
}

type detailsOutput struct {
	ETag string `header:"ETag"`
	Body PostDetails
}

func detailsOf(d content.PostDetails) *detailsOutput {
	return &detailsOutput{ETag: fiberhttp.ETagOf(d.Version + 1), Body: PostDetails{
		SEOTitle: d.SEOTitle, SEODescription: d.SEODescription, SocialTitle: d.SocialTitle, SocialDescription: d.SocialDescription,
		CanonicalURL: d.Canonical, NoIndex: d.NoIndex, CoverMediaID: string(d.Cover.Media), CoverAlt: d.Cover.Alt, CoverCaption: d.Cover.Caption,
		UpdatedAt: fiberhttp.OptionalTime(d.UpdatedAt),
	}}
}

func (h *routes) detailsAPI() {
	s, write := h.server, fiberhttp.Permitted(content.PermissionWrite)
	fiberhttp.Operation(s, write, huma.Operation{
		OperationID: "get-post-details", Method: http.MethodGet, Path: "/posts/{id}/details", Tags: []string{"content"},
		Summary: "Read what search engines and other sites are told of a post",
	}, func(ctx context.Context, in *postID) (*detailsOutput, error) {
		a, err := h.Content.PostDetails(ctx, fiberhttp.ActorFrom(ctx), content.PostID(in.ID))
		if err != nil {
			return nil, err
		}
		return detailsOf(a.Details), nil
	})
	type put struct {
		ID      string `path:"id" maxLength:"64"`
		IfMatch string `header:"If-Match" doc:"The ETag of the details that were changed, a list of them, or * for any. Missing: 428; not the current one: 412, unless they are as wanted already."`
		Body    NewPostDetails
	}
	fiberhttp.Operation(s, write, huma.Operation{
		OperationID: "change-post-details", Method: http.MethodPut, Path: "/posts/{id}/details", Tags: []string{"content"},
		Summary: "Say what search engines and other sites are told of a post", Description: "All of it is replaced.",
	}, func(ctx context.Context, in *put) (*detailsOutput, error) {
		actor, id := fiberhttp.ActorFrom(ctx), content.PostID(in.ID)
		a, err := underIfMatch(in.IfMatch, content.ErrDetailsChanged, func() (int, error) {
			a, err := h.Content.PostDetails(ctx, actor, id)
			return a.Details.Version + 1, err
		}, func(seen int) (content.Article, error) {
			return h.changeDetails(ctx, actor, id, seen-1, content.PostDetails{
				SEOTitle: in.Body.SEOTitle, SEODescription: in.Body.SEODescription, SocialTitle: in.Body.SocialTitle,
				SocialDescription: in.Body.SocialDescription, Canonical: in.Body.CanonicalURL, NoIndex: in.Body.NoIndex,
				Cover: content.CoverChoice{Media: content.MediaID(in.Body.CoverMediaID), Alt: in.Body.CoverAlt, Caption: in.Body.CoverCaption},
			})
		})
		if err != nil {
			return nil, err
		}
		return detailsOf(a.Details), nil
	})
}

// changeDetails keeps no canonical address that is the post's own: it would stay behind when
// the slug changes.
func (h *routes) changeDetails(ctx context.Context, actor identityport.Actor, id content.PostID, seen int, d content.PostDetails) (content.Article, error) {
	if d.Canonical != "" {
		a, err := h.Content.PostDetails(ctx, actor, id)
		if err != nil {
			return content.Article{}, err
		}
		if d.Canonical == h.server.BaseURL()+a.Post.Path() {
			d.Canonical = ""
		}
	}
	return h.Content.ChangePostDetails(ctx, actor, details.ChangePostDetails{ID: id, Seen: seen, Details: d})
}

func detailsPath(id content.PostID) string { return editPath(id) + "/details" }

func (h *routes) detailsPages() {
	write := fiberhttp.Permitted(content.PermissionWrite)
	h.server.Page(http.MethodGet, "/studio/posts/{id}/details", write, func(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
		a, err := h.Content.PostDetails(ctx, r.Actor, content.PostID(r.Param("id")))
		if err != nil {
			return fiberhttp.Reply{}, err
		}
		d := a.Details
		return h.detailsForm(r, a, contentpages.DetailsView{Form: contentpages.DetailsForm{
			SEOTitle: d.SEOTitle, SEODescription: d.SEODescription, SocialTitle: d.SocialTitle, SocialDescription: d.SocialDescription,
			Canonical: d.Canonical, NoIndex: d.NoIndex,
		}}, http.StatusOK), nil
	})
	h.server.Page(http.MethodPost, "/studio/posts/{id}/details", write, h.saveDetails, fiberhttp.PreservesForm())
}

func (h *routes) detailsForm(r *fiberhttp.Request, a content.Article, v contentpages.DetailsView, status int) fiberhttp.Reply {
	title := a.Post.Text.Title
	v.Page = h.server.View(r, fiberhttp.View{Title: "Details: " + title, Nav: "/studio", Robots: "noindex"})
	v.IsPage, v.Title, v.EditURL, v.Action, v.Version = a.Post.Kind == content.KindPage, title, editPath(a.Post.ID), detailsPath(a.Post.ID), a.Details.Version
	v.PublicURL, v.CoverURL, v.Cover = h.server.BaseURL()+a.Post.Path(), coverPath(a.Post.ID), cardPicture(a.Cover)
	if v.Errors == nil {
		v.Errors = layout.FieldErrors{}
	}
	return fiberhttp.HTML(contentpages.Details(v)).Status(status)
}

func (h *routes) saveDetails(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	id := content.PostID(r.Param("id"))
	form := contentpages.DetailsForm{
		SEOTitle: r.Form("seo_title"), SEODescription: r.Form("seo_description"), SocialTitle: r.Form("social_title"),
		SocialDescription: r.Form("social_description"), Canonical: r.Form("canonical_url"), NoIndex: r.Form("noindex") == "true",
	}
	before, err := h.Content.PostDetails(ctx, r.Actor, id)
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	_, err = h.changeDetails(ctx, r.Actor, id, formVersion(r), content.PostDetails{
		Cover: before.Details.Cover, SEOTitle: form.SEOTitle, SEODescription: form.SEODescription, SocialTitle: form.SocialTitle, SocialDescription: form.SocialDescription,
		Canonical: form.Canonical, NoIndex: form.NoIndex,
	})
	if err == nil {
		return fiberhttp.Redirect(detailsPath(id)).Flash("details-saved"), nil
	}
	f := fault.As(err)
	if f == nil || f.Kind != fault.Invalid && f.Kind != fault.Conflict && f.Kind != fault.Outdated {
		return fiberhttp.Reply{}, err
	}
	a, missing := h.Content.PostDetails(ctx, r.Actor, id)
	if missing != nil {
		return fiberhttp.Reply{}, missing
	}
	v := contentpages.DetailsView{Form: form, Errors: layout.FieldErrors{}}
	for _, field := range f.Fields {
		v.Errors[field.Name] = field.Message
	}
	status := http.StatusUnprocessableEntity
	switch {
	case errors.Is(err, content.ErrDetailsChanged):
		v.Changed, status = true, http.StatusPreconditionFailed
	case len(f.Fields) == 0:
		v.Errors[""] = f.Message
	}
	return h.detailsForm(r, a, v, status), nil
}
