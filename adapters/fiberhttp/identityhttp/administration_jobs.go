package identityhttp

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/administration"
	"github.com/neoforge-dev/neoforge/web/pages/identitypages"
	"github.com/neoforge-dev/neoforge/web/pages/layout"
)

// JobQueue is how one queue fares.
type JobQueue struct {
	Queue         string `json:"queue"`
	Waiting       int    `json:"waiting" doc:"Could run now."`
	OldestSeconds int    `json:"oldest_seconds" doc:"For how long the job has waited that waits longest; 0 when none does."`
	Running       int    `json:"running"`
	Retrying      int    `json:"retrying" doc:"Failed, and run again later."`
	Scheduled     int    `json:"scheduled" doc:"Run at a time of their own."`
}

// JobQueues is all of them.
type JobQueues struct {
	Queues []JobQueue     `json:"queues" nullable:"false"`
	Stuck  int            `json:"stuck" doc:"Jobs that have run for longer than any may."`
	Dead   map[string]int `json:"dead" doc:"Jobs that used up their attempts, by kind."`
}

// DeadJob is a job that used up its attempts.
type DeadJob struct {
	ID        string    `json:"id"`
	Kind      string    `json:"kind"`
	Queue     string    `json:"queue"`
	Arguments string    `json:"arguments" doc:"JSON in which only ids and the names of kinds are shown; the command line shows all."`
	Reason    string    `json:"reason" doc:"The last error, without the addresses in it."`
	Attempts  int       `json:"attempts"`
	RequestID string    `json:"request_id" doc:"Of the request that caused it; empty for none. Its lines in the log carry it."`
	DiedAt    time.Time `json:"died_at"`
}

// DeadJobs is one page of them.
type DeadJobs struct {
	Items      []DeadJob `json:"items" nullable:"false"`
	NextCursor *string   `json:"next_cursor"`
}

func (h *routes) jobs() {
	manage := fiberhttp.Permitted(identity.PermissionManageUsers)
	manageRecently := fiberhttp.PermittedWithRecentAuth(identity.PermissionManageUsers)
	h.server.Flashes(map[string]layout.Flash{
		"job-retried":   {Kind: layout.FlashSuccess, Message: "The job is queued again. It comes back to this list if it fails."},
		"job-discarded": {Kind: layout.FlashSuccess, Message: "The job is discarded."},
	})
	h.server.Page(http.MethodGet, "/admin/jobs", manage, h.showJobs)
	h.server.Page(http.MethodPost, "/admin/jobs/{id}/retry", manageRecently, h.changeDeadJob("job-retried", h.Administration.RetryDeadJob), fiberhttp.Resumes("Run the job again", "kind"))
	h.server.Page(http.MethodPost, "/admin/jobs/{id}/discard", manageRecently, h.changeDeadJob("job-discarded", h.Administration.DiscardDeadJob), fiberhttp.Resumes("Discard the job", "kind"))

	type queues struct{ Body JobQueues }
	fiberhttp.Operation(h.server, manage, huma.Operation{
		OperationID: "get-job-queues", Method: http.MethodGet, Path: "/admin/jobs", Tags: []string{"administration"},
		Summary: "The job queues: what waits in them, and what died",
	}, func(ctx context.Context, _ *struct{}) (*queues, error) {
		all, err := h.Administration.JobQueues(ctx, fiberhttp.ActorFrom(ctx))
		if err != nil {
			return nil, err
		}
		out := &queues{Body: JobQueues{Queues: []JobQueue{}, Stuck: all.Stuck, Dead: map[string]int{}}}
		maps.Copy(out.Body.Dead, all.Dead)
		for _, q := range all.Queues {
			out.Body.Queues = append(out.Body.Queues, JobQueue{
				Queue: q.Queue, Waiting: q.Waiting, OldestSeconds: int(q.Oldest.Seconds()), Running: q.Running, Retrying: q.Retrying, Scheduled: q.Scheduled,
			})
		}
		return out, nil
	})

	type listInput struct {
		Kind   string `query:"kind" maxLength:"200" doc:"Only those of one kind."`
		Cursor string `query:"cursor" maxLength:"200" doc:"The next_cursor of the page before."`
		Limit  int    `query:"limit" minimum:"1" maximum:"100" default:"50"`
	}
	type list struct{ Body DeadJobs }
	fiberhttp.Operation(h.server, manage, huma.Operation{
		OperationID: "list-dead-jobs", Method: http.MethodGet, Path: "/admin/jobs/dead", Tags: []string{"administration"},
		Summary: "Jobs that used up their attempts, newest first",
	}, func(ctx context.Context, in *listInput) (*list, error) {
		page, err := h.Administration.ListDeadJobs(ctx, fiberhttp.ActorFrom(ctx), administration.ListDeadJobs(*in))
		if err != nil {
			return nil, err
		}
		out := &list{Body: DeadJobs{Items: []DeadJob{}, NextCursor: nextCursor(page.NextCursor)}}
		for _, d := range page.Items {
			out.Body.Items = append(out.Body.Items, DeadJob{
				ID: d.ID, Kind: d.Kind, Queue: d.Queue, Arguments: d.Arguments, Reason: d.Reason, Attempts: d.Attempts, RequestID: d.Request, DiedAt: d.DiedAt,
			})
		}
		return out, nil
	})
	act := func(id, method, path, summary string, do func(context.Context, identity.Actor, string) error) {
		fiberhttp.Operation(h.server, manageRecently, huma.Operation{
			OperationID: id, Method: method, Path: "/admin/jobs/dead/{id}" + path, Tags: []string{"administration"},
			Summary: summary, DefaultStatus: http.StatusNoContent,
		}, func(ctx context.Context, in *adminPath) (*struct{}, error) {
			return nil, do(ctx, fiberhttp.ActorFrom(ctx), in.ID)
		})
	}
	act("retry-dead-job", http.MethodPost, "/retry", "Queue a dead job again", h.Administration.RetryDeadJob)
	act("discard-dead-job", http.MethodDelete, "", "Discard a dead job; what it was to do is never done", h.Administration.DiscardDeadJob)
}

