// Package cache keeps results of slow work for a while: cache-aside, with one
// load per key however many ask at once, and invalidation by tag that reaches
// every replica.
package cache

import (
	"context"
	"encoding/json"
	"sync/atomic"
	"time"
)

// DefaultTTL is how long an entry lives at the most, and when nothing is said.
const DefaultTTL = 24 * time.Hour

// Options say how long an entry lives and what makes it stale. A TTL of zero, or
// of more than DefaultTTL, means DefaultTTL.
//
// Shared asks for an answer that every replica agrees on: an implementation with
// a tier in process memory must pass that tier by. It is for what must not be
// seen after it was invalidated, such as sessions.
//
// Grace is how long an entry whose time is over may still be handed out while it is
// loaded anew, once for all who ask, in the background: so nobody waits for a slow source,
// and one that is away for a while is not missed. An invalidation ends an entry at once,
// whatever grace it has. When a renewal fails the entry stays, and is tried again, unless
// Ends says of the error that there is nothing to keep any more; nil: no error does. An
// implementation need not give grace; to what is Shared, none may.
type Options struct {
	TTL    time.Duration
	Tags   []string
	Shared bool
	Grace  time.Duration
	Ends   func(error) bool
}

// Lifetime is how long the entry lives.
func (o Options) Lifetime() time.Duration {
	if o.TTL <= 0 || o.TTL > DefaultTTL {
		return DefaultTTL
	}
	return o.TTL
}

// Loader does the work whose result is kept. Its error reaches every caller that
// waited for it, and nothing is kept.
type Loader func(ctx context.Context) ([]byte, error)

// Cache is held to cachetest.Run. A Cache that cannot reach its server loads
// every time: it costs speed and never correctness, so Fetch's errors are the
// loader's alone. The bytes that Fetch returns are shared: do not write to them.
type Cache interface {
	// Fetch returns the entry under key, loading it when absent. An entry whose
	// load began before an invalidation of one of its tags is never served after it.
	Fetch(ctx context.Context, key string, o Options, load Loader) ([]byte, error)
	// Invalidate makes every entry with one of the tags stale, here before it
	// returns and on every other replica within moments.
	Invalidate(ctx context.Context, tags ...string) error
}

// Peeker is a [Cache] that tells what it has at hand, without a load, and without
// allocating: what Fetch would return at once for a key without Options.Shared. It does
// not keep the key, whose bytes the caller may write over.
type Peeker interface {
	Peek(key string) ([]byte, bool)
	// PeekInGrace is Peek of an entry that is fresh or in its grace.
	PeekInGrace(key string) ([]byte, bool)
}

// FetchJSON is [Cache].Fetch for a value that is kept as JSON. An entry that cannot
// be read, such as another version of the program may have left, is not used.
func FetchJSON[T any](ctx context.Context, c Cache, key string, o Options, load func(ctx context.Context) (T, error)) (T, error) {
	return fetchJSON(ctx, c, key, o, load, nil, nil)
}

// fetchJSON asks known, which may be nil, whether the value of some bytes is at hand, and
// tells keep of those that it reads.
func fetchJSON[T any](ctx context.Context, c Cache, key string, o Options, load func(ctx context.Context) (T, error),
	known func(data []byte) (T, bool), keep func(data []byte, value T),
) (T, error) {
	var out T
	var loaded atomic.Pointer[T] // the loader may outlive a caller that gave up
	data, err := c.Fetch(ctx, key, o, func(ctx context.Context) ([]byte, error) {
		v, err := load(ctx)
		if err != nil {
			return nil, err
		}
		data, err := json.Marshal(v)
		if err == nil {
			loaded.Store(&v)
		}
		return data, err
	})
	if err != nil {
		return out, err
	}
	if v := loaded.Load(); v != nil {
		return *v, nil
	}
	if known != nil {
		if v, ok := known(data); ok {
			return v, nil
		}
	}
	if err := json.Unmarshal(data, &out); err != nil {
		return load(ctx)
	}
	if keep != nil {
		keep(data, out)
	}
	return out, nil
}
