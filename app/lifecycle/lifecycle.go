// Package lifecycle starts the parts of the program in order and stops them in
// the reverse order, within a bound of time.
package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"sync"
	"syscall"
	"time"
)

// Part is something that runs. Start returns once the part is at work. Drain tells
// those who send it work that it will stop, while it works on, and returns when they
// know or when ctx ends. Stop finishes what is under way, or gives up when ctx ends.
// Each may be nil. WithNext has it stopped beside the part that was started after it,
// where neither needs the other, so that each has the whole time.
type Part struct {
	Name     string
	Start    func(ctx context.Context) error
	Drain    func(ctx context.Context)
	Stop     func(ctx context.Context) error
	WithNext bool
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
	errs := make([]error, len(parts))
	for end := len(parts); end > 0; {
		first := end - 1
		for first > 0 && parts[first-1].WithNext {
			first--
		}
		var together sync.WaitGroup
		for i := first; i < end; i++ {
			together.Go(func() { errs[i] = parts[i].stop(ctx) })
		}
		together.Wait()
		end = first
	}
	slices.Reverse(errs)
	return errors.Join(errs...)
}

func (p Part) stop(ctx context.Context) error {
	if p.Stop == nil {
		return nil
	}
	if err := p.Stop(ctx); err != nil {
		return fmt.Errorf("stop %s: %w", p.Name, err)
	}
	return nil
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
