// Package jobqueue runs jobs by river, on SQLite and on Postgres.
//
// It owns river's tables in the same database as everything else, so that a job is
// queued in the transaction of the change that needs it: committed together or not
// at all. A job runs at least once, on one replica at a time; it is tried again
// with growing pauses, and kept as a dead letter after its last attempt until
// somebody looks. On Postgres a commit wakes a worker at once; on SQLite, and behind a
// pooler that gives no sessions, workers look every PollInterval.
package jobqueue

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"go.uber.org/zap"

	"github.com/neoforge-dev/neoforge/ports/errortracking"
	"github.com/neoforge-dev/neoforge/ports/jobs"
)

// Database is what the queue works on. PgxPool is nil on SQLite; SessionPool, on
// which a worker listens, also behind a pooler that gives no sessions.
type Database interface {
	Dialect() string
	SQL() *sql.DB
	PgxPool() *pgxpool.Pool
	SessionPool() *pgxpool.Pool
}

// Options size the work. Zero values choose.
type Options struct {
	Logger       *zap.Logger
	Workers      int           // jobs of the default queue at once in this process
	PollInterval time.Duration // how often to look without being told
	KeepDead     time.Duration // how long dead letters are kept; zero is until an operator decides
	// IDs tells which request a context belongs to, and WithIDs makes a context of the
	// same one; nil: jobs do not know where they come from.
	IDs     func(ctx context.Context) (requestID, traceID string)
	WithIDs func(ctx context.Context, requestID, traceID string) context.Context
	// Traceparent tells which span of a trace a context belongs to (W3C Trace Context), empty
	// when it is not traced, and WithTraceparent makes a context that goes on with it; nil:
	// a job goes on with no trace.
	Traceparent     func(ctx context.Context) string
	WithTraceparent func(ctx context.Context, traceparent string) context.Context
	// Inserted is told of jobs that were queued, the first of which has the kind; nil: nobody.
	Inserted func(ctx context.Context, kind string, jobs int, begun time.Time, took time.Duration, err error)
	Errors   errortracking.Reporter // is told of defects: panics, and jobs that used up their attempts; nil: nobody is
	LeaseTTL time.Duration          // how long after its last sign of life a process counts as dead; 15 s
}

// Queue queues jobs, and works them between Start and Stop. A process that only
// queues never starts it.
type Queue struct {
	db      Database
	options Options
	insert  *river.Client[*sql.Tx]

	mu        sync.RWMutex
	handlers  map[string]jobs.Handler
	schedules []jobs.Schedule
	started   bool // so that nothing is registered any more

	// turn lets one of Start and Stop go on at a time. It is not mu: jobs run before
	// Start has returned, and while Stop waits for them, and may queue others.
	turn    sync.Mutex
	working worker // nil unless started
	lease   *lease // of working
	hurry   func() // ends what waits for the database in working
	ending  func() // has long jobs in working give way
}

// worker is a river client, of whichever driver.
type worker interface {
	Start(ctx context.Context) error
	Stop(ctx context.Context) error
	StopAndCancel(ctx context.Context) error
}

// New makes a queue on db, whose tables [Schema] declares.
func New(db Database, o Options) (*Queue, error) {
	if db == nil {
		return nil, errors.New("jobqueue: the database is missing")
	}
	if o.Logger == nil {
		o.Logger = zap.NewNop()
	}
	if o.Workers <= 0 {
		o.Workers = max(4, 2*runtime.GOMAXPROCS(0))
	}
	if o.PollInterval <= 0 {
		o.PollInterval = time.Second
		if db.PgxPool() == nil {
			o.PollInterval = 200 * time.Millisecond
		}
	}
	if o.LeaseTTL <= 0 {
		o.LeaseTTL = leaseTTL
	}
	insert, err := river.NewClient(driverOf(db.Dialect(), db.SQL()), &river.Config{Logger: logger(o.Logger)})
	if err != nil {
		return nil, fmt.Errorf("jobqueue: %w", err)
	}
	return &Queue{db: db, options: o, insert: insert, handlers: map[string]jobs.Handler{}}, nil
}

// listening listens on connections of its own: behind a pooler, those past it.
type listening struct {
	*riverpgxv5.Driver
	sessions *riverpgxv5.Driver
}

// GetListener implements riverdriver.Driver.
func (d listening) GetListener(p *riverdriver.GetListenenerParams) riverdriver.Listener {
	return d.sessions.GetListener(p)
}

func driverOf(dialect string, db *sql.DB) riverdriver.Driver[*sql.Tx] {
	if dialect == "postgres" {
		return riverdatabasesql.New(db)
	}
	return riversqlite.New(db)
}

