package identityhttp

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/administration"
	"github.com/neoforge-dev/neoforge/ports/errortracking"
	"github.com/neoforge-dev/neoforge/web/pages/identitypages"
	"github.com/neoforge-dev/neoforge/web/pages/layout"
)

// ErrorGroup is defects of the program that are alike.
type ErrorGroup struct {
	ID           string    `json:"id"`
	Kind         string    `json:"kind" enum:"request,job,panic,island"`
	Title        string    `json:"title" doc:"The message in one line, without what could be somebody's."`
	Where        string    `json:"where" doc:"The route or the kind of job."`
	Times        int64     `json:"times"`
	State        string    `json:"state" enum:"open,resolved,ignored"`
	Returned     bool      `json:"returned" doc:"It was seen in another release after somebody resolved it."`
	FirstSeen    time.Time `json:"first_seen"`
	LastSeen     time.Time `json:"last_seen"`
	FirstRelease string    `json:"first_release"`
	LastRelease  string    `json:"last_release"`
}

// ErrorGroups is one page of them.
type ErrorGroups struct {
	Items      []ErrorGroup `json:"items" nullable:"false"`
	NextCursor *string      `json:"next_cursor"`
}

// ErrorGroupDetail is a group with its last report.
type ErrorGroupDetail struct {
	ErrorGroup
	Message   string       `json:"message" doc:"Without what could be somebody's."`
	Types     []string     `json:"types" nullable:"false" doc:"Of the chain of errors, the outermost first."`
	Stack     []ErrorFrame `json:"stack" nullable:"false" doc:"The innermost call first; empty where nothing recorded it."`
	RequestID string       `json:"request_id" doc:"Empty for none. Its lines in the log carry it."`
	TraceID   string       `json:"trace_id" doc:"Empty for none."`
}

// ErrorFrame is a call that was under way.
type ErrorFrame struct {
	Function string `json:"function"`
	File     string `json:"file"`
	Line     int    `json:"line" doc:"0 where it is not known."`
	InApp    bool   `json:"in_app" doc:"Of this program and not of a library."`
}

func errorGroupOf(g errortracking.Group) ErrorGroup {
	return ErrorGroup{
		ID: g.ID, Kind: string(g.Kind), Title: g.Title, Where: g.Where, Times: g.Times, State: string(g.State), Returned: g.Returned,
		FirstSeen: g.FirstSeen, LastSeen: g.LastSeen, FirstRelease: g.FirstRelease, LastRelease: g.LastRelease,
	}
}

// decision is what a button does to a group.
type decision struct {
	state                   errortracking.State
	path, summary, id, done string
}

var decisions = []decision{
	{errortracking.Resolved, "resolve", "Say that a defect is mended; it is open again when another release has it", "resolve-error", "The error is resolved. It is open again if another release has it."},
	{errortracking.Ignored, "ignore", "Take a defect off the list for good; it is counted on", "ignore-error", "The error is ignored. It is counted on."},
	{errortracking.Open, "reopen", "Put a defect on the list again", "reopen-error", "The error is open again."},
}

