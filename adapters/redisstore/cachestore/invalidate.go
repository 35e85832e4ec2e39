package cachestore

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	unlinkAtOnce = 500 // keeps one pipeline short
	retryEvery   = 500 * time.Millisecond
)

// Invalidate implements cache.Cache. It never fails: what Redis does not take now
// it is given later, and until then this replica does not trust what Redis holds
// under these tags. A change that the database tells the other replicas of is waited for,
// as long as ctx allows.
func (c *Cache) Invalidate(ctx context.Context, tags ...string) error {
	if len(tags) == 0 {
		return nil
	}
	// First the queue, then the generations: a read that is stamped after this
	// finds the tags in the queue, or the versions gone from Redis.
	c.queue.begin(tags)
	c.generations.Advance(tags...)
	// The change behind this is committed: a caller that gives up does not undo it.
	ids := c.ledger.covered(tags)
	err := c.deliver(context.WithoutCancel(ctx), tags, ids)
	c.queue.finish(tags, err == nil)
	if err == nil {
		c.ledger.announced(ids)
	} else {
		c.delayed.raise(func() { c.log("cache: invalidations wait until Redis answers", err) })
		c.awaitLease(ctx, tags)
	}
	return nil
}

// deliver removes the versions from Redis, then tells the other replicas: in this
// order, so that whoever hears of it finds the versions gone.
func (c *Cache) deliver(ctx context.Context, tags []string, notes []int64) error {
	for part := range slices.Chunk(tags, unlinkAtOnce) {
		_, err := c.redis.Redis.Pipelined(ctx, func(p redis.Pipeliner) error {
			for _, tag := range part {
				p.Unlink(ctx, versionPrefix+tag)
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("cachestore: invalidate %d tags: %w", len(part), err)
		}
	}
	return c.announce(ctx, message{Tags: tags, Notes: notes})
}

// clear makes everything stale that Redis holds: whatever has a tag loses its version.
func (c *Cache) clear(ctx context.Context) error {
	if err := c.redis.DeletePrefix(ctx, versionPrefix); err != nil {
		return fmt.Errorf("cachestore: clear: %w", err)
	}
	if err := c.bus.Publish(ctx, channel, []byte(everything)); err != nil {
		return fmt.Errorf("cachestore: clear: %w", err)
	}
	return nil
}

// retry delivers what failed until Redis takes it.
func (c *Cache) retry(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-c.queue.wake:
		}
		for {
			waiting, all := c.queue.waiting()
			if len(waiting) == 0 && all == 0 {
				break
			}
			if all > 0 {
				if c.clear(ctx) == nil {
					c.queue.settleAll(all)
					c.delayed.lower()
				} else if !pause(ctx, retryEvery) {
					return
				}
				continue
			}
			if c.deliver(ctx, slices.Collect(maps.Keys(waiting)), nil) == nil {
				c.queue.settle(waiting)
				c.delayed.lower()
				continue
			}
			if !pause(ctx, retryEvery) {
				return
			}
		}
	}
}

// pause waits for d; false when ctx ended first.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
