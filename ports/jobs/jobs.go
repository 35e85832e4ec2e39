// Package jobs runs work later, outside the request that asked for it.
package jobs

import (
	"context"
	"time"
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
	LongQueue    = "long"    // what may take minutes
)

// Handler does the work of one kind. Run may be called more than once for one
// job; an error has it called again with exponential backoff until MaxAttempts
// (default 12, about five hours), after which the job is kept as dead. The context of
// a run ends when its process can no longer say that it lives: another one may be
// running the job by then.
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

// Dead is a job that used up its attempts. LastError is for operators.
type Dead struct {
	ID        int64
	Kind      string
	Payload   []byte
	Attempts  int
	LastError string
	DiedAt    time.Time
}

// DeadLetters is the operator's view of dead jobs, newest first.
type DeadLetters interface {
	List(ctx context.Context, limit int) ([]Dead, error)
	// Retry queues the job again; fault.NotFound when no dead job has that id.
	Retry(ctx context.Context, id int64) error
	// Discard forgets the job; fault.NotFound when no dead job has that id.
	Discard(ctx context.Context, id int64) error
}
