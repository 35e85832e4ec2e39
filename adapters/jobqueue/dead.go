package jobqueue

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/rivertype"

	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/ports/jobs"
)

var (
	// ErrNotDead reports that no dead job has an id.
	ErrNotDead = fault.New(fault.NotFound, "jobs.dead_job_not_found", "No dead job has this id. List the dead jobs to see which there are.")
	// ErrUnreadable reports that a dead job cannot be run, because what is kept of it
	// cannot be read.
	ErrUnreadable = fault.New(fault.Conflict, "jobs.dead_job_unreadable", "What is kept of this job cannot be read, so it cannot be run. Discard it.")
)

var _ jobs.DeadLetters = (*Queue)(nil)

// List implements jobs.DeadLetters. It reads the rows itself: river reads all of them
// or none, and one that somebody changed by hand would hide the others.
func (q *Queue) List(ctx context.Context, limit int) (_ []jobs.Dead, err error) {
	rows, err := q.db.SQL().QueryContext(ctx, q.deadStatements().list, min(max(limit, 1), 1000))
	if err != nil {
		return nil, fmt.Errorf("jobqueue: list dead jobs: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	out := []jobs.Dead{}
	for rows.Next() {
		d, _, err := scanDead(rows.Scan)
		if err != nil {
			return nil, fmt.Errorf("jobqueue: list dead jobs: %w", err)
		}
		out = append(out, d)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("jobqueue: list dead jobs: %w", err)
	}
	return out, nil
}

// scanDead reads a row, whatever is in it. readable says that the job could be run.
func scanDead(scan func(into ...any) error) (d jobs.Dead, readable bool, err error) {
	var args, attempts sql.NullString
	var died any
	if err := scan(&d.ID, &d.Kind, &d.Attempts, &args, &attempts, &died); err != nil {
		return d, false, err
	}
	if at, ok := died.(time.Time); ok {
		d.DiedAt = at.UTC()
	}
	var failures []rivertype.AttemptError
	if attempts.Valid {
		err = riverdriver.UnmarshalAttemptErrors([]byte(attempts.String), &failures)
	}
	if n := len(failures); n > 0 {
		d.LastError = reasonOf(d.Kind, failures[n-1].Error)
	}
	var a arguments
	err = errors.Join(err, json.Unmarshal([]byte(args.String), &a))
	if err != nil {
		d.Payload = []byte(args.String)
		d.LastError = fmt.Sprintf("What is kept of this job cannot be read (%v); it can only be discarded. %s", err, d.LastError)
		return d, false, nil
	}
	d.Payload = a.payload()
	return d, true, nil
}

// reasonOf is why an attempt failed, in words for operators.
func reasonOf(kind, text string) string {
	if text == (&rivertype.UnknownJobKindError{Kind: kind}).Error() {
		return fmt.Sprintf("No handler of the kind %s is registered: the program that queued this job is of another version, or has modules that this one has not.", kind)
	}
	return text
}

// Retry implements jobs.DeadLetters. The job gets one attempt more. It fails with
// [ErrUnreadable], too.
func (q *Queue) Retry(ctx context.Context, id int64) error {
	return q.withDead(ctx, id, "retry", func(tx *sql.Tx, readable bool) error {
		if !readable {
			return ErrUnreadable
		}
		_, err := q.insert.JobRetryTx(ctx, tx, id)
		return err
	})
}

// Discard implements jobs.DeadLetters.
func (q *Queue) Discard(ctx context.Context, id int64) error {
	return q.withDead(ctx, id, "discard", func(tx *sql.Tx, _ bool) error {
		_, err := tx.ExecContext(ctx, q.deadStatements().remove, id)
		return err
	})
}

// withDead runs fn in a transaction that has seen the job dead.
func (q *Queue) withDead(ctx context.Context, id int64, what string, fn func(tx *sql.Tx, readable bool) error) (err error) {
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
	_, readable, err := scanDead(tx.QueryRowContext(ctx, q.deadStatements().one, id).Scan)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return ErrNotDead
	case err != nil:
		return err
	}
	if err := fn(tx, readable); err != nil {
		return err
	}
	return tx.Commit()
}

// deadStatements are on river_job. SQLite keeps JSON as it was given, valid or not.
func (q *Queue) deadStatements() (s struct{ list, one, remove string }) {
	columns, lock, first := "id, kind, attempt, args::text, to_jsonb(errors)::text, finalized_at", " FOR UPDATE", "$1"
	if q.db.Dialect() != "postgres" {
		const text = "CASE WHEN json_valid(%[1]s, 9) THEN json(%[1]s) ELSE CAST(%[1]s AS TEXT) END"
		columns = "id, kind, attempt, " + fmt.Sprintf(text, "args") + ", " + fmt.Sprintf(text, "errors") + ", finalized_at"
		lock, first = "", "?"
	}
	s.list = "SELECT " + columns + " FROM river_job WHERE state = 'discarded' ORDER BY finalized_at DESC, id DESC LIMIT " + first
	s.one = "SELECT " + columns + " FROM river_job WHERE state = 'discarded' AND id = " + first + lock
	s.remove = "DELETE FROM river_job WHERE state = 'discarded' AND id = " + first
	return s
}
