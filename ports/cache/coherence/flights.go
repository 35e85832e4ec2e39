package coherence

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"
)

// Flights lets one load serve all who ask for a key while it is under way. The
// zero value is ready.
type Flights struct {
	// Joinable, when set, says whether a load that began then may still serve who asks
	// now.
	Joinable func(begun time.Time) bool

	mu      sync.Mutex
	pending map[string]*flight
}

type flight struct {
	stamp Stamp
	begun time.Time
	done  chan struct{}
	// The rest is written before done is closed and read after it.
	value     []byte
	err       error
	abandoned bool // the caller who loaded gave up; the others must load themselves
}

// Do runs work for the first who asks for key, in its goroutine and with its
// context, and hands the outcome to all who ask before it ends. Somebody who asks
// after one of the tags was invalidated does not get what was begun before. The
// stamp that work receives was taken before it began.
//
// A waiting caller whose context ends gets its context's error. When the one who
// works gives up, one of the waiting takes over.
func (f *Flights) Do(ctx context.Context, key string, g *Generations, tags []string,
	work func(ctx context.Context, s Stamp) ([]byte, error),
) ([]byte, error) {
	for {
		f.mu.Lock()
		ahead := f.pending[key]
		if ahead == nil || !g.Current(ahead.stamp) || f.Joinable != nil && !f.Joinable(ahead.begun) {
			own := &flight{stamp: g.Observe(tags), begun: time.Now(), done: make(chan struct{})}
			if f.pending == nil {
				f.pending = map[string]*flight{}
			}
			key = strings.Clone(key) // the caller may reuse the bytes under it
			f.pending[key] = own
			f.mu.Unlock()
			return f.fly(ctx, key, own, work)
		}
		f.mu.Unlock()

		select {
		case <-ahead.done:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		if !ahead.abandoned {
			return ahead.value, ahead.err
		}
	}
}

// fly does the work and lands whatever happens: a panic in work reaches the
// caller who ran it, and the waiting get an error.
func (f *Flights) fly(ctx context.Context, key string, own *flight,
	work func(ctx context.Context, s Stamp) ([]byte, error),
) (value []byte, err error) {
	own.err = fmt.Errorf("load %s: the load did not return", key)
	defer func() {
		f.mu.Lock()
		if f.pending[key] == own {
			delete(f.pending, key)
		}
		f.mu.Unlock()
		close(own.done)
	}()
	value, err = work(ctx, own.stamp)
	own.value, own.err = value, err
	own.abandoned = err != nil && ctx.Err() != nil
	return value, err
}
