package jobqueue

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/neoforge-dev/neoforge/ports/jobs"
)

// arguments are a job as river keeps it. A payload that is text is kept as such,
// so that an operator can read it; not as JSON within JSON, whose long numbers
// would be rounded on their way through Postgres.
type arguments struct {
	kind    string
	Payload string `json:"payload,omitempty"`
	Data    []byte `json:"data,omitempty"`
	Key     string `json:"key,omitempty" river:"unique"`
}

// Kind implements river.JobArgs.
func (a arguments) Kind() string { return a.kind }

func argumentsOf(j jobs.Job) arguments {
	a := arguments{kind: j.Kind, Key: j.Unique}
	// Postgres cannot keep the character NUL in JSON.
	if utf8.Valid(j.Payload) && !bytes.Contains(j.Payload, []byte{0}) {
		a.Payload = string(j.Payload)
	} else {
		a.Data = j.Payload
	}
	return a
}

func (a arguments) payload() []byte {
	if a.Data != nil {
		return a.Data
	}
	return []byte(a.Payload)
}

// unended are the states in which a job still stands for its key. All but
// Retryable are the ones river demands.
var unended = []rivertype.JobState{
	rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRetryable,
	rivertype.JobStateRunning, rivertype.JobStateScheduled,
}

// InsertTx queues jobs in tx, with the attempts of the handlers registered here.
func (q *Queue) InsertTx(ctx context.Context, tx *sql.Tx, all ...jobs.Job) error {
	if len(all) == 0 {
		return nil
	}
	params, from := make([]river.InsertManyParams, len(all)), q.originOf(ctx)
	q.mu.RLock()
	for i, j := range all {
		options := &river.InsertOpts{MaxAttempts: defaultAttempts, ScheduledAt: j.RunAt, Metadata: from}
		if h, known := q.handlers[j.Kind]; known {
			options.MaxAttempts, options.Queue, options.Priority = h.MaxAttempts, h.Queue, priorityOf(h)
		}
		if j.Unique != "" {
			options.UniqueOpts = river.UniqueOpts{ByArgs: true, ByState: unended}
		}
		params[i] = river.InsertManyParams{Args: argumentsOf(j), InsertOpts: options}
	}
	q.mu.RUnlock()
	begun := time.Now()
	_, err := q.insert.InsertManyTx(ctx, tx, params)
	if q.options.Inserted != nil {
		q.options.Inserted(ctx, all[0].Kind, len(all), begun, time.Since(begun), err)
	}
	if err != nil {
		return fmt.Errorf("jobqueue: queue %d jobs, the first %s: %w", len(all), all[0].Kind, err)
	}
	return nil
}

// priorityOf is river's: 1 is the first.
func priorityOf(h jobs.Handler) int {
	if h.Urgent {
		return 1
	}
	return 2
}

// QueueSchedules queues what comes by itself once more, without waiting for its
// time: for who moved the clock past it.
func (q *Queue) QueueSchedules(ctx context.Context) error {
	q.mu.RLock()
	all := make([]jobs.Job, len(q.schedules))
	for i, s := range q.schedules {
		all[i] = jobs.Job{Kind: s.Kind}
	}
	q.mu.RUnlock()
	tx, err := q.db.SQL().BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("jobqueue: queue the schedules: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // nothing is left to roll back after the commit
	if err := q.InsertTx(ctx, tx, all...); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("jobqueue: queue the schedules: %w", err)
	}
	return nil
}

// Enqueuer queues jobs in tx.
func (q *Queue) Enqueuer(tx *sql.Tx) jobs.Enqueuer { return enqueuer{q, tx} }

type enqueuer struct {
	q  *Queue
	tx *sql.Tx
}

// Enqueue implements jobs.Enqueuer.
func (e enqueuer) Enqueue(ctx context.Context, all ...jobs.Job) error {
	return e.q.InsertTx(ctx, e.tx, all...)
}
