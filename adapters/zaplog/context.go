package zaplog

import (
	"context"

	"go.uber.org/zap"
)

type idsKey struct{}

type ids struct{ request, trace string }

// WithIDs returns a context that carries the ids of a request and of its trace
// (W3C Trace Context); either may be empty.
func WithIDs(ctx context.Context, requestID, traceID string) context.Context {
	return context.WithValue(ctx, idsKey{}, ids{requestID, traceID})
}

// IDs returns what WithIDs put in; empty when nothing was.
func IDs(ctx context.Context) (requestID, traceID string) {
	i, _ := ctx.Value(idsKey{}).(ids)
	return i.request, i.trace
}

// From returns base with the ids that ctx carries in every line.
func From(ctx context.Context, base *zap.Logger) *zap.Logger {
	request, trace := IDs(ctx)
	fields := make([]zap.Field, 0, 2)
	if request != "" {
		fields = append(fields, zap.String("request_id", request))
	}
	if trace != "" {
		fields = append(fields, zap.String("trace_id", trace))
	}
	if len(fields) == 0 {
		return base
	}
	return base.With(fields...)
}
