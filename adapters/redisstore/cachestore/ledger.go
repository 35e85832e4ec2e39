package cachestore

import (
	"context"
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/neoforge-dev/neoforge/ports/cache/coherence"
)

// lease is how long what is cached is believed after the beginning of the last read of
// the database's notes. A change that Redis could not announce has been heard of by
// every replica, or is no longer contradicted by its cache, when it has passed: whoever
// made the change waits for that before they say that it is done.
const lease = time.Second

// heardKept is how long the ids of announced notes are kept, for the reading of the
// notes themselves.
const heardKept = time.Minute

// ledger is what is known of the notes of changes in the database. Times are in
// nanoseconds since start.
type ledger struct {
	start   time.Time
	watched atomic.Bool // somebody reads the notes
	// Until when what is cached is believed: what everybody sees, and what only some may
	// see. They differ while the database is away: then no change can be committed here
	// and pages go on, but another replica may still reach it, so nothing that can be
	// revoked does.
	public, private atomic.Int64

	mu      sync.Mutex
	pending map[int64]*change   // of this process, until a lease after the commit
	heard   map[int64]time.Time // announced by other replicas
}

// change is a note that this process has committed.
type change struct {
	tags      []string
	at        time.Time // after the commit
	announced bool
}

func newLedger() *ledger {
	return &ledger{start: time.Now(), pending: map[int64]*change{}, heard: map[int64]time.Time{}}
}

// believes reports whether no change from longer than a lease ago can be unknown here.
func (l *ledger) believes(private bool) bool {
	if !l.watched.Load() {
		return true
	}
	until := &l.public
	if private {
		until = &l.private
	}
	return int64(time.Since(l.start)) < until.Load()
}

// commit remembers a change of this process.
func (l *ledger) commit(id int64, tags []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.pending[id] = &change{tags: tags, at: time.Now()}
}

// covered are the notes whose every tag is among the tags.
func (l *ledger) covered(tags []string) (ids []int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for id, c := range l.pending {
		if !slices.ContainsFunc(c.tags, func(tag string) bool { return !slices.Contains(tags, tag) }) {
			ids = append(ids, id)
		}
	}
	return ids
}

// announced notes that the other replicas were told.
func (l *ledger) announced(ids []int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, id := range ids {
		if c := l.pending[id]; c != nil {
			c.announced = true
		}
	}
}

// outstanding is how long it takes until every replica knows of what this process has
// committed under the tags.
func (l *ledger) outstanding(tags []string) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	var wait time.Duration
	for _, c := range l.pending {
		if slices.ContainsFunc(c.tags, func(tag string) bool { return slices.Contains(tags, tag) }) {
			wait = max(wait, time.Until(c.at.Add(lease)))
		}
	}
	return wait
}

// hear notes what another replica has announced.
func (l *ledger) hear(ids []int64) {
	if len(ids) == 0 || !l.watched.Load() {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	for _, id := range ids {
		l.heard[id] = now
	}
}

// settle forgets what a lease has settled, and returns the tags of changes that nobody
// has announced: whoever made them failed, or was stopped, after the commit.
func (l *ledger) settle(now time.Time) (left []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for id, c := range l.pending {
		if now.Sub(c.at) <= lease {
			continue
		}
		if !c.announced {
			left = append(left, c.tags...)
		}
		delete(l.pending, id)
	}
	for id, at := range l.heard {
		if now.Sub(at) > heardKept {
			delete(l.heard, id)
		}
	}
	return left
}

var _ coherence.Reader = (*Cache)(nil)

// Follow has what is cached believed only while the notes of changes are read. Call it
// before the first of the methods that follow.
func (c *Cache) Follow() { c.ledger.watched.Store(true) }

// Committed hears of a note that this process has committed.
func (c *Cache) Committed(id int64, tags []string) {
	c.generations.Advance(tags...)
	if c.ledger.watched.Load() {
		c.ledger.commit(id, tags)
	}
}

// Stale implements coherence.Reader. What another replica has announced is gone from
// Redis already; what it has not, this one removes.
func (c *Cache) Stale(id int64, tags []string, own bool) {
	c.ledger.mu.Lock()
	_, known := c.ledger.heard[id]
	delete(c.ledger.heard, id)
	if own {
		// Committed was not told when the answer to a commit was lost on its way.
		_, known = c.ledger.pending[id] // see settle
	}
	c.ledger.mu.Unlock()
	if !known {
		c.invalidateLater(tags)
	}
}

// invalidateLater makes the tags stale here at once, and in Redis when it takes them:
// until then what it holds under them is not read.
func (c *Cache) invalidateLater(tags []string) {
	c.queue.begin(tags)
	c.generations.Advance(tags...)
	c.queue.finish(tags, false)
}

// Seen implements coherence.Reader.
func (c *Cache) Seen(at time.Time) {
	until := int64(at.Add(lease).Sub(c.ledger.start))
	c.ledger.public.Store(until)
	c.ledger.private.Store(until)
	c.unread.lower()
	if left := c.ledger.settle(time.Now()); len(left) > 0 {
		c.invalidateLater(left)
	}
}

// Missed implements coherence.Reader.
func (c *Cache) Missed() { c.generations.AdvanceAll() }

// Rewound implements coherence.Reader: what Redis holds is made stale, too.
func (c *Cache) Rewound() {
	c.ledger.mu.Lock()
	clear(c.ledger.heard) // ids that are given out anew
	c.ledger.mu.Unlock()
	c.queue.failAll()
	c.generations.AdvanceAll()
}

// Away implements coherence.Reader.
func (c *Cache) Away(err error) {
	c.ledger.public.Store(math.MaxInt64)
	c.unread.raise(func() {
		c.log("cache: sessions and rights are read past it until the database tells what has changed", err)
	})
}

// awaitLease waits until every replica knows of what this process has committed under
// the tags, when Redis could not tell them.
func (c *Cache) awaitLease(ctx context.Context, tags []string) {
	if wait := c.ledger.outstanding(tags); wait > 0 {
		pause(ctx, wait)
	}
}
