// Package ratelimit bounds how often something may happen, over all replicas.
package ratelimit

import (
	"context"
	"time"
)

// Limit allows Count events in every Per, with a burst of up to Count. The
// algorithm is GCRA: tokens return evenly, not all at the end of a window.
type Limit struct {
	Count int
	Per   time.Duration
}

// Decision is the answer to one event. RetryAfter is zero when Allowed; ResetAfter is
// when the whole burst is there again, if nothing more happens meanwhile.
type Decision struct {
	Allowed    bool
	Remaining  int
	RetryAfter time.Duration
	ResetAfter time.Duration
}

// Limiter counts events by key ("sign-in:address:203.0.113.7").
type Limiter interface {
	Allow(ctx context.Context, key string, l Limit) (Decision, error)
	// GiveBack takes one allowed event back, at once for every replica: for what turned
	// out to be none of those that the limit is against. It never leaves more than the
	// whole burst. It fails like Allow.
	GiveBack(ctx context.Context, key string, l Limit) error
}
