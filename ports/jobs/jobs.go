// Package jobs runs work later, outside the request that asked for it.
package jobs

import (
	"context"
	"time"

	"github.com/neoforge-dev/neoforge/ports/fault"
)

// Job asks for one run of the handler of its Kind.
//
// Kind is namespaced by context ("billing.apply_webhook"). RunAt zero means as
// soon as possible. A Unique that is not empty keeps a second job of the same
// kind and key from being queued while the first has not ended.
type Job struct {
	Kind    string
	Payload []byte
	RunAt   time.Time
	Unique  string
}

// Enqueuer queues jobs in the transaction it was made for.
type Enqueuer interface {
	Enqueue(ctx context.Context, jobs ...Job) error
}

// The queues. Each has workers of its own, so that what waits in one keeps nothing
// else waiting.
const (
	DefaultQueue = "default" // what somebody waits for: webhooks, events, entitlements
	MailQueue    = "mail"    // what waits for a mail server; a job of it sends one mail
	OutsideQueue = "outside" // what waits for any other service outside
	LongQueue    = "long"    // what may take minutes, and is broken off by a stop
	HeavyQueue   = "heavy"   // what takes much memory, as pictures do: likewise, and one at a time in a process
)

// Handler does the work of one kind. Run may be called more than once for one
// job; an error has it called again with exponential backoff until MaxAttempts
// (default 12, about five hours), after which the job is kept as dead. The context of
// a run ends when its process can no longer say that it lives: another one may be
// running the job by then. That of a long or heavy job also ends when its process begins to
// stop, which waits for the others: it is run again, and uses up no attempt, so it should go
// on where it was.
type Handler struct {
	Kind        string
	Queue       string // default DefaultQueue
	Urgent      bool   // before the others of its queue
	Run         func(ctx context.Context, payload []byte) error
	Timeout     time.Duration // default one minute
	MaxAttempts int
	// PayloadTTL is for payloads that nobody should keep, as the address of somebody who
	// is erased. They are deleted, with the errors of earlier runs, as soon as the job is
	// done. A job that is older than this is cancelled instead of run. MaxAttempts is by
	// default more than fit into it, so that none is left as a dead letter.
	PayloadTTL time.Duration
}

// Schedule queues a job of Kind every so often, once over all replicas.
type Schedule struct {
	Kind  string
	Every time.Duration
}

// Dead is a job that used up its attempts. Payload and LastError are for operators: they
// may hold what a person gave; see [Redacted] and [RedactedText].
type Dead struct {
	ID        int64
	Kind      string
	Queue     string
	Payload   []byte
	Attempts  int
	LastError string
	Request   string // the id of the request that caused it; empty for none
	DiedAt    time.Time
}

var (
	// ErrNotDead reports that no dead job has an id.
	ErrNotDead = fault.New(fault.NotFound, "jobs.dead_job_not_found", "No dead job has this id. List the dead jobs to see which there are.")
	// ErrUnreadable reports that a dead job cannot be run, because what is kept of it
	// cannot be read.
	ErrUnreadable = fault.New(fault.Conflict, "jobs.dead_job_unreadable", "What is kept of this job cannot be read, so it cannot be run. Discard it.")
	// ErrQueuedAlready reports that a dead job need not be run, because another one that
	// does the same is queued.
	ErrQueuedAlready = fault.New(fault.Conflict, "jobs.dead_job_queued_already", "The same work is queued already, by another job. Discard this one.")
)

// DeadQuery asks for some of the dead jobs.
type DeadQuery struct {
	Kind  string // empty: all
	After DeadPosition
	Limit int // 1 to 1000
}

// DeadPosition is where a page of dead jobs goes on; the zero value is the beginning.
type DeadPosition struct {
	DiedAt time.Time
	ID     int64
}

// DeadChanges is what an operator does about dead jobs.
type DeadChanges interface {
	// Retry queues the job again; ErrNotDead, ErrUnreadable, ErrQueuedAlready.
	Retry(ctx context.Context, id int64) (Dead, error)
	// Discard deletes the job; ErrNotDead.
	Discard(ctx context.Context, id int64) (Dead, error)
}

// DeadReads is the operator's view of dead jobs.
type DeadReads interface {
	// List returns the newest first.
	List(ctx context.Context, q DeadQuery) ([]Dead, error)
	// Kinds counts the dead jobs of each kind.
	Kinds(ctx context.Context) (map[string]int, error)
}

// DeadLetters is dead jobs, each change in a transaction of its own.
type DeadLetters interface {
	DeadReads
	DeadChanges
}

// QueueState is how one queue fares.
type QueueState struct {
	Queue     string
	Waiting   int // could run now
	Running   int
	Retrying  int           // failed, and run again later
	Scheduled int           // run at a time of their own
	Oldest    time.Duration // for how long the job has waited that waits longest
}

// QueueStates is the operator's view of the queues.
type QueueStates interface {
	// States lists all queues in a fixed order, and how many jobs have run for longer than
	// any may.
	States(ctx context.Context) (queues []QueueState, stuck int, err error)
}