func (h *routes) errors() {
	manage := fiberhttp.Permitted(identity.PermissionManageUsers)
	h.server.Page(http.MethodGet, "/admin/errors", manage, h.showErrors)
	h.server.Page(http.MethodGet, "/admin/errors/{id}", manage, h.showError)

	type listInput struct {
		State  string `query:"state" enum:"open,resolved,ignored" default:"open"`
		Kind   string `query:"kind" enum:"request,job,panic,island" doc:"Only those of one kind."`
		Cursor string `query:"cursor" maxLength:"200" doc:"The next_cursor of the page before."`
		Limit  int    `query:"limit" minimum:"1" maximum:"100" default:"50"`
	}
	type list struct{ Body ErrorGroups }
	fiberhttp.Operation(h.server, manage, huma.Operation{
		OperationID: "list-errors", Method: http.MethodGet, Path: "/admin/errors", Tags: []string{"administration"},
		Summary: "The defects of the program, each with its like, those seen last first",
	}, func(ctx context.Context, in *listInput) (*list, error) {
		page, err := h.Administration.ErrorGroups(ctx, fiberhttp.ActorFrom(ctx), administration.ListErrorGroups(*in))
		if err != nil {
			return nil, err
		}
		out := &list{Body: ErrorGroups{Items: []ErrorGroup{}, NextCursor: nextCursor(page.NextCursor)}}
		for _, g := range page.Items {
			out.Body.Items = append(out.Body.Items, errorGroupOf(g))
		}
		return out, nil
	})
	type detail struct{ Body ErrorGroupDetail }
	fiberhttp.Operation(h.server, manage, huma.Operation{
		OperationID: "get-error", Method: http.MethodGet, Path: "/admin/errors/{id}", Tags: []string{"administration"},
		Summary: "One group of defects, with its last report",
	}, func(ctx context.Context, in *errorPath) (*detail, error) {
		g, err := h.Administration.ErrorGroup(ctx, fiberhttp.ActorFrom(ctx), in.ID)
		if err != nil {
			return nil, err
		}
		out := &detail{Body: ErrorGroupDetail{
			ErrorGroup: errorGroupOf(g), Message: g.Sample.Message, Types: append([]string{}, g.Sample.Types...), Stack: []ErrorFrame{},
			RequestID: g.Sample.RequestID, TraceID: g.Sample.TraceID,
		}}
		for _, f := range g.Sample.Frames {
			out.Body.Stack = append(out.Body.Stack, ErrorFrame(f))
		}
		return out, nil
	})
	for _, d := range decisions {
		flash := "error-" + d.path
		h.server.Flashes(map[string]layout.Flash{flash: {Kind: layout.FlashSuccess, Message: d.done}})
		h.server.Page(http.MethodPost, "/admin/errors/{id}/"+d.path, manage, func(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
			if err := h.Administration.SetErrorState(ctx, r.Actor, r.Param("id"), d.state); err != nil {
				return fiberhttp.Reply{}, err
			}
			return fiberhttp.Redirect("/admin/errors/" + r.Param("id")).Flash(flash), nil
		})
		fiberhttp.Operation(h.server, manage, huma.Operation{
			OperationID: d.id, Method: http.MethodPost, Path: "/admin/errors/{id}/" + d.path, Tags: []string{"administration"},
			Summary: d.summary, DefaultStatus: http.StatusNoContent,
		}, func(ctx context.Context, in *errorPath) (*struct{}, error) {
			return nil, h.Administration.SetErrorState(ctx, fiberhttp.ActorFrom(ctx), in.ID, d.state)
		})
	}
}

type errorPath struct {
	ID string `path:"id" maxLength:"64"`
}

func errorRow(g errortracking.Group) identitypages.ErrorRow {
	return identitypages.ErrorRow{
		URL: "/admin/errors/" + g.ID, Kind: string(g.Kind), Title: g.Title, Where: g.Where, Times: g.Times, State: string(g.State), Returned: g.Returned,
		FirstSeen: g.FirstSeen, LastSeen: g.LastSeen, FirstRelease: g.FirstRelease, LastRelease: g.LastRelease,
	}
}

func (h *routes) showErrors(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	q := administration.ListErrorGroups{State: r.Query("state"), Kind: r.Query("kind"), Cursor: r.Query("cursor")}
	page, err := h.Administration.ErrorGroups(ctx, r.Actor, q)
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	open, err := h.Administration.OpenErrors(ctx, r.Actor)
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	v := identitypages.ErrorsView{Page: h.server.View(r, fiberhttp.View{Title: "Errors", Robots: "noindex"}), State: q.State, Kind: q.Kind, Open: open}
	for _, s := range errortracking.States {
		v.States = append(v.States, string(s))
	}
	for _, k := range errortracking.Kinds {
		v.Kinds = append(v.Kinds, string(k))
	}
	for _, g := range page.Items {
		v.Groups = append(v.Groups, errorRow(g))
	}
	if page.NextCursor != "" {
		v.OlderURL = withQuery("/admin/errors", "state", q.State, "kind", q.Kind, "cursor", page.NextCursor)
	}
	if q.Cursor != "" {
		v.NewestURL = withQuery("/admin/errors", "state", q.State, "kind", q.Kind)
	}
	return fiberhttp.HTML(identitypages.Errors(v)), nil
}

func (h *routes) showError(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	g, err := h.Administration.ErrorGroup(ctx, r.Actor, r.Param("id"))
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	v := identitypages.ErrorView{
		Page: h.server.View(r, fiberhttp.View{Title: "Error", Robots: "noindex"}), ErrorRow: errorRow(g),
		Message: g.Sample.Message, Types: g.Sample.Types, RequestID: g.Sample.RequestID, TraceID: g.Sample.TraceID,
	}
	for _, f := range g.Sample.Frames {
		v.Frames = append(v.Frames, identitypages.ErrorFrame(f))
	}
	return fiberhttp.HTML(identitypages.Error(v)), nil
}
