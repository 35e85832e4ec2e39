package observe

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// Health knows what the program needs in order to serve.
type Health struct {
	timeout time.Duration

	mu     sync.RWMutex
	checks []*check
}

type check struct {
	name    string
	run     func(ctx context.Context) error
	running atomic.Bool
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
			err := c.outcome(ctx)
			results[i] = CheckResult{Name: c.name, Err: err, Took: time.Since(begun)}
		})
	}
	group.Wait()
	return results
}

var errRunning = errors.New("the last check has not ended yet")

// outcome leaves a check that hangs behind, and does not start it again before it
// has ended: a probe every few seconds must not pile them up.
func (c *check) outcome(ctx context.Context) error {
	if !c.running.CompareAndSwap(false, true) {
		return errRunning
	}
	done := make(chan error, 1)
	go func() {
		var err error
		defer func() {
			if r := recover(); r != nil {
				err = fmt.Errorf("the check panicked: %v", r)
			}
			c.running.Store(false)
			done <- err
		}()
		err = c.run(ctx)
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return fmt.Errorf("no answer in time: %w", ctx.Err())
	}
}
