package jobqueue

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/rivertype"

	"github.com/neoforge-dev/neoforge/ports/jobs"
)

var (
	_ jobs.DeadLetters = (*Queue)(nil)
	_ jobs.QueueStates = (*Queue)(nil)
)

// List implements jobs.DeadLetters. It reads the rows itself: river reads all of them
// or none, and one that somebody changed by hand would hide the others.
func (q *Queue) List(ctx context.Context, query jobs.DeadQuery) (_ []jobs.Dead, err error) {
	text, args := q.deadStatements().list(query)
	rows, err := q.db.SQL().QueryContext(ctx, text, args...)
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

// Kinds implements jobs.DeadLetters.
func (q *Queue) Kinds(ctx context.Context) (_ map[string]int, err error) {
	rows, err := q.db.SQL().QueryContext(ctx, "SELECT kind, count(*) FROM river_job WHERE state = 'discarded' GROUP BY kind")
	if err != nil {
		return nil, fmt.Errorf("jobqueue: count dead jobs: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	out := map[string]int{}
	for rows.Next() {
		var kind string
		var n int
		if err := rows.Scan(&kind, &n); err != nil {
			return nil, fmt.Errorf("jobqueue: count dead jobs: %w", err)
		}
		out[kind] = n
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("jobqueue: count dead jobs: %w", err)
	}
	return out, nil
}

// scanDead reads a row, whatever is in it. readable says that the job could be run.
func scanDead(scan func(into ...any) error) (d jobs.Dead, readable bool, err error) {
	var args, attempts, metadata sql.NullString
	var died any
	if err := scan(&d.ID, &d.Kind, &d.Queue, &d.Attempts, &args, &attempts, &metadata, &died); err != nil {
		return d, false, err
	}
	if at, ok := died.(time.Time); ok {
		d.DiedAt = at.UTC()
	}
	d.Request = readOrigin([]byte(metadata.String)).Request
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

// Retry implements jobs.DeadChanges. The job gets one attempt more. It fails with
// jobs.ErrUnreadable, too.
func (q *Queue) Retry(ctx context.Context, id int64) (jobs.Dead, error) {
	return q.alone(ctx, id, jobs.DeadChanges.Retry)
}

// Discard implements jobs.DeadChanges.
func (q *Queue) Discard(ctx context.Context, id int64) (jobs.Dead, error) {
	return q.alone(ctx, id, jobs.DeadChanges.Discard)
}

// alone makes a change in a transaction of its own.
func (q *Queue) alone(ctx context.Context, id int64, change func(c jobs.DeadChanges, ctx context.Context, id int64) (jobs.Dead, error)) (_ jobs.Dead, err error) {
	tx, err := q.db.SQL().BeginTx(ctx, nil)
	if err != nil {
		return jobs.Dead{}, fmt.Errorf("jobqueue: change job %d: %w", id, err)
	}
	defer func() {
		if rollback := tx.Rollback(); !errors.Is(rollback, sql.ErrTxDone) {
			err = errors.Join(err, rollback)
		}
	}()
	d, err := change(q.DeadChanges(tx), ctx, id)
	if err != nil {
		return jobs.Dead{}, err
	}
	if err := tx.Commit(); err != nil {
		return jobs.Dead{}, fmt.Errorf("jobqueue: change job %d: %w", id, err)
	}
	return d, nil
}

// DeadChanges changes dead jobs in tx.
func (q *Queue) DeadChanges(tx *sql.Tx) jobs.DeadChanges { return deadChanges{q, tx} }

type deadChanges struct {
	q  *Queue
	tx *sql.Tx
}

// Retry implements jobs.DeadChanges.
func (c deadChanges) Retry(ctx context.Context, id int64) (jobs.Dead, error) {
	d, readable, err := c.dead(ctx, id)
	if err == nil && !readable {
		err = jobs.ErrUnreadable
	}
	if err == nil {
		err = c.queue(ctx, id)
	}
	if err != nil {
		return jobs.Dead{}, fmt.Errorf("jobqueue: retry job %d: %w", id, err)
	}
	return d, nil
}

// queue makes a dead job one that is to run. A job with its key may be queued: that fails,
// and would end the transaction on Postgres.
func (c deadChanges) queue(ctx context.Context, id int64) error {
	if _, err := c.tx.ExecContext(ctx, "SAVEPOINT dead_job"); err != nil {
		return err
	}
	_, err := c.q.insert.JobRetryTx(ctx, c.tx, id)
	if err == nil {
		return nil
	}
	if _, undone := c.tx.ExecContext(ctx, "ROLLBACK TO SAVEPOINT dead_job"); undone != nil {
		return errors.Join(err, undone)
	}
	var queued bool
	if looked := c.tx.QueryRowContext(ctx, c.q.deadStatements().queued, id).Scan(&queued); looked != nil {
		return errors.Join(err, looked)
	}
	if queued {
		return fmt.Errorf("%w: %w", jobs.ErrQueuedAlready, err)
	}
	return err
}

// Discard implements jobs.DeadChanges.
func (c deadChanges) Discard(ctx context.Context, id int64) (jobs.Dead, error) {
	d, _, err := c.dead(ctx, id)
	if err == nil {
		_, err = c.tx.ExecContext(ctx, c.q.deadStatements().remove, id)
	}
	if err != nil {
		return jobs.Dead{}, fmt.Errorf("jobqueue: discard job %d: %w", id, err)
	}
	return d, nil
}

// dead reads a dead job that nobody else changes until the transaction ends; jobs.ErrNotDead.
func (c deadChanges) dead(ctx context.Context, id int64) (jobs.Dead, bool, error) {
	d, readable, err := scanDead(c.tx.QueryRowContext(ctx, c.q.deadStatements().one, id).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		err = jobs.ErrNotDead
	}
	return d, readable, err
}

// deadStatements are on river_job.
type deadStatements struct {
	columns, died, parameter string
	one, remove, queued      string
	at                       func(t time.Time) any
}

// deadStatements fit the database. SQLite keeps JSON as it was given, valid or not, and
// times as text, which is brought to one form to be compared.
func (q *Queue) deadStatements() deadStatements {
	s := deadStatements{died: "finalized_at", parameter: "$", at: func(t time.Time) any { return t }}
	arguments, attempts, metadata, lock := "args::text", "to_jsonb(errors)::text", "metadata::text", " FOR UPDATE"
	if q.db.Dialect() != "postgres" {
		const text = "CASE WHEN json_valid(%[1]s, 9) THEN json(%[1]s) ELSE CAST(%[1]s AS TEXT) END"
		arguments, attempts, metadata, lock = fmt.Sprintf(text, "args"), fmt.Sprintf(text, "errors"), fmt.Sprintf(text, "metadata"), ""
		s.died, s.parameter = "coalesce(strftime('%Y-%m-%d %H:%M:%f', finalized_at), '')", "?"
		s.at = func(t time.Time) any {
			if t.IsZero() {
				return "" // what cannot be read as a time comes last
			}
			return t.UTC().Format("2006-01-02 15:04:05.000") // as river writes it
		}
	}
	s.columns = strings.Join([]string{"id", "kind", "queue", "attempt", arguments, attempts, metadata, "finalized_at"}, ", ")
	s.one = "SELECT " + s.columns + " FROM river_job WHERE state = 'discarded' AND id = " + s.parameter + "1" + lock
	s.remove = "DELETE FROM river_job WHERE state = 'discarded' AND id = " + s.parameter + "1"
	s.queued = "SELECT EXISTS (SELECT 1 FROM river_job dead JOIN river_job other ON other.unique_key = dead.unique_key AND other.id <> dead.id" +
		" WHERE dead.id = " + s.parameter + "1 AND other.state IN ('available', 'pending', 'retryable', 'running', 'scheduled'))"
	return s
}

// list is the statement that answers a query, and its arguments.
func (s deadStatements) list(query jobs.DeadQuery) (text string, args []any) {
	placeholder := func(v any) string {
		args = append(args, v)
		return s.parameter + strconv.Itoa(len(args))
	}
	text = "SELECT " + s.columns + " FROM river_job WHERE state = 'discarded'"
	if query.Kind != "" {
		text += " AND kind = " + placeholder(query.Kind)
	}
	if after := query.After; after != (jobs.DeadPosition{}) {
		text += " AND (" + s.died + ", id) < (" + placeholder(s.at(after.DiedAt)) + ", " + placeholder(after.ID) + ")"
	}
	return text + " ORDER BY " + s.died + " DESC, id DESC LIMIT " + placeholder(min(max(query.Limit, 1), 1000)), args
}
