package contenthttp

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/modules/content/authorship"
	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/web/pages/contentpages"
)

// AuthorshipUseCases is what the routes ask about who wrote a post.
type AuthorshipUseCases interface {
	ChooseAuthors(ctx context.Context, actor identityport.Actor) ([]content.Author, error)
	ChangePostAuthors(ctx context.Context, actor identityport.Actor, c authorship.ChangePostAuthors) (content.Article, error)
}

// Authors is who wrote a post, in the order of its byline.
type Authors struct {
	Items []Author `json:"items" nullable:"false"`
}

// NewAuthors is who is to have written a post.
type NewAuthors struct {
	Authors []string `json:"authors" minItems:"1" maxItems:"10" doc:"Handles, in the order of the byline. The post belongs to the first."`
}

type authorsOutput struct {
	ETag string `header:"ETag"`
	Body Authors
}

func (h *routes) authorsAPI() {
	s, write := h.server, fiberhttp.Permitted(content.PermissionWrite)
	answer := func(a content.Article) *authorsOutput {
		return &authorsOutput{ETag: fiberhttp.ETagOf(a.Post.Version), Body: Authors{Items: authorsOf(a.Authors())}}
	}
	fiberhttp.Operation(s, write, huma.Operation{
		OperationID: "list-post-authors", Method: http.MethodGet, Path: "/posts/{id}/authors", Tags: []string{"content"},
		Summary: "List the authors of a post", Description: "In the order of its byline. The ETag is that of the post.",
	}, func(ctx context.Context, in *postID) (*authorsOutput, error) {
		a, err := h.Content.OpenPost(ctx, fiberhttp.ActorFrom(ctx), content.PostID(in.ID))
		if err != nil {
			return nil, err
		}
		return answer(a), nil
	})
	type put struct {
		ID      string `path:"id" maxLength:"64"`
		IfMatch string `header:"If-Match" doc:"The ETag of the post that was changed, a list of them, or * for any. Missing: 428; not the current one: 412, unless its authors are as wanted already."`
		Body    NewAuthors
	}
	fiberhttp.Operation(s, write, huma.Operation{
		OperationID: "change-post-authors", Method: http.MethodPut, Path: "/posts/{id}/authors", Tags: []string{"content"},
		Summary: "Say who wrote a post",
		Description: "Who is an author of a post may edit it, with a role that writes. Its first author names the others, and these may take themselves out; " +
			"who edits any post may hand it to another first author.",
	}, func(ctx context.Context, in *put) (*authorsOutput, error) {
		actor, id := fiberhttp.ActorFrom(ctx), content.PostID(in.ID)
		a, err := underIfMatch(in.IfMatch, content.ErrPostChanged, func() (int, error) {
			a, err := h.Content.OpenPost(ctx, actor, id)
			return a.Post.Version, err
		}, func(seen int) (content.Article, error) {
			return h.Content.ChangePostAuthors(ctx, actor, authorship.ChangePostAuthors{ID: id, Seen: seen, Authors: in.Body.Authors})
		})
		if err != nil {
			return nil, err
		}
		return answer(a), nil
	})
}

func authorsPath(id content.PostID) string { return editPath(id) + "/authors" }

func (h *routes) authorPages() {
	write := fiberhttp.Permitted(content.PermissionWrite)
	h.server.Page(http.MethodGet, "/studio/posts/{id}/authors", write, func(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
		a, err := h.Content.OpenPost(ctx, r.Actor, content.PostID(r.Param("id")))
		if err != nil {
			return fiberhttp.Reply{}, err
		}
		return h.authorsForm(ctx, r, a, contentpages.AuthorsView{}, http.StatusOK)
	})
	h.server.Page(http.MethodPost, "/studio/posts/{id}/authors", write, h.changeAuthors, fiberhttp.PreservesForm())
}

func (h *routes) authorsForm(ctx context.Context, r *fiberhttp.Request, a content.Article, v contentpages.AuthorsView, status int) (fiberhttp.Reply, error) {
	title := a.Post.Text.Title
	v.Page = h.server.View(r, fiberhttp.View{Title: "Authors: " + title, Nav: "/studio", Robots: "noindex"})
	v.IsPage, v.Title, v.EditURL, v.Action, v.Version = a.Post.Kind == content.KindPage, title, editPath(a.Post.ID), authorsPath(a.Post.ID), a.Post.Version
	v.MayChange, v.MayHandOver = content.Owns(r.Actor, a.Post), r.Actor.May(content.PermissionEditAny)
	all := append([]content.Author{a.Author}, a.CoAuthors...)
	for _, author := range all {
		v.Authors = append(v.Authors, contentpages.PostAuthor{Name: author.Name, Handle: author.Handle, Self: author.User == r.Actor.UserID})
	}
	v.Full = len(all) >= content.MaxAuthors
	if v.MayChange && !v.Full {
		choice, err := h.Content.ChooseAuthors(ctx, r.Actor)
		if err != nil {
			return fiberhttp.Reply{}, err
		}
		for _, author := range choice {
			if !slices.ContainsFunc(all, func(has content.Author) bool { return has.User == author.User }) {
				v.Choice = append(v.Choice, contentpages.PostAuthor{Name: author.Name, Handle: author.Handle})
			}
		}
	}
	return fiberhttp.HTML(contentpages.Authors(v)).Status(status), nil
}

// changeAuthors does to the authors that were shown what a button says: add, or up, down and
// remove with the place of one of them.
func (h *routes) changeAuthors(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	id := content.PostID(r.Param("id"))
	handles, typed := slices.Clone(r.FormValues()["author"]), strings.TrimSpace(r.Form("handle"))
	what, place, _ := strings.Cut(r.Form("do"), "-")
	at, err := strconv.Atoi(place)
	known := err == nil && at >= 0 && at < len(handles)
	switch {
	case what == "remove" && known:
		handles = slices.Delete(handles, at, at+1)
	case what == "up" && known && at > 0:
		handles[at-1], handles[at] = handles[at], handles[at-1]
	case what == "down" && known && at < len(handles)-1:
		handles[at+1], handles[at] = handles[at], handles[at+1]
	default:
		handles = append(handles, strings.ToLower(strings.TrimPrefix(typed, "@")))
	}
	after, err := h.Content.ChangePostAuthors(ctx, r.Actor, authorship.ChangePostAuthors{ID: id, Seen: formVersion(r), Authors: handles})
	if err == nil {
		if !content.MayEdit(r.Actor, after.Post) {
			return fiberhttp.Redirect(studioPath).Flash("authors-left"), nil
		}
		return fiberhttp.Redirect(authorsPath(id)).Flash("authors-saved"), nil
	}
	f := fault.As(err)
	if f == nil || f.Kind != fault.Invalid && f.Kind != fault.Conflict && f.Kind != fault.Outdated && f.Kind != fault.Forbidden {
		return fiberhttp.Reply{}, err
	}
	a, missing := h.Content.OpenPost(ctx, r.Actor, id)
	if missing != nil {
		return fiberhttp.Reply{}, missing
	}
	v := contentpages.AuthorsView{Typed: typed, Error: f.Message}
	status := http.StatusUnprocessableEntity
	switch {
	case errors.Is(err, content.ErrPostChanged):
		v.Error, status = "It was changed meanwhile. These are its authors now; do it again if it is still right.", http.StatusPreconditionFailed
	case f.Kind == fault.Forbidden:
		status = http.StatusForbidden
	case len(f.Fields) > 0:
		v.Error = f.Fields[0].Message
	}
	return h.authorsForm(ctx, r, a, v, status)
}
