package observe

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// Health knows what the program needs in order to serve.
type Health struct {
	timeout  time.Duration
	kept     time.Duration
	draining atomic.Bool

	mu     sync.RWMutex
	checks []*check
}

type check struct {
	name string
	run  func(ctx context.Context) error
	kept time.Duration

	mu      sync.Mutex
	current *checkRun // under way, or the last one; nil: none yet
}

// checkRun is one run of a check. err and at are read after ended is closed.
type checkRun struct {
	ended chan struct{}
	err   error
	at    time.Time // when it ended
}

// answers reports whether the run is under way, or ended so lately that it answers
// for the next one.
func (r *checkRun) answers(kept time.Duration) bool {
	select {
	case <-r.ended:
		return time.Since(r.at) < kept
	default:
		return true
	}
}

// CheckResult is the outcome of one check. A nil Err means well.
type CheckResult struct {
	Name string
	Err  error
	Took time.Duration
}

// NewHealth makes a Health without checks; each may take up to timeout, and its outcome
// is kept for the time given: however many ask meanwhile, it runs once.
func NewHealth(timeout, kept time.Duration) *Health { return &Health{timeout: timeout, kept: kept} }

// Add adds a check.
func (h *Health) Add(name string, run func(ctx context.Context) error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.checks = append(h.checks, &check{name: name, run: run, kept: h.kept})
}

// Drain says from now on that this process stops: no more work should be sent to it.
func (h *Health) Drain() { h.draining.Store(true) }

// Draining reports whether Drain was called.
func (h *Health) Draining() bool { return h.draining.Load() }

// Check runs all checks at once and returns their outcomes in the order in which
// they were added. What has just ended is not run again. It does not
// wait for a check that does not heed its context.
func (h *Health) Check(ctx context.Context) []CheckResult {
	h.mu.RLock()
	checks := h.checks
	h.mu.RUnlock()
	ctx, cancel := context.WithTimeout(ctx, h.timeout)
	defer cancel()
	results := make([]CheckResult, len(checks))
	var group sync.WaitGroup
	for i, c := range checks {
		group.Go(func() {
			begun := time.Now()
			err := c.outcome(ctx, h.timeout)
			results[i] = CheckResult{Name: c.name, Err: err, Took: time.Since(begun)}
		})
	}
	group.Wait()
	return results
}

// outcome runs the check, or answers what the run said that is under way or has just
// ended: a thousand probes cost one, and none of them hears anything but its outcome.
// A check that hangs is left behind, and not started again before it has ended.
func (c *check) outcome(ctx context.Context, timeout time.Duration) error {
	c.mu.Lock()
	now := c.current
	if now == nil || !now.answers(c.kept) {
		now = &checkRun{ended: make(chan struct{})}
		c.current = now
		go c.start(context.WithoutCancel(ctx), timeout, now) // who asked first may leave
	}
	c.mu.Unlock()
	select {
	case <-now.ended:
		return now.err
	case <-ctx.Done():
		return fmt.Errorf("no answer in time: %w", ctx.Err())
	}
}

func (c *check) start(ctx context.Context, timeout time.Duration, now *checkRun) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	defer func() {
		if r := recover(); r != nil {
			now.err = fmt.Errorf("the check panicked: %v", r)
		}
		now.at = time.Now()
		close(now.ended)
	}()
	now.err = c.run(ctx)
}
