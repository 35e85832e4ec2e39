package observe

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// Health knows what the program needs in order to serve.
type Health struct {
	timeout time.Duration

	mu     sync.RWMutex
	checks []*check
}

type check struct {
	name string
	run  func(ctx context.Context) error

	mu      sync.Mutex
	current *checkRun // under way; nil: none
}

// checkRun is one run of a check. err is read after ended is closed.
type checkRun struct {
	ended chan struct{}
	err   error
}

// CheckResult is the outcome of one check. A nil Err means well.
type CheckResult struct {
	Name string
	Err  error
	Took time.Duration
}

// NewHealth makes a Health without checks; each may take up to timeout.
func NewHealth(timeout time.Duration) *Health { return &Health{timeout: timeout} }

// Add adds a check.
func (h *Health) Add(name string, run func(ctx context.Context) error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.checks = append(h.checks, &check{name: name, run: run})
}

// Check runs all checks at once and returns their outcomes in the order in which
// they were added. It does not wait for a check that does not heed its context.
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

// outcome runs the check, or waits for the run that is under way: a thousand probes
// cost one, and none of them hears anything but its outcome. A check that hangs is left
// behind, and not started again before it has ended.
func (c *check) outcome(ctx context.Context, timeout time.Duration) error {
	c.mu.Lock()
	now := c.current
	if now == nil {
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
		c.mu.Lock()
		c.current = nil
		c.mu.Unlock()
		close(now.ended)
	}()
	now.err = c.run(ctx)
}
