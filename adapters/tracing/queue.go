package tracing

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

const (
	maxQueued  = 4096
	maxBatch   = 512
	batchDelay = time.Second // after its first span
)

// queue keeps ended spans until they are handed over. A full one drops: nobody waits.
type queue struct {
	exporter sdktrace.SpanExporter
	spans    chan sdktrace.ReadOnlySpan
	changed  func(err error)

	exported, unqueued, refused atomic.Uint64

	closing chan struct{} // closed by the first Shutdown
	once    sync.Once
	working context.Context //nolint:containedctx // of the goroutine: it ends with the last Shutdown's
	cancel  context.CancelFunc
	ended   chan struct{}
	failing bool // only in the goroutine
}

var _ sdktrace.SpanProcessor = (*queue)(nil)

func newQueue(e sdktrace.SpanExporter, o Options) *queue {
	size := o.queue
	if size <= 0 {
		size = maxQueued
	}
	q := &queue{exporter: e, changed: o.Changed, spans: make(chan sdktrace.ReadOnlySpan, size), closing: make(chan struct{}), ended: make(chan struct{})}
	q.working, q.cancel = context.WithCancel(context.Background())
	go q.work()
	return q
}

// OnStart implements sdktrace.SpanProcessor.
func (q *queue) OnStart(context.Context, sdktrace.ReadWriteSpan) {}

// OnEnd implements sdktrace.SpanProcessor.
func (q *queue) OnEnd(s sdktrace.ReadOnlySpan) {
	select {
	case <-q.closing:
		q.unqueued.Add(1)
		return
	default:
	}
	select {
	case q.spans <- s:
	default:
		q.unqueued.Add(1)
	}
}

// ForceFlush implements sdktrace.SpanProcessor. Nothing asks for it.
func (q *queue) ForceFlush(context.Context) error { return nil }

// Shutdown implements sdktrace.SpanProcessor: it hands over what waits until ctx ends.
func (q *queue) Shutdown(ctx context.Context) error {
	q.once.Do(func() { close(q.closing) })
	defer context.AfterFunc(ctx, q.cancel)()
	<-q.ended
	return ctx.Err()
}

func (q *queue) work() {
	defer close(q.ended)
	defer q.cancel()
	batch := make([]sdktrace.ReadOnlySpan, 0, maxBatch)
	delay := time.NewTimer(0)
	<-delay.C
	for open := true; open; {
		var due <-chan time.Time
		if len(batch) > 0 {
			due = delay.C
		}
		select {
		case s := <-q.spans:
			if len(batch) == 0 {
				delay.Reset(batchDelay)
			}
			if batch = append(batch, s); len(batch) == maxBatch {
				batch = q.export(batch)
			}
		case <-due:
			batch = q.export(batch)
		case <-q.closing:
			open = false
		}
	}
	for {
		select {
		case s := <-q.spans:
			if batch = append(batch, s); len(batch) == maxBatch {
				batch = q.export(batch)
			}
		default:
			q.export(batch)
			return
		}
	}
}

// export hands a batch over, and returns it empty.
func (q *queue) export(batch []sdktrace.ReadOnlySpan) []sdktrace.ReadOnlySpan {
	if len(batch) == 0 {
		return batch
	}
	err := q.exporter.ExportSpans(q.working, batch)
	if err == nil {
		q.exported.Add(uint64(len(batch)))
	} else {
		q.refused.Add(uint64(len(batch)))
	}
	if failing := err != nil; failing != q.failing {
		q.failing = failing
		if q.changed != nil {
			q.changed(err)
		}
	}
	clear(batch)
	return batch[:0]
}
