// Package ratemem limits how often something happens within one process: the
// default where no Redis is configured, and what takes over while Redis is away.
// The algorithm is GCRA (ITU-T I.371), one timestamp a key; the memory is bounded.
package ratemem

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"strings"
	"sync"
	"time"

	"github.com/neoforge-dev/neoforge/ports/clock"
	"github.com/neoforge-dev/neoforge/ports/ratelimit"
)

const (
	shards = 16
	// shardKeys bounds a shard: 130,000 keys in all, about 15 MB.
	shardKeys = 1 << 13
	// sample is how many keys are looked at to make room for one.
	sample = 8
)

// Limiter implements ratelimit.Limiter.
type Limiter struct {
	clock  clock.Clock
	seed   maphash.Seed
	shards [shards]shard
}

// shard keeps for each key its theoretical arrival time: the moment at which the
// key has its whole burst again. A time that has passed says the same as none.
type shard struct {
	mu       sync.Mutex
	arrivals map[string]time.Time
}

var _ ratelimit.Limiter = (*Limiter)(nil)

// New makes a limiter that has counted nothing.
func New(c clock.Clock) *Limiter {
	l := &Limiter{clock: c, seed: maphash.MakeSeed()}
	for i := range l.shards {
		l.shards[i].arrivals = map[string]time.Time{}
	}
	return l
}

// Allow implements ratelimit.Limiter. It fails only for a limit that allows
// nothing.
func (l *Limiter) Allow(_ context.Context, key string, limit ratelimit.Limit) (ratelimit.Decision, error) {
	if limit.Count <= 0 || limit.Per <= 0 {
		return ratelimit.Decision{}, fmt.Errorf("ratemem: limit %s: %w", key, errLimit)
	}
	interval := max(limit.Per/time.Duration(limit.Count), 1)
	burst := interval * time.Duration(limit.Count)

	now := l.clock.Now()
	s := &l.shards[maphash.String(l.seed, key)%shards]
	s.mu.Lock()
	defer s.mu.Unlock()

	arrival, known := s.arrivals[key]
	if arrival.Before(now) {
		arrival = now
	}
	reset := arrival.Sub(now)
	arrival = arrival.Add(interval)
	if wait := arrival.Sub(now) - burst; wait > 0 {
		return ratelimit.Decision{RetryAfter: wait, ResetAfter: reset}, nil
	}
	reset += interval
	if !known {
		s.makeRoom(now)
		key = strings.Clone(key) // the caller may reuse the bytes under it
	}
	s.arrivals[key] = arrival
	return ratelimit.Decision{Allowed: true, Remaining: int((burst - reset) / interval), ResetAfter: reset}, nil
}

// GiveBack implements ratelimit.Limiter. It fails only for a limit that allows nothing.
func (l *Limiter) GiveBack(_ context.Context, key string, limit ratelimit.Limit) error {
	if limit.Count <= 0 || limit.Per <= 0 {
		return fmt.Errorf("ratemem: limit %s: %w", key, errLimit)
	}
	interval := max(limit.Per/time.Duration(limit.Count), 1)
	now := l.clock.Now()
	s := &l.shards[maphash.String(l.seed, key)%shards]
	s.mu.Lock()
	defer s.mu.Unlock()

	arrival, known := s.arrivals[key]
	if !known {
		return nil
	}
	if arrival = arrival.Add(-interval); arrival.After(now) {
		s.arrivals[key] = arrival
	} else {
		delete(s.arrivals, key)
	}
	return nil
}

var errLimit = errors.New("the count and the period must be more than 0")

// makeRoom forgets, of a few keys taken at random, all that say nothing any more,
// or the one that will say nothing soonest.
func (s *shard) makeRoom(now time.Time) {
	if len(s.arrivals) < shardKeys {
		return
	}
	var soonest string
	var at time.Time
	forgotten, looked := false, 0
	for key, arrival := range s.arrivals {
		switch {
		case !arrival.After(now):
			delete(s.arrivals, key)
			forgotten = true
		case at.IsZero() || arrival.Before(at):
			soonest, at = key, arrival
		}
		if looked++; looked == sample {
			break
		}
	}
	if !forgotten {
		delete(s.arrivals, soonest)
	}
}

// Keys returns how many keys are remembered.
func (l *Limiter) Keys() int {
	n := 0
	for i := range l.shards {
		l.shards[i].mu.Lock()
		n += len(l.shards[i].arrivals)
		l.shards[i].mu.Unlock()
	}
	return n
}
