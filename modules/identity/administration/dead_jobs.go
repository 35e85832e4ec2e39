package administration

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/cursor"
	"github.com/neoforge-dev/neoforge/ports/jobs"
)

// JobReads is what the job queues hold.
type JobReads interface {
	jobs.DeadReads
	jobs.QueueStates
}

// JobQueues is how the queues fare. Stuck jobs have run for longer than any may.
type JobQueues struct {
	Queues []jobs.QueueState
	Stuck  int
	Dead   map[string]int // by kind
}

// DeadJob is a job that used up its attempts, as it may be shown: without what it was
// given of people.
type DeadJob struct {
	ID        string
	Kind      string
	Queue     string
	Arguments string // JSON; see jobs.Redacted
	Reason    string // the last error, without addresses
	Attempts  int
	Request   string
	DiedAt    time.Time
}

// ListDeadJobs asks for a page of dead jobs.
type ListDeadJobs struct {
	Kind   string // empty: all
	Cursor string
	Limit  int // 1 to 100; anything else means 50
}

// DeadJobs is one page of them, newest first.
type DeadJobs struct {
	Items      []DeadJob
	NextCursor string
}

// JobQueues tells what waits and what died. It fails with ErrNotSignedIn,
// ErrImpersonating and ErrForbidden.
func (a *App) JobQueues(ctx context.Context, by identity.Actor) (JobQueues, error) {
	if err := identity.CheckAdministration(by, identity.PermissionManageUsers); err != nil || a.deps.Jobs == nil {
		return JobQueues{}, err
	}
	var out JobQueues
	var err error
	if out.Queues, out.Stuck, err = a.deps.Jobs.States(ctx); err != nil {
		return JobQueues{}, fmt.Errorf("administration: job queues: %w", err)
	}
	if out.Dead, err = a.deps.Jobs.Kinds(ctx); err != nil {
		return JobQueues{}, fmt.Errorf("administration: job queues: %w", err)
	}
	return out, nil
}

// ListDeadJobs lists the jobs that used up their attempts. It fails with ErrNotSignedIn,
// ErrImpersonating, ErrForbidden and ErrInvalidCursor.
func (a *App) ListDeadJobs(ctx context.Context, by identity.Actor, q ListDeadJobs) (DeadJobs, error) {
	if err := identity.CheckAdministration(by, identity.PermissionManageUsers); err != nil || a.deps.Jobs == nil {
		return DeadJobs{}, err
	}
	after, err := readJobCursor(q.Cursor)
	if err != nil {
		return DeadJobs{}, err
	}
	limit := pageSize(q.Limit)
	items, err := a.deps.Jobs.List(ctx, jobs.DeadQuery{Kind: q.Kind, After: after, Limit: limit + 1})
	if err != nil {
		return DeadJobs{}, fmt.Errorf("administration: dead jobs: %w", err)
	}
	var page DeadJobs
	if len(items) > limit {
		items = items[:limit]
		page.NextCursor = writeJobCursor(items[limit-1])
	}
	for _, d := range items {
		page.Items = append(page.Items, DeadJob{
			ID: strconv.FormatInt(d.ID, 10), Kind: d.Kind, Queue: d.Queue, Arguments: jobs.Redacted(d.Payload), Reason: jobs.RedactedText(d.LastError),
			Attempts: d.Attempts, Request: d.Request, DiedAt: d.DiedAt,
		})
	}
	return page, nil
}

// A job of which nobody can read when it died stands last, at the beginning of time.
func writeJobCursor(d jobs.Dead) string {
	at := d.DiedAt
	if at.IsZero() {
		at = time.UnixMicro(0)
	}
	return cursor.Encode(cursor.Position{At: at, ID: strconv.FormatInt(d.ID, 10)})
}

func readJobCursor(s string) (jobs.DeadPosition, error) {
	after, err := readCursor(s, cursor.Numbers)
	if err != nil || after.ID == "" {
		return jobs.DeadPosition{}, err
	}
	id, err := strconv.ParseInt(after.ID, 10, 64)
	if err != nil {
		return jobs.DeadPosition{}, identity.ErrInvalidCursor
	}
	if after.At.UnixMicro() == 0 {
		after.At = time.Time{}
	}
	return jobs.DeadPosition{DiedAt: after.At, ID: id}, nil
}

// RetryDeadJob queues a dead job again. It fails with ErrNotSignedIn, ErrImpersonating,
// ErrForbidden, jobs.ErrNotDead, jobs.ErrUnreadable and jobs.ErrQueuedAlready.
func (a *App) RetryDeadJob(ctx context.Context, by identity.Actor, id string) error {
	return a.changeDeadJob(ctx, by, id, "identity.job_retried", jobs.DeadChanges.Retry)
}

// DiscardDeadJob deletes a dead job: what it was to do is never done. It fails like
// RetryDeadJob, without the last two.
func (a *App) DiscardDeadJob(ctx context.Context, by identity.Actor, id string) error {
	return a.changeDeadJob(ctx, by, id, "identity.job_discarded", jobs.DeadChanges.Discard)
}

func (a *App) changeDeadJob(
	ctx context.Context, by identity.Actor, id, action string, change func(c jobs.DeadChanges, ctx context.Context, id int64) (jobs.Dead, error),
) error {
	if err := identity.CheckAdministration(by, identity.PermissionManageUsers); err != nil {
		return err
	}
	number, err := strconv.ParseInt(id, 10, 64)
	if err != nil || !cursor.Numbers.Match(id) {
		return jobs.ErrNotDead
	}
	now := a.deps.Clock.Now()
	err = a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s Stores) error {
		dead, err := change(s.DeadJobs, ctx, number)
		if err != nil {
			return err
		}
		entry := a.deps.Trail.Entry(string(by.UserID), action, "job:"+id, by.IP, now)
		entry.Detail = dead.Kind
		return s.Audit.Append(ctx, entry)
	})
	if err != nil {
		return fmt.Errorf("administration: dead job %s: %w", id, err)
	}
	return nil
}
