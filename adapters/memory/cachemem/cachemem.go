// Package cachemem keeps a cache in the memory of one process, the default where
// no Redis is configured. It is bounded by bytes: what is read least goes first.
// It promises what ports/cache promises, and that a hit allocates nothing.
package cachemem

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/memory/bounded"
	"github.com/neoforge-dev/neoforge/ports/cache"
	"github.com/neoforge-dev/neoforge/ports/cache/coherence"
)

// committedKept is more changes than are made between two readings of their notes. One
// that is pushed out costs a load.
const committedKept = 1024

// Cache implements cache.Cache.
type Cache struct {
	entries     bounded.Cache
	generations coherence.Generations
	flights     coherence.Flights
	renewals    sync.WaitGroup
	committed   [committedKept]atomic.Int64 // ids of own notes, each in its slot, until they are read

	hits   atomic.Uint64
	_      [56]byte // hits is written by every request: keep it off the others' cache line
	misses atomic.Uint64
	loads  atomic.Uint64
}

var (
	_ cache.Cache  = (*Cache)(nil)
	_ cache.Peeker = (*Cache)(nil)
)

// New makes a cache of about maxBytes. An entry that is larger than that is never
// kept.
func New(maxBytes int) (*Cache, error) {
	entries, err := bounded.New(maxBytes)
	if err != nil {
		return nil, fmt.Errorf("cachemem: %w", err)
	}
	return &Cache{entries: entries}, nil
}

// Peek implements cache.Peeker.
func (c *Cache) Peek(key string) ([]byte, bool) {
	e, ok := c.look(key)
	if !ok || !e.Fresh() {
		return nil, false
	}
	c.hits.Add(1)
	return e.Value, true
}

// PeekInGrace implements cache.Peeker.
func (c *Cache) PeekInGrace(key string) ([]byte, bool) {
	e, ok := c.look(key)
	if !ok {
		return nil, false
	}
	return e.Value, true
}

// look returns an entry that may be handed out, fresh or in its grace.
func (c *Cache) look(key string) (*bounded.Entry, bool) {
	e, ok := c.entries.Get(key)
	return e, ok && !e.Renewal.Over() && c.generations.Current(e.Stamp)
}

// Fetch implements cache.Cache. Options.Shared changes nothing: there is one
// process.
func (c *Cache) Fetch(ctx context.Context, key string, o cache.Options, load cache.Loader) ([]byte, error) {
	if e, ok := c.look(key); ok {
		c.hits.Add(1)
		if !e.Fresh() {
			c.renew(context.WithoutCancel(ctx), strings.Clone(key), e, o, load)
		}
		return e.Value, nil
	}
	c.misses.Add(1)
	return c.fetch(ctx, key, o, load)
}

// fetch loads an entry unless another caller does.
func (c *Cache) fetch(ctx context.Context, key string, o cache.Options, load cache.Loader) ([]byte, error) {
	return c.flights.Do(ctx, key, &c.generations, o.Tags, func(ctx context.Context, s coherence.Stamp) ([]byte, error) {
		// Another flight may have landed since the caller looked.
		if e, ok := c.look(key); ok && e.Fresh() {
			return e.Value, nil
		}
		c.loads.Add(1)
		value, err := load(ctx)
		if err != nil {
			return nil, err
		}
		if c.generations.Current(s) {
			e := &bounded.Entry{Value: value, Stamp: s, TTL: o.Lifetime()}
			if o.Grace > 0 && !o.Shared {
				e.FreshUntil = time.Now().Add(e.TTL)
				e.TTL += o.Grace
			}
			c.entries.Set(strings.Clone(key), e)
		}
		return value, nil
	})
}

// renew loads an entry anew that is in its grace.
func (c *Cache) renew(ctx context.Context, key string, e *bounded.Entry, o cache.Options, load cache.Loader) {
	e.Renewal.Run(&c.renewals, func() error {
		_, err := c.fetch(ctx, key, o, load)
		return err
	}, o.Ends)
}

// Invalidate implements cache.Cache. It never fails.
func (c *Cache) Invalidate(_ context.Context, tags ...string) error {
	c.generations.Advance(tags...)
	return nil
}

var _ coherence.Reader = (*Cache)(nil)

// Committed hears of a note of a change that this process has committed.
func (c *Cache) Committed(id int64, tags []string) {
	c.generations.Advance(tags...)
	c.committed[slot(id)].Store(id)
}

// Stale implements coherence.Reader: it is how a command that runs beside this process
// reaches its cache. An own change is known already, unless the answer to its commit was
// lost on its way.
func (c *Cache) Stale(id int64, tags []string, own bool) {
	if !own || !c.committed[slot(id)].CompareAndSwap(id, 0) {
		c.generations.Advance(tags...)
	}
}

func slot(id int64) uint64 { return uint64(id) % committedKept }

// Seen implements coherence.Reader.
func (c *Cache) Seen(time.Time) {}

// Missed implements coherence.Reader.
func (c *Cache) Missed() { c.generations.AdvanceAll() }

// Rewound implements coherence.Reader.
func (c *Cache) Rewound() {
	for i := range c.committed {
		c.committed[i].Store(0) // ids that are given out anew
	}
	c.generations.AdvanceAll()
}

// Away implements coherence.Reader. This process makes nearly every change itself, so
// what is cached goes on while the database is away.
func (c *Cache) Away(error) {}

// Counts returns how many Fetches found their entry, how many did not, and how
// often a loader ran, since the start.
func (c *Cache) Counts() (hits, misses, loads uint64) {
	return c.hits.Load(), c.misses.Load(), c.loads.Load()
}

// Size returns about how many bytes are kept.
func (c *Cache) Size() uint64 { return c.entries.Size() }

// Close waits for what is loaded in the background, and ends the goroutines that look
// after expiry.
func (c *Cache) Close() error {
	c.renewals.Wait()
	c.entries.Close()
	return nil
}
