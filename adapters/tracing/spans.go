package tracing

import (
	"context"
	"runtime"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
)

// maxText bounds a value of a span, in bytes.
const maxText = 2000

var systems = map[string]string{"sqlite3": "sqlite", "postgres": "postgresql"}

// Statement records a statement that was run. text is one without the values in it.
func (t *Tracer) Statement(ctx context.Context, dialect, text string, begun time.Time, took time.Duration, err error) {
	if !sampled(ctx) {
		return
	}
	of := []attribute.KeyValue{
		attribute.String("db.system.name", systems[dialect]), attribute.String("db.query.text", text),
	}
	if by := useCase(); by != "" {
		of = append(of, attribute.String("code.function.name", by))
	}
	t.done(ctx, summary(text), trace.SpanKindClient, begun, took, err, of...)
}

// Transaction begins the span of a transaction, named for the use case that it is of; end
// is nil when ctx is not traced.
func (t *Tracer) Transaction(ctx context.Context, dialect string) (_ context.Context, end func(err error)) {
	if !sampled(ctx) {
		return ctx, nil
	}
	of := []attribute.KeyValue{attribute.String("db.system.name", systems[dialect])}
	name := "transaction"
	if by := useCase(); by != "" {
		name += " " + by
		of = append(of, attribute.String("code.function.name", by))
	}
	return t.begin(ctx, name, trace.SpanKindInternal, of...)
}

// Redis records a command that was answered, or the first of a pipeline of several.
func (t *Tracer) Redis(ctx context.Context, command string, commands int, begun time.Time, took time.Duration, err error) {
	if !sampled(ctx) {
		return
	}
	command = strings.ToUpper(command)
	of := []attribute.KeyValue{attribute.String("db.system.name", "redis"), attribute.String("db.operation.name", command)}
	if commands > 1 {
		command = "PIPELINE " + command
		of = append(of, attribute.Int("db.operation.batch.size", commands))
	}
	t.done(ctx, command, trace.SpanKindClient, begun, took, err, of...)
}

// Service begins the span of a call of a service outside; end is nil when ctx is not traced.
// The service is told nothing of the trace.
func (t *Tracer) Service(ctx context.Context, service string) (end func(err error)) {
	if !sampled(ctx) {
		return nil
	}
	_, end = t.begin(ctx, "call "+service, trace.SpanKindClient, attribute.String("service.peer.name", service))
	return end
}

// Mail begins the span of sending a mail; end is nil when ctx is not traced.
func (t *Tracer) Mail(ctx context.Context) (_ context.Context, end func(err error)) {
	if !sampled(ctx) {
		return ctx, nil
	}
	return t.begin(ctx, "send mail", trace.SpanKindProducer)
}

// Enqueued records jobs that were queued, the first of which has the kind.
func (t *Tracer) Enqueued(ctx context.Context, kind string, jobs int, begun time.Time, took time.Duration, err error) {
	if !sampled(ctx) {
		return
	}
	t.done(ctx, "enqueue "+kind, trace.SpanKindProducer, begun, took, err,
		attribute.String("messaging.operation.type", "send"), attribute.String("messaging.destination.name", kind), attribute.Int("messaging.batch.message_count", jobs))
}

// Job begins the span of one run of a job; end is nil when ctx is not traced.
func (t *Tracer) Job(ctx context.Context, kind string) (_ context.Context, end func(err error)) {
	if !sampled(ctx) {
		return ctx, nil
	}
	return t.begin(ctx, "job "+kind, trace.SpanKindConsumer, attribute.String("messaging.operation.type", "process"), attribute.String("messaging.destination.name", kind))
}

// summary names a statement by what it does and to which table.
func summary(text string) string {
	words := strings.Fields(text[:min(len(text), maxText)])
	if len(words) == 0 {
		return "statement"
	}
	verb := strings.ToUpper(words[0])
	before := map[string]string{"SELECT": "FROM", "DELETE": "FROM", "INSERT": "INTO", "UPDATE": "UPDATE"}[verb]
	for i, w := range words[:len(words)-1] {
		if before == "" || !strings.EqualFold(w, before) {
			continue
		}
		table, _, _ := strings.Cut(words[i+1], "(")
		if table = strings.Trim(table, "\"`),;"); table != "" && !strings.EqualFold(table, "SELECT") {
			return verb + " " + table
		}
	}
	return verb
}

// useCase is the function of a module that runs now, the outermost: contentapp.App.Publish
// for .../modules/content/contentapp.(*App).Publish; empty when none does. It is looked for
// on the stack, and only for what is traced, so that no use case has to know of traces.
func useCase() string {
	var pcs [96]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs[:])])
	found := ""
	for {
		f, more := frames.Next()
		if strings.Contains(f.Function, "/modules/") {
			found = f.Function
		}
		if !more {
			break
		}
	}
	return plainName(found)
}

func plainName(function string) string {
	name := function[strings.LastIndexByte(function, '/')+1:]
	name = strings.NewReplacer("(*", "", ")", "", "[...]", "").Replace(name)
	if before, _, found := strings.Cut(name, ".func"); found {
		name = before
	}
	return name
}
