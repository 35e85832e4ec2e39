package cachestore

import (
	"maps"
	"slices"
	"sync"
	"sync/atomic"
)

// maxFailed bounds how many tags wait for Redis. When there are more, everything that
// Redis holds is taken for stale instead, and cleared when it is back.
const maxFailed = 10_000

// queue knows the tags whose invalidation Redis has not taken yet: those under
// way, and those that failed and are to be tried again. What is in it is not read
// from Redis.
type queue struct {
	wake chan struct{} // holds one: something failed

	size     atomic.Int64 // of both, so that the usual case needs no lock
	mu       sync.Mutex
	underway map[string]int
	failed   map[string]uint64 // the tag's last failure, counted up
	failures uint64
	all      uint64 // the failure since which everything is stale; zero: not all is
}

func newQueue() *queue {
	return &queue{wake: make(chan struct{}, 1), underway: map[string]int{}, failed: map[string]uint64{}}
}

// begin marks the tags as under way; end them with finish.
func (q *queue) begin(tags []string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, tag := range tags {
		q.underway[tag]++
	}
	q.measure()
}

// finish ends what begin began; what was not delivered will be tried again.
func (q *queue) finish(tags []string, delivered bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, tag := range tags {
		if q.underway[tag]--; q.underway[tag] == 0 {
			delete(q.underway, tag)
		}
		if !delivered {
			q.failures++
			q.failed[tag] = q.failures
		}
	}
	if !delivered && q.all > 0 || len(q.failed) > maxFailed {
		clear(q.failed)
		q.all = q.failures
	}
	q.measure()
	if !delivered {
		q.wakeUp()
	}
}

// failAll takes everything for stale until Redis was cleared.
func (q *queue) failAll() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.failures++
	clear(q.failed)
	q.all = q.failures
	q.measure()
	q.wakeUp()
}

func (q *queue) wakeUp() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// holds reports whether any of the tags is in the queue.
func (q *queue) holds(tags []string) bool {
	if q.size.Load() == 0 {
		return false
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.all > 0 || slices.ContainsFunc(tags, func(tag string) bool {
		_, failed := q.failed[tag]
		return failed || q.underway[tag] > 0
	})
}

// waiting returns what failed; hand it to settle once it is delivered. An all that is
// not zero stands for everything: hand it to settleAll.
func (q *queue) waiting() (failed map[string]uint64, all uint64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return maps.Clone(q.failed), q.all
}

// settleAll forgets that everything is stale, unless an invalidation failed meanwhile.
func (q *queue) settleAll(all uint64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.all == all {
		q.all = 0
	}
	q.measure()
}

// settle forgets the failures, except of tags that failed again meanwhile.
func (q *queue) settle(delivered map[string]uint64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for tag, failure := range delivered {
		if q.failed[tag] == failure {
			delete(q.failed, tag)
		}
	}
	q.measure()
}

func (q *queue) measure() {
	size := len(q.underway) + len(q.failed)
	if q.all > 0 {
		size++
	}
	q.size.Store(int64(size))
}