// Register says what does the work of each kind and what is queued how often.
// It fails for a kind without a name, with two handlers or in a queue that there is
// not, for a schedule of an unknown kind, and after Start.
func (q *Queue) Register(handlers []jobs.Handler, schedules []jobs.Schedule) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.started {
		return errors.New("jobqueue: register before the start")
	}
	for _, h := range handlers {
		if h.Kind == "" || h.Run == nil {
			return fmt.Errorf("jobqueue: a handler needs a kind and a function (kind %q)", h.Kind)
		}
		if _, taken := q.handlers[h.Kind]; taken {
			return fmt.Errorf("jobqueue: two handlers of the kind %s", h.Kind)
		}
		if h.Timeout <= 0 {
			h.Timeout = time.Minute
		}
		if h.MaxAttempts <= 0 {
			h.MaxAttempts = attemptsWithin(h.PayloadTTL)
		}
		switch h.Queue {
		case "":
			h.Queue = jobs.DefaultQueue
		case jobs.DefaultQueue, jobs.MailQueue, jobs.OutsideQueue, jobs.LongQueue, jobs.HeavyQueue:
		default:
			return fmt.Errorf("jobqueue: the kind %s names the queue %q; there are %s, %s, %s, %s and %s", h.Kind, h.Queue, jobs.DefaultQueue, jobs.MailQueue, jobs.OutsideQueue, jobs.LongQueue, jobs.HeavyQueue)
		}
		q.handlers[h.Kind] = h
	}
	for _, s := range schedules {
		if _, known := q.handlers[s.Kind]; !known || s.Every < time.Second {
			return fmt.Errorf("jobqueue: the schedule of %q needs a handler and at least a second", s.Kind)
		}
	}
	q.schedules = append(q.schedules, schedules...)
	return nil
}

// Start works jobs until Stop. The end of ctx does not end the work, so that jobs
// under way can finish.
func (q *Queue) Start(ctx context.Context) error {
	q.turn.Lock()
	defer q.turn.Unlock()
	if q.working != nil {
		return errors.New("jobqueue: started already")
	}
	q.mu.Lock()
	q.started = true
	q.mu.Unlock()
	l := &lease{id: workerID(), db: q.db, log: q.options.Logger, ttl: q.options.LeaseTTL, beat: q.options.LeaseTTL / 3}
	stopping, stop := context.WithCancel(context.WithoutCancel(ctx))
	ending, end := context.WithCancel(stopping)
	hurry := func() { end(); stop() }
	config, err := q.config(stopping, ending, l)
	if err != nil {
		hurry()
		return err
	}
	var w worker
	if pool := q.db.PgxPool(); pool != nil {
		driver := listening{riverpgxv5.New(pool), riverpgxv5.New(q.db.SessionPool())}
		l.exec = driver.GetExecutor()
		config.PollOnly = q.db.SessionPool() == nil
		w, err = river.NewClient(driver, config)
	} else {
		driver := driverOf(q.db.Dialect(), q.db.SQL())
		l.exec = driver.GetExecutor()
		w, err = river.NewClient(driver, config)
	}
	if err == nil {
		err = takeLease(ctx, l)
	}
	if err != nil {
		hurry()
		return fmt.Errorf("jobqueue: start: %w", err)
	}
	if err := w.Start(context.WithoutCancel(ctx)); err != nil {
		hurry()
		return errors.Join(fmt.Errorf("jobqueue: start: %w", err), l.end(ctx, true))
	}
	q.working, q.lease, q.hurry, q.ending = w, l, hurry, end
	return nil
}

// cancelTimeout is how long jobs have to notice that they are cancelled.
const cancelTimeout = 5 * time.Second

// StopTimeout is how long Stop may take after its context ended.
const StopTimeout = cancelTimeout + statementTimeout

// Stop takes no more jobs and waits for those under way, but for long and heavy ones, which
// it breaks off. When ctx ends first they are cancelled, to be tried again, and ctx's error
// is returned, after StopTimeout at the latest.
func (q *Queue) Stop(ctx context.Context) error {
	q.turn.Lock()
	defer q.turn.Unlock()
	working, held := q.working, q.lease
	if working == nil {
		return nil
	}
	q.ending()
	err := working.Stop(ctx)
	q.hurry()
	if err != nil {
		// They get a moment to notice; a job that does not is left to its next attempt.
		hard, cancel := context.WithTimeout(context.WithoutCancel(ctx), cancelTimeout)
		defer cancel()
		err = errors.Join(err, working.StopAndCancel(hard))
	}
	q.working, q.lease = nil, nil
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), statementTimeout)
	defer cancel()
	err = errors.Join(err, held.end(last, err == nil))
	if err != nil {
		return fmt.Errorf("jobqueue: stop: %w", err)
	}
	return nil
}
