package jobqueue

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/ports/jobs"
)

// ErrNotDead reports that no dead job has an id.
var ErrNotDead = fault.New(fault.NotFound, "jobs.dead_job_not_found", "No dead job has this id. List the dead jobs to see which there are.")

var _ jobs.DeadLetters = (*Queue)(nil)

// List implements jobs.DeadLetters.
func (q *Queue) List(ctx context.Context, limit int) ([]jobs.Dead, error) {
	page, err := q.insert.JobList(ctx, river.NewJobListParams().
		States(rivertype.JobStateDiscarded).
		OrderBy(river.JobListOrderByTime, river.SortOrderDesc). // of these, when they were finalized
		First(min(max(limit, 1), 1000)))
	if err != nil {
		return nil, fmt.Errorf("jobqueue: list dead jobs: %w", err)
	}
	out := make([]jobs.Dead, len(page.Jobs))
	for i, row := range page.Jobs {
		var a arguments
		if err := json.Unmarshal(row.EncodedArgs, &a); err != nil {
			return nil, fmt.Errorf("jobqueue: read job %d: %w", row.ID, err)
		}
		out[i] = jobs.Dead{ID: row.ID, Kind: row.Kind, Payload: a.payload(), Attempts: row.Attempt, DiedAt: finalized(row)}
		if n := len(row.Errors); n > 0 {
			out[i].LastError = row.Errors[n-1].Error
		}
	}
	return out, nil
}

func finalized(row *rivertype.JobRow) time.Time {
	if row.FinalizedAt == nil {
		return time.Time{}
	}
	return row.FinalizedAt.UTC()
}

// Retry implements jobs.DeadLetters. The job gets one attempt more.
func (q *Queue) Retry(ctx context.Context, id int64) error {
	return q.withDead(ctx, id, "retry", func(tx *sql.Tx) error {
		_, err := q.insert.JobRetryTx(ctx, tx, id)
		return err
	})
}

// Discard implements jobs.DeadLetters.
func (q *Queue) Discard(ctx context.Context, id int64) error {
	return q.withDead(ctx, id, "discard", func(tx *sql.Tx) error {
		_, err := q.insert.JobDeleteTx(ctx, tx, id)
		return err
	})
}

// withDead runs fn in a transaction that has seen the job dead.
func (q *Queue) withDead(ctx context.Context, id int64, what string, fn func(tx *sql.Tx) error) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("jobqueue: %s job %d: %w", what, id, err)
		}
	}()
	tx, err := q.db.SQL().BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() {
		if rollback := tx.Rollback(); !errors.Is(rollback, sql.ErrTxDone) {
			err = errors.Join(err, rollback)
		}
	}()
	row, err := q.insert.JobGetTx(ctx, tx, id)
	switch {
	case errors.Is(err, river.ErrNotFound):
		return ErrNotDead
	case err != nil:
		return err
	case row.State != rivertype.JobStateDiscarded:
		return ErrNotDead
	}
	if err := fn(tx); err != nil {
		return err
	}
	return tx.Commit()
}
