package jobs

import (
	"context"
	"strconv"
	"time"
)

// Run is one run of a job, as its handler finds it in its context.
type Run struct {
	// Job names the job: the same in all of its runs, and no other job's.
	Job     string
	Attempt int // counts from 1
	// Interrupted counts the runs before this one of which nobody knows how far they
	// came, because their process died.
	Interrupted int
	Steps       Steps
}

// Steps are the parts of a job that are done and must not be done again, however often
// the job runs.
type Steps interface {
	// Done lists them, in no order.
	Done(ctx context.Context) ([]string, error)
	// Record keeps that a step is done, durably. It goes on when ctx has ended and while
	// the database is away: until it is kept, or its process is told to end. A step is
	// named by up to 100 letters, digits, dots and hyphens.
	Record(ctx context.Context, step string) error
}

type runKey struct{}

// WithRun returns a context of a handler that runs r.
func WithRun(ctx context.Context, r Run) context.Context {
	return context.WithValue(ctx, runKey{}, r)
}

// RunOf returns the run that a context belongs to; false outside of jobs.
func RunOf(ctx context.Context) (Run, bool) {
	r, ok := ctx.Value(runKey{}).(Run)
	return r, ok
}

// Postponed is the error of a handler that did nothing yet, because what it needs is
// known to be away. The job runs again after a while, and the run counts as no attempt.
type Postponed struct {
	For    time.Duration
	Reason error
}

// What a service that says 429 is left alone for when it does not say how long, and at most.
const (
	usualPause   = time.Minute
	longestPause = time.Hour
)

// PostponedBy is Postponed for as long as a Retry-After in seconds says: a minute where it
// says nothing that can be read, and an hour at the most.
func PostponedBy(retryAfter string, reason error) *Postponed {
	pause := usualPause
	if seconds, err := strconv.Atoi(retryAfter); err == nil && seconds > 0 {
		pause = time.Duration(min(seconds, int(longestPause/time.Second))) * time.Second
	}
	return &Postponed{For: pause, Reason: reason}
}

func (p *Postponed) Error() string { return "postponed: " + p.Reason.Error() }

// Unwrap returns the reason.
func (p *Postponed) Unwrap() error { return p.Reason }
