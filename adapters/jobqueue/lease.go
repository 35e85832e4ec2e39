package jobqueue

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/rivertype"
	"go.uber.org/zap"
)

// Every process that works has a lease, a row of job_workers that it renews. Who has
// not renewed theirs for leaseTTL is dead, and its jobs are taken up by the others:
// within half a minute, however long their kinds may run. A process that cannot renew
// cancels what it runs, for somebody else may be running it.
const (
	// It is renewed three times within its TTL.
	leaseTTL = 15 * time.Second
	// A lease that ended is kept while jobs of its process may be found. Jobs of a
	// process without one, of an older release, are left to river's own rescue.
	leaseKept = 24 * time.Hour
	// One statement of a lease, or about what is done of a job, may take this long.
	statementTimeout = 4 * time.Second
)

// processEnded is the error of a run whose process died.
const processEnded = "The process that worked on this job ended."

var errLeaseLost = errors.New("jobqueue: this process could not say in time that it is alive, so others may have taken the job up")

// lease is one process's, between Start and Stop.
type lease struct {
	id   string
	db   Database
	exec executor
	log  *zap.Logger
	ttl  time.Duration
	beat time.Duration

	begun begun

	mu      sync.Mutex
	held    context.Context // ends when the lease is lost
	lose    context.CancelCauseFunc
	renewed time.Time // when the last renewal began
	since   time.Time // without a gap as long as a lease

	stop func()
	done chan struct{}
}

// executor is what a lease needs of river's drivers.
type executor interface {
	JobGetStuck(ctx context.Context, params *riverdriver.JobGetStuckParams) ([]*rivertype.JobRow, error)
	JobRescueMany(ctx context.Context, params *riverdriver.JobRescueManyParams) (*struct{}, error)
}

// workerID names a process to operators, and tells it from every other one.
func workerID() string {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return fmt.Sprintf("%.60s-%s", host, rand.Text()[:10])
}

// takeLease writes the lease, and renews it until end is called.
func takeLease(ctx context.Context, l *lease) error {
	l.hold()
	l.renewed = time.Now()
	l.since = l.renewed
	if err := l.renew(ctx); err != nil {
		return fmt.Errorf("say that this process works: %w", err)
	}
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	l.stop, l.done = stop, make(chan struct{})
	go l.run(running)
	return nil
}

func (l *lease) run(ctx context.Context) {
	defer close(l.done)
	tick := time.NewTicker(l.beat)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		err := l.renew(ctx)
		if err == nil {
			err = l.takeOver(ctx)
		}
		if err != nil && ctx.Err() == nil {
			l.log.Warn("a worker's lease could not be renewed", zap.Error(err))
		}
		l.loseInTime()
	}
}

// end gives the lease up. After a clean stop nothing of this process is left to take
// over; otherwise the row stays, and ends by itself.
func (l *lease) end(ctx context.Context, clean bool) error {
	l.stop()
	<-l.done
	if !clean {
		return nil
	}
	_, err := l.db.SQL().ExecContext(ctx, l.statement().remove, l.id)
	return err
}

// context returns ctx as it ends with the lease, too.
func (l *lease) context(ctx context.Context) (context.Context, context.CancelFunc) {
	l.mu.Lock()
	held := l.held
	l.mu.Unlock()
	ctx, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(held, func() { cancel(context.Cause(held)) })
	return ctx, func() { stop(); cancel(nil) }
}

func (l *lease) hold() { l.held, l.lose = context.WithCancelCause(context.Background()) }

func (l *lease) renew(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, statementTimeout)
	defer cancel()
	begun := time.Now() // the row may be as old as the question
	if _, err := l.db.SQL().ExecContext(ctx, l.statement().renew, l.id); err != nil {
		return err
	}
	l.renewedAt(begun)
	return nil
}

// renewedAt notes a renewal that began then.
func (l *lease) renewedAt(begun time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	// By the clock on the wall: another one stands still with the machine.
	if gap := begun.Round(0).Sub(l.renewed.Round(0)); gap > l.ttl {
		l.lose(errLeaseLost) // the others have seen it end, whatever this process did meanwhile
		l.since = begun
	}
	if l.held.Err() != nil {
		l.hold()
	}
	l.renewed = begun
}

// loseInTime cancels what this process runs before its lease is seen to have ended.
func (l *lease) loseInTime() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if time.Now().Round(0).Sub(l.renewed.Round(0)) > l.ttl-l.beat {
		l.lose(errLeaseLost)
	}
}

// takeOver has the jobs of dead processes tried again, and those that this process was
// to run and never heard of. It waits until this process has renewed its own lease for
// as long as one lasts: after a database was away, whoever lives has said so by then.
func (l *lease) takeOver(ctx context.Context) error {
	l.mu.Lock()
	settled := l.renewed.Sub(l.since) >= l.ttl
	l.mu.Unlock()
	if !settled {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, statementTimeout)
	defer cancel()
	dead, err := l.ended(ctx)
	if err != nil {
		return err
	}
	now := time.Now()
	horizon := now.Add(-l.ttl)
	var here []*rivertype.JobRow
	for after := int64(0); ; {
		const page = 1000
		running, err := l.exec.JobGetStuck(ctx, &riverdriver.JobGetStuckParams{AfterID: after, Max: page, StuckHorizon: horizon})
		if err != nil {
			return fmt.Errorf("jobqueue: find the jobs of dead processes: %w", err)
		}
		mine := orphans(running, map[string]bool{l.id: true})
		here = append(here, mine...)
		if err := l.rescue(ctx, append(orphans(running, dead), l.begun.lost(mine)...), horizon); err != nil {
			return err
		}
		if len(running) < page {
			break
		}
		after = running[len(running)-1].ID
	}
	// What ended that long ago is older than the horizon in every clock.
	l.begun.drop(horizon.Add(-l.ttl), here)
	if len(dead) == 0 {
		return nil
	}
	return l.deleteEnded(ctx)
}

