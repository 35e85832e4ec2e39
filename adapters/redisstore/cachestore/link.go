package cachestore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

const (
	channel = "cache"
	// beatEvery is how often a replica sends itself a message, and beatLost how
	// long it goes on without hearing one: the longest that it can serve from its
	// memory what another replica has invalidated.
	beatEvery   = time.Second
	beatLost    = 3 * time.Second
	beatStarved = 100 * time.Millisecond // while the link is down
)

// everything is the message that nothing in memory counts any more. It is none that can
// be read as another one, by which every version takes it for that.
const everything = "everything"

// message is what replicas tell each other. A Beat is for its sender alone.
type message struct {
	From string   `json:"from"`
	Tags []string `json:"tags,omitempty"`
	// Notes are what the database tells of the same changes.
	Notes []int64 `json:"notes,omitempty"`
	Beat  uint64  `json:"beat,omitempty"`
}

// link is what is known of the subscription. It is up only when a message of this
// replica came back through it since it was last lost.
type link struct {
	up atomic.Bool

	mu    sync.Mutex
	epoch uint64 // counts losses, so that a message from before one proves nothing
	heard time.Time
}

// notice says a thing once until it has passed.
type notice struct{ raised atomic.Bool }

func (n *notice) raise(say func()) {
	if n.raised.CompareAndSwap(false, true) {
		say()
	}
}

func (n *notice) lower() { n.raised.Store(false) }

func (c *Cache) announce(ctx context.Context, m message) error {
	m.From = c.self
	data, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("cachestore: announce: %w", err)
	}
	if err := c.bus.Publish(ctx, channel, data); err != nil {
		return fmt.Errorf("cachestore: announce: %w", err)
	}
	return nil
}

func (c *Cache) subscribe(ctx context.Context) error {
	if err := c.bus.Subscribe(ctx, channel, c.hear, func() { c.lose(errBroken) }); err != nil {
		return fmt.Errorf("cachestore: subscribe: %w", err)
	}
	c.regain(c.epoch())
	return nil
}

var (
	errBroken = errors.New("the subscription broke")
	errSilent = errors.New("the subscription is silent")
)

// hear handles a message.
func (c *Cache) hear(data []byte) {
	var m message
	if err := json.Unmarshal(data, &m); err != nil {
		// Everything is stale, or another version speaks: what it invalidated cannot be
		// known.
		c.generations.AdvanceAll()
		return
	}
	if m.From != c.self {
		c.generations.Advance(m.Tags...)
		c.ledger.hear(m.Notes)
		return
	}
	if m.Beat > 0 {
		c.regain(m.Beat)
	}
}

func (c *Cache) epoch() uint64 {
	c.link.mu.Lock()
	defer c.link.mu.Unlock()
	return c.link.epoch
}

// lose empties the tier in memory and has it passed by.
func (c *Cache) lose(why error) {
	c.link.mu.Lock()
	c.link.epoch++
	was := c.link.up.Swap(false)
	c.generations.AdvanceAll()
	c.link.mu.Unlock()
	if was {
		c.near.Clear()
		c.broken.raise(func() { c.log("cache: every read goes past this process's memory", why) })
	}
}

// regain takes the link for up, unless it was lost after epoch.
func (c *Cache) regain(epoch uint64) {
	c.link.mu.Lock()
	defer c.link.mu.Unlock()
	if c.link.epoch != epoch {
		return
	}
	c.link.heard = time.Now()
	if !c.link.up.Load() {
		// What was loaded while nothing was heard may be stale already.
		c.generations.AdvanceAll()
		c.link.up.Store(true)
		c.broken.lower()
	}
}

// watch keeps the link proven by a message to itself every now and then.
func (c *Cache) watch(ctx context.Context, subscribed bool) {
	for !subscribed {
		if !pause(ctx, beatEvery) {
			return
		}
		subscribed = c.subscribe(ctx) == nil
	}
	for {
		wait := beatEvery
		if !c.link.up.Load() {
			wait = beatStarved
		}
		if !pause(ctx, wait) {
			return
		}
		c.link.mu.Lock()
		epoch, heard := c.link.epoch, c.link.heard
		c.link.mu.Unlock()
		if err := c.announce(ctx, message{Beat: epoch}); err != nil && ctx.Err() == nil {
			c.lose(err)
		} else if time.Since(heard) > beatLost && c.link.up.Load() {
			c.lose(errSilent)
		}
	}
}
