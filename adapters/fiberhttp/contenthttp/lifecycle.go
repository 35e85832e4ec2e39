package contenthttp

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/modules/content/studio"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// LifecycleUseCases are what becomes of a post besides its text.
type LifecycleUseCases interface {
	SchedulePost(ctx context.Context, actor identityport.Actor, id content.PostID, s content.Schedule) (content.Article, error)
	UnschedulePost(ctx context.Context, actor identityport.Actor, id content.PostID) (content.Article, error)
	ArchivePost(ctx context.Context, actor identityport.Actor, id content.PostID) (content.Article, error)
	TrashPost(ctx context.Context, actor identityport.Actor, id content.PostID) (content.Article, error)
	RestorePost(ctx context.Context, actor identityport.Actor, id content.PostID) (content.Article, error)
	DeletePost(ctx context.Context, actor identityport.Actor, id content.PostID) error
}

// Schedule is when a post is published by itself.
type Schedule struct {
	PublishAt time.Time `json:"publish_at" doc:"A moment to come, within five years."`
	Zone      string    `json:"zone,omitempty" maxLength:"64" default:"UTC" example:"Europe/Berlin" doc:"The time zone that it is shown in, by its IANA name."`
}

// scheduleOf is a schedule as the API gives it; nil for none.
func scheduleOf(s content.Schedule) *Schedule {
	if s.IsZero() {
		return nil
	}
	return &Schedule{PublishAt: s.At, Zone: s.Zone}
}

func (h *routes) lifecycleAPI() {
	s, write := h.server, fiberhttp.Permitted(content.PermissionWrite)
	type schedule struct {
		ID   string `path:"id" maxLength:"64"`
		Body Schedule
	}
	fiberhttp.Operation(s, write, huma.Operation{
		OperationID: "schedule-post", Method: http.MethodPut, Path: "/posts/{id}/schedule", Tags: []string{"content"},
		Summary: "Have a post published by itself at a moment", DefaultStatus: http.StatusOK,
		Description: "It is published within a minute of it, as of that moment; also when the program was down meanwhile. Again: at another moment.",
	}, func(ctx context.Context, in *schedule) (*postOutput, error) {
		return h.sourceOf(h.Content.SchedulePost(ctx, fiberhttp.ActorFrom(ctx), content.PostID(in.ID), content.Schedule{At: in.Body.PublishAt, Zone: in.Body.Zone}))
	})
	for _, o := range []struct {
		id, method, at string
		summary        string
		do             func(UseCases, context.Context, identityport.Actor, content.PostID) (content.Article, error)
	}{
		{"unschedule-post", http.MethodDelete, "/schedule", "Make a scheduled post a draft", UseCases.UnschedulePost},
		{"archive-post", http.MethodPost, "/archive", "Put a post away that is kept and read by nobody", UseCases.ArchivePost},
		{"restore-post", http.MethodPost, "/restore", "Make an archived or trashed post a draft", UseCases.RestorePost},
	} {
		fiberhttp.Operation(s, write, huma.Operation{
			OperationID: o.id, Method: o.method, Path: "/posts/{id}" + o.at, Tags: []string{"content"}, Summary: o.summary, DefaultStatus: http.StatusOK,
		}, func(ctx context.Context, in *postID) (*postOutput, error) {
			return h.sourceOf(o.do(h.Content, ctx, fiberhttp.ActorFrom(ctx), content.PostID(in.ID)))
		})
	}
	type remove struct {
		ID      string `path:"id" maxLength:"64"`
		Forever bool   `query:"forever" doc:"Deletes a post for good that lies in the trash."`
	}
	fiberhttp.Operation(s, write, huma.Operation{
		OperationID: "delete-post", Method: http.MethodDelete, Path: "/posts/{id}", Tags: []string{"content"},
		Summary: "Move a post to the trash, or delete one there for good", DefaultStatus: http.StatusNoContent,
		Description: "What lies in the trash can be restored for 30 days.",
	}, func(ctx context.Context, in *remove) (*struct{}, error) {
		if in.Forever {
			return nil, h.Content.DeletePost(ctx, fiberhttp.ActorFrom(ctx), content.PostID(in.ID))
		}
		_, err := h.Content.TrashPost(ctx, fiberhttp.ActorFrom(ctx), content.PostID(in.ID))
		return nil, err
	})
}

func (h *routes) sourceOf(a content.Article, err error) (*postOutput, error) {
	if err != nil {
		return nil, err
	}
	return h.source(a), nil
}

func (h *routes) lifePages() {
	for _, a := range []struct {
		at, flash string
		do        func(UseCases, context.Context, identityport.Actor, content.PostID) (content.Article, error)
	}{
		{"/archive", "post-archived", UseCases.ArchivePost},
		{"/trash", "post-trashed", UseCases.TrashPost},
		{"/restore", "post-restored", UseCases.RestorePost},
	} {
		h.server.Page(http.MethodPost, "/studio/posts/{id}"+a.at, fiberhttp.Permitted(content.PermissionWrite), func(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
			id := content.PostID(r.Param("id"))
			if _, err := a.do(h.Content, ctx, r.Actor, id); err != nil && !done(err) {
				return fiberhttp.Reply{}, err
			}
			return fiberhttp.Redirect(editPath(id)).Flash(a.flash), nil
		})
	}
	h.server.Page(http.MethodPost, "/studio/posts/{id}/delete", fiberhttp.Permitted(content.PermissionWrite), func(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
		if err := h.Content.DeletePost(ctx, r.Actor, content.PostID(r.Param("id"))); err != nil {
			return fiberhttp.Reply{}, err
		}
		return fiberhttp.Redirect(studioURL(studio.Filter{Status: content.Trashed})).Flash("post-deleted"), nil
	})
}
