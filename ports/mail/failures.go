package mail

import (
	"context"
	"time"

	"github.com/neoforge-dev/neoforge/ports/cursor"
	"github.com/neoforge-dev/neoforge/ports/fault"
)

// ErrFailureNotFound reports that no refused mail has an id.
var ErrFailureNotFound = fault.New(fault.NotFound, "mail.failure_not_found", "This mail is not in the list any more: it was sent again or dismissed.")

// Failure is a mail that was refused for good, with the job that writes it anew.
type Failure struct {
	ID       string
	Kind     string // of the job
	Payload  []byte // of the job
	To       string
	Reason   string // for operators
	FailedAt time.Time
}

// FailureRecorder keeps refused mails.
type FailureRecorder interface {
	// RecordFailure keeps a failure; an empty ID or FailedAt is filled in.
	RecordFailure(ctx context.Context, f Failure) error
}

// FailureReads lists refused mails. Who may see them is for the caller to check:
// they name addresses.
type FailureReads interface {
	// MailFailures lists up to limit, newest first, after a position.
	MailFailures(ctx context.Context, after cursor.Position, limit int) ([]Failure, error)
	// MailFailedTo returns those of the addresses to which a mail was refused since t,
	// with the time of the latest refusal.
	MailFailedTo(ctx context.Context, addresses []string, since time.Time) (map[string]time.Time, error)
}

// FailureChanges changes the list in a transaction.
type FailureChanges interface {
	// Retry queues the job again and takes the failure off the list, which it
	// returns; ErrFailureNotFound.
	Retry(ctx context.Context, id string) (Failure, error)
	// Discard takes a failure off the list; ErrFailureNotFound.
	Discard(ctx context.Context, id string) (Failure, error)
	// DeleteTo deletes what was refused to an address, whose owner is gone.
	DeleteTo(ctx context.Context, address string) error
	// DeleteBefore deletes up to limit failures from before t.
	DeleteBefore(ctx context.Context, t time.Time, limit int) (int, error)
}
