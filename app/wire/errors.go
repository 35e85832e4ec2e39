package wire

import (
	"cmp"
	"context"
	"errors"
	"time"

	"go.uber.org/zap"

	"github.com/neoforge-dev/neoforge/adapters/entstore/errorstore"
	"github.com/neoforge-dev/neoforge/adapters/sentry"
	"github.com/neoforge-dev/neoforge/app/config"
	"github.com/neoforge-dev/neoforge/app/lifecycle"
	"github.com/neoforge-dev/neoforge/ports/errortracking"
	"github.com/neoforge-dev/neoforge/ports/jobs"
)

const (
	pruneErrorsKind = "platform.prune_errors"
	// writeErrorsEvery is how long what happened is gathered before it is written.
	writeErrorsEvery = 5 * time.Second
)

// openErrors opens what errors are counted in and, where there is a DSN, sent to.
func (i *infra) openErrors(product Product, cfg config.Config) (err error) {
	if i.errorGroups, err = errorstore.New(i.db); err != nil {
		return err
	}
	counted, err := i.metrics.Counter("errors_total", "Defects that were seen: requests answered by 500, jobs that used up their attempts, panics, and islands that failed.", "kind")
	if err != nil {
		return err
	}
	count := map[errortracking.Kind]func(){}
	for _, kind := range errortracking.Kinds {
		count[kind] = counted.Of(string(kind)) // it is 0 from the start: an alert on an increase sees the first
	}
	o := errortracking.Options{
		Store: i.errorGroups, Clock: i.clock, Release: product.VersionName(), Changed: loggedErrors(i.log),
		Counted: func(kind errortracking.Kind) { count[kind]() },
	}
	const dropped, help = "errors_dropped_total", "Defects that are counted nowhere or that Sentry did not get."
	watch := func(reason string, count func() uint64) error {
		return i.metrics.WatchCount(dropped, help, map[string]string{"reason": reason}, func() float64 { return float64(count()) })
	}
	if cfg.Errors.DSN != "" {
		i.sentry, err = sentry.New(sentry.Options{
			DSN: cfg.Errors.DSN, Environment: cmp.Or(cfg.Errors.Environment, string(cfg.Env)), Release: product.VersionName(), Clock: i.clock, Dropped: loggedUnsent(i.log),
		})
		if err != nil {
			return err
		}
		o.Sink = i.sentry
		err := errors.Join(
			watch("queue_full", func() uint64 { unqueued, _, _ := i.sentry.Counts(); return unqueued }),
			watch("left_alone", func() uint64 { _, untried, _ := i.sentry.Counts(); return untried }),
			watch("not_taken", func() uint64 { _, _, refused := i.sentry.Counts(); return refused }),
		)
		if err != nil {
			return err
		}
	}
	i.errors = errortracking.New(o)
	return watch("too_many", i.errors.Dropped)
}

// loggedUnsent writes a line when Sentry does not get errors.
func loggedUnsent(log *zap.Logger) func(lost uint64) {
	return func(lost uint64) {
		log.Warn("errors do not reach the address of SENTRY_DSN; /admin/errors has them", zap.Uint64("lost", lost))
	}
}

// loggedErrors writes a line when groups cannot be written, and one when they can be again.
func loggedErrors(log *zap.Logger) func(error) {
	return func(err error) {
		if err != nil {
			log.Warn("errors cannot be counted in the database and wait in memory until they can", zap.Error(err))
			return
		}
		log.Info("errors are counted in the database again")
	}
}

// errorsPart writes what happened now and then. It stops last, so that it has what other
// parts say at their end.
func (i *infra) errorsPart() lifecycle.Part {
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	return lifecycle.Part{
		Name: "the tracking of errors",
		Start: func(context.Context) error {
			go func() {
				defer close(done)
				i.errors.Run(ctx, writeErrorsEvery)
			}()
			return nil
		},
		Stop: func(ctx context.Context) error {
			stop()
			<-done
			err := i.errors.Flush(ctx)
			if i.sentry != nil {
				err = errors.Join(err, i.sentry.Close(ctx))
			}
			return err
		},
	}
}

// pruneErrorsHandler deletes groups that were not seen for longer than they are kept; zero
// is for ever.
func (i *infra) pruneErrorsHandler(kept time.Duration) jobs.Handler {
	return jobs.Handler{Kind: pruneErrorsKind, Queue: jobs.LongQueue, Timeout: time.Minute, Run: func(ctx context.Context, _ []byte) error {
		if kept == 0 {
			return nil
		}
		return i.errorGroups.DeleteBefore(ctx, i.clock.Now().Add(-kept))
	}}
}
