package tracing

import (
	"context"
	"encoding/hex"
	"fmt"
	"math"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
)

// askedPerSecond bounds the requests a second that are traced because their traceparent
// says so, should the proxy pass on what a stranger wrote there after all.
const askedPerSecond = 20

// sampling decides which requests are traced.
type sampling struct {
	below uint64 // of 64 random bits
	asked *budget
}

func newSampling(ratio float64) (sampling, error) {
	if !(ratio >= 0 && ratio <= 1) {
		return sampling{}, fmt.Errorf("tracing: the ratio of traced requests is %v, want 0 to 1", ratio)
	}
	s := sampling{asked: &budget{}}
	if s.below = math.MaxUint64; ratio < 1 {
		s.below = uint64(ratio * (1 << 64))
	}
	return s, nil
}

// chosen is by chance, and not by the id of a trace, which a stranger can choose.
func (s sampling) chosen() bool {
	return s.below == math.MaxUint64 || s.below > 0 && rand.Uint64() < s.below
}

// budget lets a number of requests through in each second.
type budget struct{ state atomic.Uint64 } // the second, and in the lowest 8 bits how many

func (b *budget) take(now time.Time) bool {
	second := uint64(now.Unix()) << 8
	for {
		old := b.state.Load()
		next := second | 1
		if old&^0xff == second {
			if old&0xff >= askedPerSecond {
				return false
			}
			next = old + 1
		}
		if b.state.CompareAndSwap(old, next) {
			return true
		}
	}
}

// Request begins the span of a request, or returns nil when it is not traced, which
// allocates nothing. traceparent is what a trusted proxy sent (W3C Trace Context), and
// empty when anybody else did.
//
// The ratio of all requests is traced, by chance, each as a trace of its own, which a
// trusted proxy's is linked to: most proxies pass on what a stranger wrote, who must not
// decide. With Options.ParentBased the proxy's trace goes on here: traced when its flag says
// so, up to twenty such requests a second; not when the flag is off.
func (t *Tracer) Request(method string, traceparent []byte, begun time.Time) *Request {
	var parent trace.SpanContext
	given, on := flagOf(traceparent)
	switch {
	case given && t.parentBased && !on:
		return nil
	case given && t.parentBased && t.sampling.asked.take(begun):
		parent = parse(traceparent)
	case !t.sampling.chosen():
		return nil
	}
	options := []trace.SpanStartOption{
		trace.WithSpanKind(trace.SpanKindServer), trace.WithTimestamp(begun), trace.WithAttributes(attribute.String("http.request.method", method)),
	}
	if given && !parent.IsValid() {
		options = append(options, trace.WithLinks(trace.Link{SpanContext: parse(traceparent)}))
	}
	_, span := t.tracer.Start(trace.ContextWithRemoteSpanContext(context.Background(), parent), method, options...)
	return &Request{span: span, method: method}
}

// version00 is how long a traceparent of the version 00 is:
// version-traceid-parentid-flags.
const version00 = 55

// flagOf reports whether there is a traceparent, and whether it asks to be traced. The
// caller has checked its form.
func flagOf(traceparent []byte) (given, on bool) {
	if len(traceparent) < version00 {
		return false, false
	}
	last := traceparent[version00-1]
	digit := last - '0'
	if last >= 'a' {
		digit = last - 'a' + 10
	}
	return true, digit&1 == 1
}

// parse reads a traceparent as one that asks to be traced.
func parse(traceparent []byte) trace.SpanContext {
	c := trace.SpanContextConfig{TraceFlags: trace.FlagsSampled, Remote: true}
	if len(traceparent) < version00 {
		return trace.SpanContext{}
	}
	if _, err := hex.Decode(c.TraceID[:], traceparent[3:35]); err != nil {
		return trace.SpanContext{}
	}
	if _, err := hex.Decode(c.SpanID[:], traceparent[36:52]); err != nil {
		return trace.SpanContext{}
	}
	return trace.NewSpanContext(c)
}

// Traceparent is what a job keeps to go on with the trace of ctx; empty when there is none.
func Traceparent(ctx context.Context) string {
	of := trace.SpanContextFromContext(ctx)
	if !of.IsSampled() {
		return ""
	}
	return "00-" + of.TraceID().String() + "-" + of.SpanID().String() + "-01"
}

// WithTraceparent returns ctx as that of what goes on with a trace. What cannot be read
// goes on with none.
func WithTraceparent(ctx context.Context, traceparent string) context.Context {
	if parent := parse([]byte(traceparent)); parent.IsValid() {
		return trace.ContextWithRemoteSpanContext(ctx, parent)
	}
	return ctx
}
