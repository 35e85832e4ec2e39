package wire

import (
	"context"
	"time"

	"go.uber.org/zap"

	"github.com/neoforge-dev/neoforge/adapters/entstore/querystats"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/adapters/zaplog"
	"github.com/neoforge-dev/neoforge/app/config"
	"github.com/neoforge-dev/neoforge/ports/jobs"
)

// watchQueries counts what the statements of the database take, and logs those that are slow.
func (i *infra) watchQueries(cfg config.Config) {
	i.queries = querystats.New(querystats.Options{
		Slow: cfg.Logging.SlowQuery, Work: workOf, Explain: i.db.Explain,
		OnSlow: loggedSlow(i.log), OnPlan: loggedPlan(i.log),
	})
	i.db.Watch(i.queries.Observe)
	i.onClose("the statistics of queries", i.queries.Close)
}

// process is what this process knows of itself, for administrators.
type process struct {
	version string
	started time.Time
	queries *querystats.Stats
	cache   countingCache
}

func (i *infra) process(product Product) process {
	return process{version: product.VersionName(), started: i.clock.Now(), queries: i.queries, cache: i.cache}
}

func loggedSlow(log *zap.Logger) func(context.Context, querystats.Slow) {
	return func(ctx context.Context, s querystats.Slow) {
		fields := append(fieldsOf(s), zap.Bool("in_transaction", s.InTransaction))
		if s.LeftOut > 0 {
			fields = append(fields, zap.Int("left_out", s.LeftOut))
		}
		zaplog.From(ctx, log).Warn("a statement of the database was slow", fields...)
	}
}

func loggedPlan(log *zap.Logger) func(context.Context, querystats.Slow, string, error) {
	return func(ctx context.Context, s querystats.Slow, plan string, err error) {
		if err != nil {
			zaplog.From(ctx, log).Info("the plan of a slow statement is not known", append(fieldsOf(s), zap.Error(err))...)
			return
		}
		zaplog.From(ctx, log).Warn("the plan of a slow statement", append(fieldsOf(s), zap.String("plan", plan))...)
	}
}

func fieldsOf(s querystats.Slow) []zap.Field {
	return []zap.Field{zap.String("query", s.Text), zap.String("work", s.Work), zap.Duration("took", s.Took)}
}

type jobKind struct{}

// asJob has what a handler asks the database for be known as its job's.
func asJob(h jobs.Handler) jobs.Handler {
	run := h.Run
	h.Run = func(ctx context.Context, payload []byte) error {
		return run(context.WithValue(ctx, jobKind{}, h.Kind), payload)
	}
	return h
}

// workOf is the route or the job that a context belongs to.
func workOf(ctx context.Context) string {
	if kind, ok := ctx.Value(jobKind{}).(string); ok {
		return "job " + kind
	}
	return fiberhttp.RouteFrom(ctx)
}
