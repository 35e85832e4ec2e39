// Package tracing follows a request through the program as a trace (OpenTelemetry): its
// answer, the statements and transactions, Redis's commands, the services outside, the job
// that it queued and the mail of that.
//
// Whether a request is traced is decided before anything is made, see [Tracer.Request].
// What belongs to no trace costs one look at its context and allocates nothing. Spans say
// what was done and how long it took: no address, query, argument, key or text of an error,
// any of which may be a person's. They wait in a queue of bounded length for a collector
// (OTLP over HTTP), and no request waits for that or fails by it.
package tracing

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/neoforge-dev/neoforge/ports/fault"
)

// Options say where traces go, and of how many requests.
type Options struct {
	Endpoint string            // of the collector, such as http://127.0.0.1:4318; /v1/traces is added
	Headers  map[string]string // of each request to it
	Ratio    float64           // of the requests, from 0 to 1
	// ParentBased has a trusted proxy decide which requests are traced, by the flag that it
	// sends: only where it takes away what strangers send.
	ParentBased bool
	Service     string // what the program is called in traces
	Version     string // of the program
	// Changed is told when spans cannot be handed over, with the error, and once more with
	// nil when they can be again; not each time between the two. It may be nil.
	Changed func(err error)

	wait  func(ctx context.Context, d time.Duration) error // nil: by the clock
	queue int                                              // spans that wait at most; zero: maxQueued
}

// Tracer makes spans and hands them over. It is safe for concurrent use.
type Tracer struct {
	sampling    sampling
	parentBased bool
	provider    *sdktrace.TracerProvider
	tracer      trace.Tracer
	queue       *queue
}

// New makes a tracer. It connects when there is something to hand over: a collector that
// is away is no error.
func New(o Options) (*Tracer, error) {
	if o.Service == "" {
		return nil, errors.New("tracing: the name of the service is missing")
	}
	s, err := newSampling(o.Ratio)
	if err != nil {
		return nil, err
	}
	c, err := newClient(o)
	if err != nil {
		return nil, err
	}
	of := resource.NewSchemaless(attribute.String("service.name", o.Service), attribute.String("service.version", o.Version))
	exporter := otlptrace.NewUnstarted(c)
	q := newQueue(exporter, o)
	provider := sdktrace.NewTracerProvider(
		sdktrace.WithResource(of),
		sdktrace.WithSampler(sdktrace.AlwaysSample()), // of what comes here: Request has decided
		sdktrace.WithSpanProcessor(q),
		sdktrace.WithRawSpanLimits(sdktrace.SpanLimits{AttributeValueLengthLimit: maxText, AttributeCountLimit: 16, LinkCountLimit: 1}),
	)
	return &Tracer{sampling: s, parentBased: o.ParentBased, provider: provider, tracer: provider.Tracer("neoforge"), queue: q}, nil
}

// stopTimeout is how long a collector that does not answer keeps the program from ending.
const stopTimeout = 5 * time.Second

// Close hands over what waits, within five seconds. What comes later is dropped.
func (t *Tracer) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
	defer cancel()
	if err := t.provider.Shutdown(ctx); err != nil {
		return fmt.Errorf("tracing: hand over the last spans: %w", err)
	}
	return nil
}

// Counts tells what became of spans: handed over, dropped because the queue was full or
// closed, and dropped because the collector did not take them.
func (t *Tracer) Counts() (exported, unqueued, refused uint64) {
	return t.queue.exported.Load(), t.queue.unqueued.Load(), t.queue.refused.Load()
}

// sampled reports whether ctx is that of something traced. It allocates nothing.
func sampled(ctx context.Context) bool { return trace.SpanContextFromContext(ctx).IsSampled() }

// begin begins a span below that of ctx, which is traced.
func (t *Tracer) begin(ctx context.Context, name string, kind trace.SpanKind, of ...attribute.KeyValue) (context.Context, func(err error)) {
	ctx, span := t.tracer.Start(ctx, name, trace.WithSpanKind(kind), trace.WithAttributes(of...))
	return ctx, func(err error) {
		fail(span, err)
		span.End()
	}
}

// done records what has happened below the span of ctx, which is traced.
func (t *Tracer) done(ctx context.Context, name string, kind trace.SpanKind, begun time.Time, took time.Duration, err error, of ...attribute.KeyValue) {
	_, span := t.tracer.Start(ctx, name, trace.WithSpanKind(kind), trace.WithTimestamp(begun), trace.WithAttributes(of...))
	fail(span, err)
	span.End(trace.WithTimestamp(begun.Add(took)))
}

// fail marks a span as failed, by the kind of the error: its text may be a person's.
func fail(span trace.Span, err error) {
	if err == nil {
		return
	}
	span.SetStatus(codes.Error, "")
	span.SetAttributes(attribute.String("error.type", errorType(err)))
}

func errorType(err error) string {
	if f := fault.As(err); f != nil {
		return f.Code
	}
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return "timeout"
	case errors.Is(err, context.Canceled):
		return "cancelled"
	}
	return "error"
}

// Request is the span of a request that is traced.
type Request struct {
	span   trace.Span
	method string
}

// TraceID is the 32 hexadecimal digits of the trace.
func (r *Request) TraceID() string { return r.span.SpanContext().TraceID().String() }

// Within returns ctx as that of the request.
func (r *Request) Within(ctx context.Context) context.Context {
	return trace.ContextWithSpan(ctx, r.span)
}

// End ends the span. route is the pattern of the path. An error that the request is
// answered with is one of the program when the status says so.
func (r *Request) End(route string, status int, err error) {
	r.span.SetName(r.method + " " + route)
	r.span.SetAttributes(attribute.String("http.route", route), attribute.Int("http.response.status_code", status))
	switch {
	case status < http.StatusInternalServerError:
	case err == nil:
		r.span.SetStatus(codes.Error, "")
		r.span.SetAttributes(attribute.String("error.type", strconv.Itoa(status)))
	default:
		fail(r.span, err)
	}
	r.span.End()
}
