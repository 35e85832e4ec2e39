package identity_test

import (
	"context"

	"github.com/neoforge-dev/neoforge/ports/ratelimit"
)

// many runs fn n times at the same moment and counts what succeeded.
func many(ctx context.Context, n int, fn func(ctx context.Context) error) (succeeded int, failed []error) {
	ready, done := make(chan struct{}), make(chan error)
	for range n {
		go func() {
			<-ready
			done <- fn(ctx)
		}()
	}
	close(ready)
	for range n {
		if err := <-done; err != nil {
			failed = append(failed, err)
		} else {
			succeeded++
		}
	}
	return succeeded, failed
}

// generous is a limiter that lets everybody: what is tested beneath it must hold
// without it.
type generous struct{}

func (generous) Allow(context.Context, string, ratelimit.Limit) (ratelimit.Decision, error) {
	return ratelimit.Decision{Allowed: true}, nil
}

func (generous) GiveBack(context.Context, string, ratelimit.Limit) error { return nil }
