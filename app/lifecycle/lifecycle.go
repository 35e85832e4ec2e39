// Package lifecycle starts the parts of the program in order and stops them in
// the reverse order, within a bound of time.
package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// Part is something that runs. Start returns once the part is at work; Stop
// finishes what is under way, or gives up when ctx ends. Either may be nil.
type Part struct {
	Name  string
	Start func(ctx context.Context) error
	Stop  func(ctx context.Context) error
}

// Run starts the parts in order, waits until ctx ends or failed yields an error,
// and stops those that were started in the reverse order. All stops together may
// take at most timeout. The error joins what failed.
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
		case cause = <-failed:
		}
	}
	return errors.Join(cause, stop(parts[:started], timeout))
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
