package wire

import (
	"cmp"
	"context"
	"errors"
	"time"

	"go.uber.org/zap"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/adapters/observe"
	"github.com/neoforge-dev/neoforge/adapters/redisstore"
	"github.com/neoforge-dev/neoforge/adapters/tracing"
	"github.com/neoforge-dev/neoforge/app/config"
	"github.com/neoforge-dev/neoforge/ports/jobs"
	"github.com/neoforge-dev/neoforge/ports/mail"
)

// openTracing makes the tracer that the settings name; nil for none, and then nobody
// watches anything.
func (i *infra) openTracing(product Product, cfg config.Tracing) error {
	if !cfg.Enabled() {
		return nil
	}
	t, err := tracing.New(tracing.Options{
		Endpoint: cfg.Endpoint, Headers: cfg.HeaderValues(), Ratio: cfg.Ratio, ParentBased: cfg.ParentBased(),
		Service: cmp.Or(cfg.Service, product.CommandName()), Version: product.VersionName(), Changed: loggedTraces(i.log),
	})
	if err != nil {
		return err
	}
	i.onClose("tracing", t.Close)
	i.tracer = t
	i.services.Watch(t.Service)
	return watchTraces(i.metrics, t)
}

// loggedTraces writes a line when traces cannot be handed over, and one when they can be
// again.
func loggedTraces(log *zap.Logger) func(error) {
	return func(err error) {
		if err != nil {
			log.Warn("traces cannot be handed over and are dropped until they can", zap.Error(err))
			return
		}
		log.Info("traces are handed over again")
	}
}

// watchTraces shows what became of spans.
func watchTraces(m *observe.Metrics, t *tracing.Tracer) error {
	const dropped, help = "trace_spans_dropped_total", "Spans that no collector got: the queue was full, or the collector did not take them."
	return errors.Join(
		m.WatchCount("trace_spans_exported_total", "Spans that the collector took.", nil, func() float64 {
			exported, _, _ := t.Counts()
			return float64(exported)
		}),
		m.WatchCount(dropped, help, map[string]string{"reason": "queue_full"}, func() float64 {
			_, unqueued, _ := t.Counts()
			return float64(unqueued)
		}),
		m.WatchCount(dropped, help, map[string]string{"reason": "not_taken"}, func() float64 {
			_, _, refused := t.Counts()
			return float64(refused)
		}),
	)
}

// traceDatabase traces statements and transactions.
func traceDatabase(db *entstore.DB, t *tracing.Tracer) {
	if t == nil {
		return
	}
	dialect := db.Dialect()
	db.Watch(func(ctx context.Context, s entstore.Statement) {
		t.Statement(ctx, dialect, s.Text, s.Begun, s.Took, s.Err)
	})
	db.WatchTransactions(func(ctx context.Context) (context.Context, func(error)) { return t.Transaction(ctx, dialect) })
}

// traceRedis traces commands.
func traceRedis(c *redisstore.Client, t *tracing.Tracer) {
	if t == nil {
		return
	}
	c.Watch(func(ctx context.Context, cmd redisstore.Command) {
		t.Redis(ctx, cmd.Name, cmd.Count, cmd.Begun, cmd.Took, cmd.Err)
	})
}

// traced traces the runs of a handler that come from a request which is traced.
func traced(t *tracing.Tracer, h jobs.Handler) jobs.Handler {
	if t == nil {
		return h
	}
	run := h.Run
	h.Run = func(ctx context.Context, payload []byte) (err error) {
		ctx, end := t.Job(ctx, h.Kind)
		if end == nil {
			return run(ctx, payload)
		}
		err = errPanicked
		defer func() {
			var later *jobs.Postponed
			if errors.As(err, &later) { // nothing failed: it was not tried
				end(nil)
				return
			}
			end(err)
		}()
		err = run(ctx, payload)
		return err
	}
	return h
}

// tracedMail traces mails.
type tracedMail struct {
	mail.Sender
	tracer *tracing.Tracer
}

// Send implements mail.Sender.
func (m tracedMail) Send(ctx context.Context, message mail.Message) error {
	ctx, end := m.tracer.Mail(ctx)
	err := m.Sender.Send(ctx, message)
	if end != nil {
		end(err)
	}
	return err
}

// requestTracer traces requests.
type requestTracer struct{ *tracing.Tracer }

// Request implements fiberhttp.Tracer.
func (t requestTracer) Request(method string, traceparent []byte, begun time.Time) fiberhttp.RequestSpan {
	if r := t.Tracer.Request(method, traceparent, begun); r != nil {
		return r
	}
	return nil
}