// orphans are the jobs whose latest worker is dead.
func orphans(running []*rivertype.JobRow, dead map[string]bool) []*rivertype.JobRow {
	var left []*rivertype.JobRow
	for _, job := range running {
		if n := len(job.AttemptedBy); n > 0 && dead[job.AttemptedBy[n-1]] {
			left = append(left, job)
		}
	}
	return left
}

func (l *lease) rescue(ctx context.Context, left []*rivertype.JobRow, horizon time.Time) error {
	if len(left) == 0 {
		return nil
	}
	now := time.Now().UTC()
	p := &riverdriver.JobRescueManyParams{StuckHorizon: horizon}
	for _, job := range left {
		by, reason := job.AttemptedBy[len(job.AttemptedBy)-1], processEnded
		if by == l.id {
			reason = "The database went away while it handed this job to a process, which never began it."
		}
		what, err := json.Marshal(rivertype.AttemptError{At: now, Attempt: max(job.Attempt, 0), Error: reason})
		if err != nil {
			return fmt.Errorf("jobqueue: encode what happened to job %d: %w", job.ID, err)
		}
		state, finalized, at := rivertype.JobStateAvailable, (*time.Time)(nil), now
		switch {
		case by == l.id: // it did nothing wrong
		case job.Attempt >= job.MaxAttempts:
			state, finalized, at = rivertype.JobStateDiscarded, &now, job.ScheduledAt
		case job.Attempt > 2: // perhaps it is what ends its process
			state, at = rivertype.JobStateRetryable, now.Add(pause(job.Attempt))
		}
		p.ID, p.Error, p.FinalizedAt = append(p.ID, job.ID), append(p.Error, what), append(p.FinalizedAt, finalized)
		p.ScheduledAt, p.State = append(p.ScheduledAt, at), append(p.State, string(state))
		fields := []zap.Field{zap.Int64("job", job.ID), zap.String("kind", job.Kind), zap.Int("attempt", job.Attempt), zap.String("worker", by)}
		if by == l.id {
			l.log.Warn("a job that the database handed over as it went away will be tried again", fields...)
		} else if finalized != nil {
			l.log.Error("a job whose process ended used up its attempts and is a dead letter now", fields...)
		} else {
			l.log.Warn("a job whose process ended will be tried again", fields...)
		}
	}
	if _, err := l.exec.JobRescueMany(ctx, p); err != nil {
		return fmt.Errorf("jobqueue: take up the jobs of dead processes: %w", err)
	}
	return nil
}

// ended lists the processes whose lease is over. The database's clock decides.
func (l *lease) ended(ctx context.Context) (dead map[string]bool, err error) {
	rows, err := l.db.SQL().QueryContext(ctx, l.statement().ended, l.ttl.Seconds())
	if err != nil {
		return nil, fmt.Errorf("jobqueue: list the processes whose lease is over: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	dead = map[string]bool{}
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, fmt.Errorf("jobqueue: read a lease: %w", err)
		}
		dead[id] = true
	}
	return dead, rows.Err()
}

// deleteEnded deletes leases that ended long ago.
func (l *lease) deleteEnded(ctx context.Context) error {
	if _, err := l.db.SQL().ExecContext(ctx, l.statement().deleteEnded, leaseKept.Seconds()); err != nil {
		return fmt.Errorf("jobqueue: delete ended leases: %w", err)
	}
	return nil
}

// statements on job_workers. Ages are in seconds.
type statements struct{ renew, ended, deleteEnded, remove string }

func (l *lease) statement() statements {
	if l.db.Dialect() == "postgres" {
		return statements{
			renew:       "INSERT INTO job_workers (id, seen_at) VALUES ($1, now()) ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at",
			ended:       "SELECT id FROM job_workers WHERE seen_at < now() - make_interval(secs => $1)",
			deleteEnded: "DELETE FROM job_workers WHERE seen_at < now() - make_interval(secs => $1)",
			remove:      "DELETE FROM job_workers WHERE id = $1",
		}
	}
	const now, age = "strftime('%Y-%m-%d %H:%M:%f', 'now')", "strftime('%Y-%m-%d %H:%M:%f', 'now', '-' || ? || ' seconds')"
	return statements{
		renew:       "INSERT INTO job_workers (id, seen_at) VALUES (?, " + now + ") ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at",
		ended:       "SELECT id FROM job_workers WHERE seen_at < " + age,
		deleteEnded: "DELETE FROM job_workers WHERE seen_at < " + age,
		remove:      "DELETE FROM job_workers WHERE id = ?",
	}
}
