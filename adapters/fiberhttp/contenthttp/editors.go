package contenthttp

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// EditorUseCases is what the routes ask about who else edits a post.
type EditorUseCases interface {
	PostEditors(ctx context.Context, actor identityport.Actor, id content.PostID) ([]identityport.Person, error)
	AddEditor(ctx context.Context, actor identityport.Actor, id content.PostID, email string) error
	RemoveEditor(ctx context.Context, actor identityport.Actor, id content.PostID, user identityport.UserID) error
}

// Editor is somebody who was let in to edit one post.
type Editor struct {
	UserID string `json:"user_id" format:"uuid"`
	Name   string `json:"name"`
	Email  string `json:"email"`
}

// Editors is who was let in.
type Editors struct {
	Items      []Editor `json:"items" nullable:"false"`
	NextCursor *string  `json:"next_cursor"`
}

// NewEditor names who is let in.
type NewEditor struct {
	Email string `json:"email" validate:"required,email,max=254" example:"ben@neoforge.test"`
}

func editorOf(p identityport.Person) Editor {
	return Editor{UserID: string(p.ID), Name: p.Name, Email: p.Email}
}

func (h *routes) editors() {
	s, write := h.server, fiberhttp.Permitted(content.PermissionWrite)

	type editors struct{ Body Editors }
	fiberhttp.Operation(s, write, huma.Operation{
		OperationID: "list-post-editors", Method: http.MethodGet, Path: "/posts/{id}/editors", Tags: []string{"content"},
		Summary: "List who else may edit a post",
	}, func(ctx context.Context, in *postID) (*editors, error) {
		people, err := h.Content.PostEditors(ctx, fiberhttp.ActorFrom(ctx), content.PostID(in.ID))
		if err != nil {
			return nil, err
		}
		out := &editors{Body: Editors{Items: []Editor{}}}
		for _, p := range people {
			out.Body.Items = append(out.Body.Items, editorOf(p))
		}
		return out, nil
	})

	type add struct {
		ID   string `path:"id" maxLength:"64"`
		Body NewEditor
	}
	fiberhttp.Operation(s, write, huma.Operation{
		OperationID: "add-post-editor", Method: http.MethodPost, Path: "/posts/{id}/editors", Tags: []string{"content"},
		Summary: "Add an editor to a post", DefaultStatus: http.StatusAccepted,
		Description: "Whoever has the e-mail address gets a mail, and is listed once they accept. The answer is the same when nobody has it.",
	}, func(ctx context.Context, in *add) (*struct{}, error) {
		return nil, h.Content.AddEditor(ctx, fiberhttp.ActorFrom(ctx), content.PostID(in.ID), in.Body.Email)
	})

	type remove struct {
		ID   string `path:"id" maxLength:"64"`
		User string `path:"user" maxLength:"64"`
	}
	fiberhttp.Operation(s, write, huma.Operation{
		OperationID: "remove-post-editor", Method: http.MethodDelete, Path: "/posts/{id}/editors/{user}", Tags: []string{"content"},
		Summary: "Remove an editor of a post", DefaultStatus: http.StatusNoContent,
	}, func(ctx context.Context, in *remove) (*struct{}, error) {
		return nil, h.Content.RemoveEditor(ctx, fiberhttp.ActorFrom(ctx), content.PostID(in.ID), identityport.UserID(in.User))
	})
}
