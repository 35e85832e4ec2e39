package wire

import (
	"context"
	"errors"
	"runtime"
	"time"

	"go.uber.org/zap"

	"github.com/neoforge-dev/neoforge/adapters/observe"
	"github.com/neoforge-dev/neoforge/adapters/redisstore"
	"github.com/neoforge-dev/neoforge/adapters/redisstore/cachestore"
	"github.com/neoforge-dev/neoforge/adapters/zaplog"
	"github.com/neoforge-dev/neoforge/app/version"
	"github.com/neoforge-dev/neoforge/ports/jobs"
	"github.com/neoforge-dev/neoforge/ports/mail"
)

// scrapeTimeout bounds what a look at the metrics waits for the database.
const scrapeTimeout = 2 * time.Second

// watchBuild shows which build this is.
func watchBuild(m *observe.Metrics, product Product) error {
	return m.WatchValue("build_info", "Which build of the program this is; always 1.",
		map[string]string{"version": product.VersionName(), "build": version.Build(), "goversion": runtime.Version()}, func() float64 { return 1 })
}

// watchQueues shows what the queues hold.
func (i *infra) watchQueues() error {
	return i.metrics.WatchGroup([]observe.Gauge{
		{Name: "jobs", Help: "Jobs that are not done, by queue and state.", Labels: []string{"queue", "state"}},
		{Name: "job_queue_oldest_seconds", Help: "For how long the job has waited that waits longest, by queue.", Labels: []string{"queue"}},
		{Name: "jobs_dead", Help: "Jobs that used up their attempts: `jobs dead` lists them."},
		{Name: "jobs_stuck", Help: "Jobs that have run for longer than any may."},
	}, func() ([]observe.Sample, error) {
		ctx, cancel := context.WithTimeout(context.Background(), scrapeTimeout)
		defer cancel()
		stats, err := i.queue.Stats(ctx)
		if err != nil {
			return nil, err
		}
		out, dead := []observe.Sample{{Of: 3, Value: float64(stats.Stuck)}}, 0
		for of, count := range stats.Jobs {
			if of[1] == "discarded" {
				dead += count
				continue
			}
			out = append(out, observe.Sample{Labels: []string{of[0], of[1]}, Value: float64(count)})
		}
		for queue, age := range stats.Oldest {
			out = append(out, observe.Sample{Of: 1, Labels: []string{queue}, Value: age.Seconds()})
		}
		return append(out, observe.Sample{Of: 2, Value: float64(dead)}), nil
	})
}

// watchRedis shows whether Redis is away, and what waits for it.
func watchRedis(m *observe.Metrics, client *redisstore.Client, c *cachestore.Cache) error {
	return errors.Join(
		m.WatchValue("redis_away", "1 while Redis does not answer and the program goes on without it.", nil, func() float64 {
			if client.Away() {
				return 1
			}
			return 0
		}),
		m.WatchValue("redis_connections", "Connections to Redis that are open.", nil, func() float64 { return float64(client.Redis.PoolStats().TotalConns) }),
		m.WatchCount("redis_connection_timeouts_total", "How often a connection to Redis was waited for in vain.", nil, func() float64 { return float64(client.Redis.PoolStats().Timeouts) }),
		m.WatchValue("cache_invalidations_waiting", "Invalidations that Redis has not taken yet.", nil, func() float64 { return float64(c.Waiting()) }),
	)
}

// loggedScrapes writes a line when metrics cannot be read, and one when they can be again.
func loggedScrapes(log *zap.Logger) func(group string, err error) {
	return func(group string, err error) {
		if err != nil {
			log.Warn("metrics cannot be read and are left out until they can", zap.String("group", group), zap.Error(err))
			return
		}
		log.Info("metrics can be read again", zap.String("group", group))
	}
}

// countedMail counts mails by their outcome.
type countedMail struct {
	mail.Sender
	metrics *observe.Metrics
}

// Send implements mail.Sender.
func (c countedMail) Send(ctx context.Context, m mail.Message) error {
	err := c.Sender.Send(ctx, m)
	switch {
	case err == nil:
		c.metrics.MailEnded("sent")
	case errors.Is(err, mail.ErrRefused):
		c.metrics.MailEnded("refused")
	default:
		c.metrics.MailEnded("failed")
	}
	return err
}

// logged writes a line for each run of a job that a request caused, with its id. What
// fails is logged by the queue.
func logged(log *zap.Logger, h jobs.Handler) jobs.Handler {
	run := h.Run
	h.Run = func(ctx context.Context, payload []byte) error {
		began := time.Now()
		if err := run(ctx, payload); err != nil {
			return err
		}
		line := zaplog.From(ctx, log)
		if request, _ := zaplog.IDs(ctx); request == "" {
			line.Debug("job", zap.String("kind", h.Kind), zap.Duration("took", time.Since(began)))
			return nil
		}
		line.Info("job", zap.String("kind", h.Kind), zap.Duration("took", time.Since(began)))
		return nil
	}
	return h
}
