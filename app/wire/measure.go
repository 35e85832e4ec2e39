package wire

import (
	"context"
	"errors"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/observe"
	"github.com/neoforge-dev/neoforge/ports/jobs"
)

// measure shows the pools and the cache to the metrics.
func (i *infra) measure(product Product) error {
	if err := i.metrics.WatchCache("application", i.cache.Counts); err != nil {
		return err
	}
	if err := errors.Join(i.metrics.WatchServices(i.services.Statuses), watchBuild(i.metrics, product), i.watchQueues()); err != nil {
		return err
	}
	return i.metrics.WatchPools(func() []observe.Pool {
		stats := i.db.Stats()
		out := make([]observe.Pool, len(stats))
		for n, s := range stats {
			out[n] = observe.Pool{Name: s.Pool, Max: s.Max, Open: s.Open, InUse: s.InUse, Waits: s.Waits, Waiting: s.Waiting}
		}
		return out
	})
}

// errPanicked counts a run that panicked among those that failed.
var errPanicked = errors.New("the job panicked")

// measured times the runs of a handler.
func measured(m *observe.Metrics, h jobs.Handler) jobs.Handler {
	run := h.Run
	h.Run = func(ctx context.Context, payload []byte) (err error) {
		began := time.Now()
		err = errPanicked
		defer func() {
			var later *jobs.Postponed
			if errors.As(err, &later) { // nothing failed: it was not tried
				m.JobEnded(h.Kind, time.Since(began), nil)
				return
			}
			m.JobEnded(h.Kind, time.Since(began), err)
		}()
		err = run(ctx, payload)
		return err
	}
	return h
}
