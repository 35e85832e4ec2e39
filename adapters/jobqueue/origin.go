package jobqueue

import (
	"context"
	"encoding/json"

	"go.uber.org/zap"
)

// origin is the request that a job comes from, in its metadata. What a job queues comes
// from the same one: an event's delivery, and the mail that this writes.
type origin struct {
	Request string `json:"request_id,omitempty"`
	Trace   string `json:"trace_id,omitempty"`
	Parent  string `json:"traceparent,omitempty"` // when it is traced
}

// originOf is the origin of what ctx does as metadata; nil for none.
func (q *Queue) originOf(ctx context.Context) []byte {
	var o origin
	if q.options.IDs != nil {
		o.Request, o.Trace = q.options.IDs(ctx)
	}
	if q.options.Traceparent != nil {
		o.Parent = q.options.Traceparent(ctx)
	}
	if o == (origin{}) {
		return nil
	}
	data, err := json.Marshal(o)
	if err != nil {
		return nil // a job does not fail for what its log line would say
	}
	return data
}

func readOrigin(metadata []byte) (o origin) {
	_ = json.Unmarshal(metadata, &o) // what cannot be read names none
	return o
}

// within is ctx as that of what goes on with the origin.
func (o origin) within(ctx context.Context, to Options) context.Context {
	if to.WithIDs != nil && (o.Request != "" || o.Trace != "") {
		ctx = to.WithIDs(ctx, o.Request, o.Trace)
	}
	if to.WithTraceparent != nil && o.Parent != "" {
		ctx = to.WithTraceparent(ctx, o.Parent)
	}
	return ctx
}

// fields are the origin in a log line.
func (o origin) fields() []zap.Field {
	var out []zap.Field
	if o.Request != "" {
		out = append(out, zap.String("request_id", o.Request))
	}
	if o.Trace != "" {
		out = append(out, zap.String("trace_id", o.Trace))
	}
	return out
}
