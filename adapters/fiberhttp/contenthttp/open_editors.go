package contenthttp

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// PresenceUseCases is what the routes ask about who has a post open.
type PresenceUseCases interface {
	HavePostOpen(ctx context.Context, actor identityport.Actor, id content.PostID) ([]string, error)
	ClosePost(ctx context.Context, actor identityport.Actor, id content.PostID) error
}

// OpenEditors is who else has a post open in the editor.
type OpenEditors struct {
	Others []string `json:"others" nullable:"false" doc:"Their names."`
}

func (h *routes) presenceAPI() {
	s, write := h.server, fiberhttp.Permitted(content.PermissionWrite)
	type output struct{ Body OpenEditors }
	fiberhttp.Operation(s, write, huma.Operation{
		OperationID: "have-post-open", Method: http.MethodPut, Path: "/posts/{id}/open", Tags: []string{"content"},
		Summary:     "Say that you have a post open in an editor",
		Description: "It holds for 90 seconds; say it again every 30. The answer names the others who have it open.",
	}, func(ctx context.Context, in *postID) (*output, error) {
		others, err := h.Content.HavePostOpen(ctx, fiberhttp.ActorFrom(ctx), content.PostID(in.ID))
		if err != nil {
			return nil, err
		}
		return &output{Body: OpenEditors{Others: others}}, nil
	})
	fiberhttp.Operation(s, write, huma.Operation{
		OperationID: "close-post", Method: http.MethodDelete, Path: "/posts/{id}/open", Tags: []string{"content"},
		Summary: "Say that you have a post open no longer", DefaultStatus: http.StatusNoContent,
	}, func(ctx context.Context, in *postID) (*struct{}, error) {
		return nil, h.Content.ClosePost(ctx, fiberhttp.ActorFrom(ctx), content.PostID(in.ID))
	})
}