func (h *routes) showJobs(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	q := administration.ListDeadJobs{Kind: r.Query("kind"), Cursor: r.Query("cursor")}
	all, err := h.Administration.JobQueues(ctx, r.Actor)
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	page, err := h.Administration.ListDeadJobs(ctx, r.Actor, q)
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	v := identitypages.JobsView{Page: h.server.View(r, fiberhttp.View{Title: "Jobs", Robots: "noindex"}), Stuck: all.Stuck, Kind: q.Kind}
	for _, q := range all.Queues {
		v.Queues = append(v.Queues, identitypages.QueueRow{Name: q.Queue, Waiting: q.Waiting, Oldest: q.Oldest, Running: q.Running, Retrying: q.Retrying, Scheduled: q.Scheduled})
	}
	for _, kind := range slices.Sorted(maps.Keys(all.Dead)) {
		v.Kinds = append(v.Kinds, identitypages.KindChoice{Kind: kind, Count: all.Dead[kind]})
	}
	for _, d := range page.Items {
		at := "/admin/jobs/" + d.ID
		v.Dead = append(v.Dead, identitypages.DeadJobRow{
			ID: d.ID, Kind: d.Kind, Queue: d.Queue, Arguments: d.Arguments, Reason: d.Reason, Attempts: d.Attempts, Request: d.Request, DiedAt: d.DiedAt,
			RetryURL: at + "/retry", DiscardURL: at + "/discard",
		})
	}
	if page.NextCursor != "" {
		v.OlderURL = withQuery("/admin/jobs", "kind", q.Kind, "cursor", page.NextCursor)
	}
	if q.Cursor != "" {
		v.NewestURL = withQuery("/admin/jobs", "kind", q.Kind)
	}
	return fiberhttp.HTML(identitypages.Jobs(v)), nil
}

// changeDeadJob leads back to the list of the kind that was chosen.
func (h *routes) changeDeadJob(flash string, do func(context.Context, identity.Actor, string) error) fiberhttp.Handler {
	return func(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
		if err := do(ctx, r.Actor, r.Param("id")); err != nil {
			return fiberhttp.Reply{}, err
		}
		return fiberhttp.Redirect(withQuery("/admin/jobs", "kind", r.Form("kind"))).Flash(flash), nil
	}
}
