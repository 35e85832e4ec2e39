// Package cachestore is the cache that replicas share: entries in Redis, and in
// front of them what this process read last.
//
// Every tag has a version in Redis, a random value. An entry carries the versions
// of its tags from before its load began and counts only while they are the
// current ones; an invalidation removes the version, and the next load makes
// another. So a load that was under way, an eviction or an expired version can
// make an entry stale and never bring one back.
//
// The tier in memory is told of invalidations by messages. While the subscription
// is not known to work, it is emptied and passed by; entries with Options.Shared
// pass it by always. While Redis is away every read goes to its loader, one at a
// time for each key, and invalidations wait until Redis takes them.
//
// What Redis does not carry, the database does: see ledger. A change that could not be
// announced is done only when every replica has read its note, or has stopped believing
// what it holds.
package cachestore

import (
	"context"
	"encoding/hex"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/memory/bounded"
	"github.com/neoforge-dev/neoforge/adapters/redisstore"
	"github.com/neoforge-dev/neoforge/ports/cache"
	"github.com/neoforge-dev/neoforge/ports/cache/coherence"
)

// Bus is how replicas tell each other, without a promise that it arrives. See pubsub.Bus.
type Bus interface {
	Publish(ctx context.Context, channel string, message []byte) error
	Subscribe(ctx context.Context, channel string, handle func(message []byte), lost func()) error
}

// Cache implements cache.Cache.
type Cache struct {
	redis *redisstore.Client
	bus   Bus
	log   func(msg string, err error)
	self  string // tells this replica's messages from the others'

	near        bounded.Cache // the tier in memory
	generations coherence.Generations
	tiered      coherence.Flights // loads that may be answered from memory
	shared      coherence.Flights // loads that may not

	link    link
	queue   *queue
	ledger  *ledger
	broken  notice // the tier in memory is passed by
	delayed notice // invalidations wait
	unread  notice // the notes of changes cannot be read

	hits   atomic.Uint64
	_      [56]byte // hits is written by every request: keep it off the others' cache line
	misses atomic.Uint64
	loads  atomic.Uint64

	end      context.CancelFunc
	running  sync.WaitGroup
	renewals sync.WaitGroup // what is loaded in the background
}

var (
	_ cache.Cache  = (*Cache)(nil)
	_ cache.Peeker = (*Cache)(nil)
)

// New makes a cache with about maxBytes in memory. bus tells the other replicas
// of invalidations. log hears of trouble, of each kind once until it has passed.
// Redis may be away: the cache then waits for it.
func New(c *redisstore.Client, bus Bus, maxBytes int, log func(msg string, err error)) (*Cache, error) {
	near, err := bounded.New(maxBytes)
	if err != nil {
		return nil, fmt.Errorf("cachestore: %w", err)
	}
	store := &Cache{
		redis: c, bus: bus, log: log, self: hex.EncodeToString(newVersion()),
		near: near, link: link{epoch: 1}, queue: newQueue(), ledger: newLedger(),
	}
	store.tiered.Joinable = func(begun time.Time) bool { return store.ledger.believes(false) || time.Since(begun) < lease }
	store.shared.Joinable = func(begun time.Time) bool { return store.ledger.believes(true) || time.Since(begun) < lease }
	ctx, end := context.WithCancel(context.Background())
	store.end = end
	subscribeErr := store.subscribe(ctx)
	if subscribeErr != nil {
		store.broken.raise(func() { log("cache: every read goes past this process's memory until Redis answers", subscribeErr) })
	}
	store.running.Go(func() { store.watch(ctx, subscribeErr == nil) })
	store.running.Go(func() { store.retry(ctx) })
	return store, nil
}

// Close ends the subscription and the goroutines. Invalidations that Redis has
// not taken by then are lost with the process.
func (c *Cache) Close() error {
	c.end()
	c.running.Wait()
	c.renewals.Wait()
	c.near.Close()
	return nil
}

// Counts returns how many Fetches found their entry in this process's memory or
// in Redis, how many found none, and how often a loader ran, since the start.
func (c *Cache) Counts() (hits, misses, loads uint64) {
	return c.hits.Load(), c.misses.Load(), c.loads.Load()
}

// Size returns about how many bytes are kept in memory.
func (c *Cache) Size() uint64 { return c.near.Size() }

// Waiting returns how many invalidations Redis has not taken yet.
func (c *Cache) Waiting() int { return int(c.queue.size.Load()) }

// Fetch implements cache.Cache.
func (c *Cache) Fetch(ctx context.Context, key string, o cache.Options, load cache.Loader) ([]byte, error) {
	if o.Shared {
		return c.shared.Do(ctx, key, &c.generations, o.Tags, func(ctx context.Context, s coherence.Stamp) ([]byte, error) {
			value, _, err := c.fetchFar(ctx, key, o, s, load)
			return value, err
		})
	}
	if e, ok := c.look(key); ok {
		c.hits.Add(1)
		if !e.Fresh() {
			ctx, key := context.WithoutCancel(ctx), strings.Clone(key)
			e.Renewal.Run(&c.renewals, func() error {
				_, err := c.fetchNear(ctx, key, o, load)
				return err
			}, o.Ends)
		}
		return e.Value, nil
	}
	return c.fetchNear(ctx, key, o, load)
}

// fetchNear fetches what this process may keep from Redis, or loads it, unless another
// caller does.
func (c *Cache) fetchNear(ctx context.Context, key string, o cache.Options, load cache.Loader) ([]byte, error) {
	return c.tiered.Do(ctx, key, &c.generations, o.Tags, func(ctx context.Context, s coherence.Stamp) ([]byte, error) {
		// Another flight may have landed between the look above and this one.
		if e, ok := c.look(key); ok && e.Fresh() {
			c.hits.Add(1)
			return e.Value, nil
		}
		value, ttl, err := c.fetchFar(ctx, key, o, s, load)
		if err == nil && ttl > 0 && c.link.up.Load() && c.generations.Current(s) {
			e := &bounded.Entry{Value: value, Stamp: s, TTL: ttl}
			if o.Grace > 0 {
				e.FreshUntil = time.Now().Add(ttl)
				e.TTL += o.Grace
			}
			c.near.Set(strings.Clone(key), e)
		}
		return value, err
	})
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

// look returns an entry of the tier in memory that may be handed out, fresh or in its
// grace.
func (c *Cache) look(key string) (*bounded.Entry, bool) {
	if !c.link.up.Load() || !c.ledger.believes(false) {
		return nil, false
	}
	e, ok := c.near.Get(key)
	return e, ok && !e.Renewal.Over() && c.generations.Current(e.Stamp)
}
