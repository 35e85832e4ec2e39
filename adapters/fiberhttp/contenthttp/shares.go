package contenthttp

import (
	"context"
	"net/http"
	"net/url"
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

// ShareUseCases is what the routes ask about with whom a post is shared.
type ShareUseCases interface {
	PostShares(ctx context.Context, actor identityport.Actor, id content.PostID) (content.Article, []contentapp.PostShare, error)
	SharePost(ctx context.Context, actor identityport.Actor, id content.PostID, email string, share content.Share, until time.Time) error
	UnsharePost(ctx context.Context, actor identityport.Actor, id content.PostID, user identityport.UserID) error
	RightsTo(ctx context.Context, actor identityport.Actor, p content.PostState) (contentapp.PostRights, error)
	SharedPosts(ctx context.Context, actor identityport.Actor) ([]contentapp.SharedPost, error)
}

// Share is what one person may do to a post that others may not.
type Share struct {
	UserID string     `json:"user_id" format:"uuid"`
	Name   string     `json:"name"`
	Email  string     `json:"email"`
	Share  string     `json:"share" enum:"read,edit,publish" doc:"Each includes those before it."`
	Until  *time.Time `json:"until" doc:"When it is over; null: when it is taken back."`
}

// Shares is with whom a post is shared.
type Shares struct {
	Items      []Share `json:"items" nullable:"false"`
	NextCursor *string `json:"next_cursor"`
}

// NewShare names with whom a post is to be shared.
type NewShare struct {
	Email string     `json:"email" validate:"required,email,max=254" example:"ben@neoforge.test"`
	Share string     `json:"share" enum:"read,edit,publish" doc:"Read opens it whole. Edit and publish are for who may write at all. Each includes those before it."`
	Until *time.Time `json:"until,omitempty" doc:"When it is over; absent: when it is taken back."`
}

func sharingPath(id content.PostID) string { return editPath(id) + "/sharing" }

func (h *routes) shares() {
	s, write := h.server, fiberhttp.Permitted(content.PermissionWrite)

	type shares struct{ Body Shares }
	fiberhttp.Operation(s, write, huma.Operation{
		OperationID: "list-post-shares", Method: http.MethodGet, Path: "/posts/{id}/shares", Tags: []string{"content"},
		Summary: "List with whom a post is shared",
	}, func(ctx context.Context, in *postID) (*shares, error) {
		_, all, err := h.Content.PostShares(ctx, fiberhttp.ActorFrom(ctx), content.PostID(in.ID))
		if err != nil {
			return nil, err
		}
		out := &shares{Body: Shares{Items: []Share{}}}
		for _, p := range all {
			out.Body.Items = append(out.Body.Items, Share{UserID: string(p.Person.ID), Name: p.Person.Name, Email: p.Person.Email, Share: string(p.Share), Until: fiberhttp.OptionalTime(p.Until)})
		}
		return out, nil
	})

	type add struct {
		ID   string `path:"id" maxLength:"64"`
		Body NewShare
	}
	fiberhttp.Operation(s, write, huma.Operation{
		OperationID: "share-post", Method: http.MethodPost, Path: "/posts/{id}/shares", Tags: []string{"content"},
		Summary: "Share a post with somebody", DefaultStatus: http.StatusAccepted,
		Description: "Whoever has the e-mail address gets a mail, and is listed once they accept. The answer is the same when nobody has it. For who is listed already, it changes until when.",
	}, func(ctx context.Context, in *add) (*struct{}, error) {
		var until time.Time
		if in.Body.Until != nil {
			until = *in.Body.Until
		}
		return nil, h.Content.SharePost(ctx, fiberhttp.ActorFrom(ctx), content.PostID(in.ID), in.Body.Email, content.Share(in.Body.Share), until)
	})

	type remove struct {
		ID   string `path:"id" maxLength:"64"`
		User string `path:"user" maxLength:"64"`
	}
	fiberhttp.Operation(s, write, huma.Operation{
		OperationID: "unshare-post", Method: http.MethodDelete, Path: "/posts/{id}/shares/{user}", Tags: []string{"content"},
		Summary: "Stop sharing a post with somebody", DefaultStatus: http.StatusNoContent,
	}, func(ctx context.Context, in *remove) (*struct{}, error) {
		return nil, h.Content.UnsharePost(ctx, fiberhttp.ActorFrom(ctx), content.PostID(in.ID), identityport.UserID(in.User))
	})
}

func (h *routes) sharingPages() {
	write := fiberhttp.Permitted(content.PermissionWrite)
	h.server.Page(http.MethodGet, "/studio/posts/{id}/sharing", write, h.showSharing)
	h.server.Page(http.MethodPost, "/studio/posts/{id}/sharing", write, h.sharePost, fiberhttp.PreservesForm())
	h.server.Page(http.MethodPost, "/studio/posts/{id}/sharing/{user}/remove", write, h.unsharePost)
}

func (h *routes) showSharing(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	return h.sharing(ctx, r, contentpages.ShareForm{Share: string(content.ShareEdit)}, nil, http.StatusOK)
}

func (h *routes) sharing(ctx context.Context, r *fiberhttp.Request, form contentpages.ShareForm, wrong layout.FieldErrors, status int) (fiberhttp.Reply, error) {
	id := content.PostID(r.Param("id"))
	article, all, err := h.Content.PostShares(ctx, r.Actor, id)
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	title := article.Post.Text.Title
	v := contentpages.SharingView{
		Page:   h.server.View(r, fiberhttp.View{Title: "Share: " + title, Nav: "/studio", Robots: "noindex"}),
		IsPage: article.Post.Kind == content.KindPage, Title: title, EditURL: editPath(id), Action: sharingPath(id), Form: form, Errors: wrong,
		Gated: article.Post.Text.Visibility != content.Public,
	}
	for _, p := range all {
		v.People = append(v.People, contentpages.SharedPerson{
			Name: p.Person.Name, Email: p.Person.Email, Share: string(p.Share), Until: identityport.LastDay(p.Until),
			RemoveURL: sharingPath(id) + "/" + url.PathEscape(string(p.Person.ID)) + "/remove",
		})
	}
	return fiberhttp.HTML(contentpages.Sharing(v)).Status(status), nil
}

func (h *routes) sharePost(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	id, form := content.PostID(r.Param("id")), contentpages.ShareForm{Email: r.Form("email"), Share: r.Form("share"), Until: r.Form("until")}
	until, ok := fiberhttp.EndOfDay(form.Until)
	if !ok {
		return h.sharing(ctx, r, form, layout.FieldErrors{"until": fiberhttp.NoDay}, http.StatusUnprocessableEntity)
	}
	err := h.Content.SharePost(ctx, r.Actor, id, form.Email, content.Share(form.Share), until)
	if f := fault.As(err); f != nil && f.Kind == fault.Invalid {
		wrong := layout.FieldErrors{}
		for _, field := range f.Fields {
			wrong[field.Name] = field.Message
		}
		if len(f.Fields) == 0 {
			wrong[""] = f.Message
		}
		return h.sharing(ctx, r, form, wrong, http.StatusUnprocessableEntity)
	}
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	return fiberhttp.Redirect(sharingPath(id)).Flash("post-shared"), nil
}

func (h *routes) unsharePost(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	id := content.PostID(r.Param("id"))
	if err := h.Content.UnsharePost(ctx, r.Actor, id, identityport.UserID(r.Param("user"))); err != nil {
		return fiberhttp.Reply{}, err
	}
	return fiberhttp.Redirect(sharingPath(id)).Flash("post-unshared"), nil
}
