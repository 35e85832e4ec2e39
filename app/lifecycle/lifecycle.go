// Package lifecycle starts the parts of the program in order and stops them in
// the reverse order, within a bound of time.
package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"
)

// Part is something that runs. Start returns once the part is at work. Drain tells
// those who send it work that it will stop, while it works on, and returns when they
// know or when ctx ends. Stop finishes what is under way, or gives up when ctx ends.
// Each may be nil.
type Part struct {
	Name  string
	Start func(ctx context.Context) error
	Drain func(ctx context.Context)
	Stop  func(ctx context.Context) error
}

// Run starts the parts in order, waits until ctx ends or failed yields an error,
// and stops those that were started in the reverse order. When it was ctx, it drains
// all of them first, until failed yields an error. All stops together may take at most
// timeout, which begins after the draining. The error joins what failed.
func Run(ctx context.Context, timeout time.Duration, failed <-chan error, parts ...Part) error {
	started := 0
	var cause error
	for _, p := range parts {
		if p.Start != nil {
			if err := p.Start(ctx); err != nil {
				cause = fmt.Errorf("start %s: %w", p.Name, err)
				break
			}
		}
		started++
	}
	if cause == nil {
		select {
		case <-ctx.Done():
			cause = drain(context.WithoutCancel(ctx), parts, failed)
		case cause = <-failed:
		}
	}
	return errors.Join(cause, stop(parts[:started], timeout))
}

func drain(ctx context.Context, parts []Part, failed <-chan error) (cause error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var all sync.WaitGroup
	for _, p := range parts {
		if p.Drain != nil {
			all.Go(func() { p.Drain(ctx) })
		}
	}
	drained := make(chan struct{})
	go func() { all.Wait(); close(drained) }()
	select {
	case <-drained:
	case cause = <-failed:
		cancel()
		<-drained
	}
	return cause
}

func stop(parts []Part, timeout time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	var errs []error
	for i := len(parts) - 1; i >= 0; i-- {
		if parts[i].Stop == nil {
			continue
		}
		if err := parts[i].Stop(ctx); err != nil {
			errs = append(errs, fmt.Errorf("stop %s: %w", parts[i].Name, err))
		}
	}
	return errors.Join(errs...)
}

// Signals returns a context that ends at the first SIGINT or SIGTERM. A second
// one ends the process at once, as an impatient operator expects.
func Signals(parent context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(parent)
	ch := make(chan os.Signal, 2)
	signal.Notify(ch, os.Interrupt, syscall.SIGTERM)
	go func() {
		select {
		case <-ch:
			cancel()
		case <-ctx.Done():
			signal.Stop(ch)
			return
		}
		<-ch
		os.Exit(130)
	}()
	return ctx, cancel
}
