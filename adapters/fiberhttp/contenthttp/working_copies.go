package contenthttp

import (
	"context"
	"errors"
	"net/http"
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

// WorkingCopyUseCases are the changes of a published post that readers do not see yet.
type WorkingCopyUseCases interface {
	SaveEdits(ctx context.Context, actor identityport.Actor, c contentapp.SaveEdits) (content.WorkingCopy, error)
	ReadWorkingCopy(ctx context.Context, actor identityport.Actor, id content.PostID) (content.Article, content.WorkingCopy, error)
	WorkingCopyOf(ctx context.Context, id content.PostID) (content.WorkingCopy, error)
	SaveWorkingCopy(ctx context.Context, actor identityport.Actor, c contentapp.SaveWorkingCopy) (content.Article, content.WorkingCopy, error)
	PublishWorkingCopy(ctx context.Context, actor identityport.Actor, c contentapp.PublishWorkingCopy) (content.Article, error)
	DiscardWorkingCopy(ctx context.Context, actor identityport.Actor, id content.PostID, seen int) error
}

// WorkingCopy is the text that a published post is to have.
type WorkingCopy struct {
	PostID       string     `json:"post_id" format:"uuid"`
	Version      int        `json:"version" doc:"Grows with each save; its ETag. 0: there is none, because nothing differs from the published text."`
	PostVersion  int        `json:"post_version" doc:"The version of the post that it was begun from."`
	PostChanged  bool       `json:"post_changed" doc:"The published text was changed directly since: publishing has to name the post_version that was seen."`
	Title        string     `json:"title"`
	Slug         string     `json:"slug"`
	Excerpt      string     `json:"excerpt"`
	Tags         []string   `json:"tags" nullable:"false"`
	Visibility   string     `json:"visibility" enum:"public,members,paid"`
	BodyMarkdown string     `json:"body_markdown"`
	Editor       string     `json:"editor" format:"uuid" doc:"Who saved it last."`
	BegunAt      *time.Time `json:"begun_at"`
	SavedAt      *time.Time `json:"saved_at"`
}

// WorkingCopyChange is what to change; what is absent stays as it is in the copy or, where
// none is begun, in the published text.
type WorkingCopyChange struct {
	PostChange
	PostVersion int `json:"post_version,omitempty" minimum:"1" doc:"The version of the post that a copy is begun from; absent: the one that it is at."`
}

type workingCopyOutput struct {
	ETag string `header:"ETag"`
	Body WorkingCopy
}

func workingCopyOf(a content.Article, c content.WorkingCopy) *workingCopyOutput {
	return &workingCopyOutput{ETag: fiberhttp.ETagOf(c.Save), Body: WorkingCopy{
		PostID: string(c.Post), Version: c.Save, PostVersion: c.Base, PostChanged: c.Begun() && c.PassedBy(a.Post, 0),
		Title: c.Text.Title, Slug: c.Text.Slug, Excerpt: c.Text.Excerpt, Tags: notNil(c.Text.Tags), Visibility: string(c.Text.Visibility),
		BodyMarkdown: c.Text.Markdown, Editor: string(c.Editor), BegunAt: fiberhttp.OptionalTime(c.BegunAt), SavedAt: fiberhttp.OptionalTime(c.SavedAt),
	}}
}

// copySave is the save that the working copy of a post is at, 0 for none.
func (h *routes) copySave(ctx context.Context, actor identityport.Actor, id content.PostID) func() (int, error) {
	return func() (int, error) {
		_, c, err := h.Content.ReadWorkingCopy(ctx, actor, id)
		if errors.Is(err, content.ErrWorkingCopyNotFound) {
			err = nil
		}
		return c.Save, err
	}
}

func (h *routes) workingCopyAPI() {
	s, write := h.server, fiberhttp.Permitted(content.PermissionWrite)
	const path = "/posts/{id}/working-copy"
	fiberhttp.Operation(s, write, huma.Operation{
		OperationID: "get-working-copy", Method: http.MethodGet, Path: path, Tags: []string{"content"}, Summary: "Read the changes of a published post that readers do not see yet",
	}, func(ctx context.Context, in *postID) (*workingCopyOutput, error) {
		a, c, err := h.Content.ReadWorkingCopy(ctx, fiberhttp.ActorFrom(ctx), content.PostID(in.ID))
		if err != nil {
			return nil, err
		}
		return workingCopyOf(a, c), nil
	})
	type change struct {
		ID       string `path:"id" maxLength:"64"`
		Autosave bool   `query:"autosave" doc:"Saved by the page itself, of changes that were begun. Those of one person within ten minutes are one entry of the audit trail."`
		IfMatch  string `header:"If-Match" doc:"The ETag of the save that was changed, a list of them, * for any, \"0\" to begin a copy. Missing: 428; not the current one: 412, unless the copy is as the change wants it already."`
		Body     WorkingCopyChange
	}
	fiberhttp.Operation(s, write, huma.Operation{
		OperationID: "save-working-copy", Method: http.MethodPatch, Path: path, Tags: []string{"content"},
		Summary:     "Change a published post without readers seeing it yet",
		Description: "Begins a working copy of the published text, or changes the one there is. A draft has none: change the post itself.",
	}, func(ctx context.Context, in *change) (*workingCopyOutput, error) {
		actor, id := fiberhttp.ActorFrom(ctx), content.PostID(in.ID)
		return underIfMatch(in.IfMatch, content.ErrWorkingCopyChanged, h.copySave(ctx, actor, id), func(seen int) (*workingCopyOutput, error) {
			a, c, err := h.Content.SaveWorkingCopy(ctx, actor, contentapp.SaveWorkingCopy{
				ID: id, Seen: seen, Base: in.Body.PostVersion, Title: in.Body.Title, Slug: in.Body.Slug, Markdown: in.Body.BodyMarkdown,
				Excerpt: in.Body.Excerpt, Tags: in.Body.Tags, Visibility: (*content.Visibility)(in.Body.Visibility), Autosave: in.Autosave,
			})
			if err != nil {
				return nil, err
			}
			return workingCopyOf(a, c), nil
		})
	}, fiberhttp.MaxBody(maxPost))
	type named struct {
		ID      string `path:"id" maxLength:"64"`
		IfMatch string `header:"If-Match" doc:"The ETag of the save that was seen, a list of them, or * for any. Missing: 428; not the current one: 412."`
	}
	fiberhttp.Operation(s, write, huma.Operation{
		OperationID: "discard-working-copy", Method: http.MethodDelete, Path: path, Tags: []string{"content"},
		Summary: "Throw the changes away that readers do not see yet", DefaultStatus: http.StatusNoContent,
	}, func(ctx context.Context, in *named) (*struct{}, error) {
		actor, id := fiberhttp.ActorFrom(ctx), content.PostID(in.ID)
		return underIfMatch(in.IfMatch, content.ErrWorkingCopyChanged, h.copySave(ctx, actor, id), func(seen int) (*struct{}, error) {
			return nil, h.Content.DiscardWorkingCopy(ctx, actor, id, seen)
		})
	})
	type publishing struct {
		ID          string `path:"id" maxLength:"64"`
		IfMatch     string `header:"If-Match" doc:"The ETag of the save that was seen, a list of them, or * for any. Missing: 428; not the current one: 412."`
		PostVersion int    `query:"post_version" minimum:"0" doc:"The version of the post that was seen, where its text was changed directly since the copy was begun. Without it that is a conflict."`
	}
	fiberhttp.Operation(s, write, huma.Operation{
		OperationID: "publish-working-copy", Method: http.MethodPost, Path: path + "/publish", Tags: []string{"content"},
		Summary: "Show readers the changes of a published post", DefaultStatus: http.StatusOK,
		Description: "The working copy becomes the text of the post, as a version and a revision, and is gone. The post keeps its first date.",
	}, func(ctx context.Context, in *publishing) (*postOutput, error) {
		actor, id := fiberhttp.ActorFrom(ctx), content.PostID(in.ID)
		a, err := underIfMatch(in.IfMatch, content.ErrWorkingCopyChanged, h.copySave(ctx, actor, id), func(seen int) (content.Article, error) {
			return h.Content.PublishWorkingCopy(ctx, actor, contentapp.PublishWorkingCopy{ID: id, Seen: seen, Post: in.PostVersion})
		})
		return h.sourceOf(a, err)
	})
}

// publishChanges publishes what the form saved before; what readers got meanwhile that nobody
// here has seen is shown first.
func (h *routes) publishChanges(ctx context.Context, r *fiberhttp.Request, id content.PostID, seen, post int) (fiberhttp.Reply, error) {
	_, err := h.Content.PublishWorkingCopy(ctx, r.Actor, contentapp.PublishWorkingCopy{ID: id, Seen: seen, Post: post})
	f := fault.As(err)
	switch {
	case err == nil, errors.Is(err, content.ErrWorkingCopyNotFound): // published already, or nothing was changed
		return fiberhttp.Redirect(editPath(id)).Flash("changes-published"), nil
	case f == nil || f.Kind != fault.Conflict && f.Kind != fault.Outdated && f.Kind != fault.Invalid:
		return fiberhttp.Reply{}, err
	}
	a, missing := h.Content.OpenPost(ctx, r.Actor, id)
	if missing != nil {
		return fiberhttp.Reply{}, missing
	}
	v, missing := h.editing(ctx, r, a.Post)
	if missing != nil {
		return fiberhttp.Reply{}, missing
	}
	switch {
	case errors.Is(err, content.ErrPublishedTextChanged):
		v.Passed = &contentpages.Passed{URL: v.PublicURL, Version: a.Post.Version}
		return h.editor(r, v, http.StatusConflict), nil
	case errors.Is(err, content.ErrSlugTaken):
		v.Errors = layout.FieldErrors{"slug": f.Message}
	default:
		v.Errors = layout.FieldErrors{"": f.Message}
	}
	return h.editor(r, v, http.StatusConflict), nil
}
