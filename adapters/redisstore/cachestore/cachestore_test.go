package cachestore_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/redisstore"
	"github.com/neoforge-dev/neoforge/adapters/redisstore/cachestore"
	"github.com/neoforge-dev/neoforge/adapters/redisstore/internal/redistest"
	"github.com/neoforge-dev/neoforge/adapters/redisstore/pubsub"
	"github.com/neoforge-dev/neoforge/ports/cache"
	"github.com/neoforge-dev/neoforge/ports/cache/cachetest"
)

func mustNew(t *testing.T, server *redistest.Server) *cachestore.Cache {
	t.Helper()
	client := server.Client(t)
	return mustNewOn(t, client, pubsub.New(client))
}

// mustNewHasty makes a cache that finds out about faults in the product's time.
func mustNewHasty(t *testing.T, server *redistest.Server) *cachestore.Cache {
	t.Helper()
	client := server.HastyClient(t)
	return mustNewOn(t, client, pubsub.New(client))
}

func mustNewOn(t *testing.T, client *redisstore.Client, bus cachestore.Bus) *cachestore.Cache {
	t.Helper()
	c, err := cachestore.New(client, bus, 1<<20, func(string, error) {})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func TestContract(t *testing.T) {
	t.Parallel()
	cachetest.Run(t, func(t *testing.T) cache.Cache { return mustNew(t, redistest.Start(t)) })
}

func TestContract_WhileRedisIsAway(t *testing.T) {
	t.Parallel()
	// Without Redis every read loads; what was invalidated stays unseen.
	server := redistest.Start(t)
	server.Refuse()
	c := mustNewHasty(t, server)
	for _, shared := range []bool{false, true} {
		o := cache.Options{TTL: time.Minute, Tags: []string{"tag"}, Shared: shared}
		for i := range 20 {
			want := fmt.Sprint(i)
			got, err := c.Fetch(t.Context(), "key", o, func(context.Context) ([]byte, error) { return []byte(want), nil })
			if err != nil || string(got) != want {
				t.Fatalf("round %d: got %q, %v", i, got, err)
			}
			if err := c.Invalidate(t.Context(), "tag"); err != nil {
				t.Fatalf("Invalidate: %v", err)
			}
		}
	}
}

func TestReplicas(t *testing.T) {
	t.Parallel()
	cachetest.RunReplicas(t, func(t *testing.T) (here, there cache.Cache) {
		server := redistest.Start(t)
		return mustNew(t, server), mustNew(t, server)
	})
}

func TestCache_ASecondReadComesFromMemory(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	c := mustNew(t, server)
	fetch(t, c, "value")
	commands := server.CommandCount()
	for range 5 {
		fetch(t, c, "value")
	}
	// A beat of the link may fall between; five reads of two keys would be more.
	if n := server.CommandCount() - commands; n > 2 {
		t.Fatalf("5 reads sent %d commands", n)
	}
}

var options = cache.Options{TTL: time.Minute, Tags: []string{"tag"}}

func fetch(t *testing.T, c cache.Cache, value string) string {
	t.Helper()
	got, err := c.Fetch(t.Context(), "key", options, func(context.Context) ([]byte, error) { return []byte(value), nil })
	if err != nil {
		t.Fatal(err)
	}
	return string(got)
}

func TestCache_MemoryIsPassedByWhileTheSubscriptionIsLost(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]func(*redistest.Server){"refused": (*redistest.Server).Refuse, "hung": (*redistest.Server).Hang} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := redistest.Start(t)
			c := mustNewHasty(t, server)
			fetch(t, c, "old")
			fault(server)
			eventually(t, func() bool { return fetch(t, c, "loaded") == "loaded" })
			server.Restore()
			// Once the link is proven again a value stays.
			var n atomic.Int64
			eventually(t, func() bool {
				load := func(context.Context) ([]byte, error) { return fmt.Append(nil, n.Add(1)), nil }
				_, err1 := c.Fetch(t.Context(), "other", options, load)
				before := n.Load()
				_, err2 := c.Fetch(t.Context(), "other", options, load)
				return err1 == nil && err2 == nil && n.Load() == before
			})
		})
	}
}

func TestCache_AnInvalidationThatRedisMissedIsMadeUpFor(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	here, there := mustNewHasty(t, server), mustNewHasty(t, server)
	if got := fetch(t, here, "old"); got != "old" {
		t.Fatal(got)
	}
	server.Refuse()
	if err := here.Invalidate(t.Context(), "tag"); err != nil {
		t.Fatal(err)
	}
	if got := fetch(t, here, "new"); got != "new" {
		t.Fatalf("here is %q after its own invalidation", got)
	}
	server.Restore()
	if got := fetch(t, here, "new"); got != "new" {
		t.Fatalf("here is %q when Redis is back", got)
	}
	eventually(t, func() bool { return fetch(t, there, "new") == "new" })
}

func TestInvalidate_OfVeryManyTagsWhileRedisIsAwayLeavesNothingStale(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	here, there := mustNewHasty(t, server), mustNewHasty(t, server)
	tagged := func(n int) cache.Options {
		return cache.Options{TTL: time.Minute, Tags: []string{fmt.Sprint("tag", n)}}
	}
	read := func(c *cachestore.Cache, n int, value string) string {
		got, err := c.Fetch(t.Context(), fmt.Sprint("key", n), tagged(n), func(context.Context) ([]byte, error) { return []byte(value), nil })
		if err != nil {
			t.Fatal(err)
		}
		return string(got)
	}
	const tags = 40_000
	for _, n := range []int{0, tags - 1} {
		if got := read(here, n, "old"); got != "old" {
			t.Fatal(got)
		}
	}
	server.Refuse()
	eventually(t, func() bool { return here.Invalidate(t.Context(), "other") == nil && here.Waiting() > 0 })
	most := 0
	for n := range tags {
		if err := here.Invalidate(t.Context(), fmt.Sprint("tag", n)); err != nil {
			t.Fatal(err)
		}
		most = max(most, here.Waiting())
	}
	if most > 10_001 {
		t.Errorf("%d tags waited for Redis, want a bound", most)
	}
	for _, n := range []int{0, tags - 1} {
		if got := read(here, n, "new"); got != "new" {
			t.Errorf("entry %d is %q where it was invalidated, while Redis is away", n, got)
		}
	}
	server.Restore()
	for _, n := range []int{0, tags - 1} {
		if got := read(here, n, "newer"); got == "old" {
			t.Errorf("entry %d is %q where it was invalidated, as Redis is back", n, got)
		}
		eventually(t, func() bool { return read(there, n, "newest") != "old" })
	}
	eventually(t, func() bool { return here.Waiting() == 0 })
	if got := read(here, 0, "late"); got == "old" {
		t.Error("what is stale came back")
	}
}

func TestCache_AnEvictedVersionDoesNotBringAnEntryBack(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	shared := options
	shared.Shared = true
	c := mustNew(t, server)
	load := func(value string) cache.Loader {
		return func(context.Context) ([]byte, error) { return []byte(value), nil }
	}
	if _, err := c.Fetch(t.Context(), "key", shared, load("old")); err != nil {
		t.Fatal(err)
	}
	server.DB(3).Del("nf:tag:tag")
	got, err := c.Fetch(t.Context(), "key", shared, load("new"))
	if err != nil || string(got) != "new" {
		t.Fatalf("got %q, %v", got, err)
	}
}

func TestCache_WhatRedisHoldsIsNotTrustedBlindly(t *testing.T) {
	t.Parallel()
	for _, rubbish := range []string{"", "\x01", "\x02rubbish", "\x01\x7f\xff\xff\xff\xff\xff\xff\xff\x01", string(make([]byte, 100))} {
		server := redistest.Start(t)
		c := mustNew(t, server)
		if err := server.DB(3).Set("nf:cache:key", rubbish); err != nil {
			t.Fatal(err)
		}
		if got := fetch(t, c, "value"); got != "value" {
			t.Errorf("%q was read as %q", rubbish, got)
		}
	}
}

// deaf is a bus that loses every message without a word.
type deaf struct{}

func (deaf) Publish(context.Context, string, []byte) error { return nil }

func (deaf) Subscribe(context.Context, string, func([]byte), func()) error { return nil }

func TestCache_ASilentSubscriptionIsFoundOut(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	here, there := mustNewOn(t, server.Client(t), deaf{}), mustNew(t, server)
	fetch(t, here, "old")
	if err := there.Invalidate(t.Context(), "tag"); err != nil {
		t.Fatal(err)
	}
	eventually(t, func() bool { return fetch(t, here, "new") == "new" })
}

func TestCache_LogsTroubleOnce(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	client := server.HastyClient(t)
	var told atomic.Int64
	c, err := cachestore.New(client, pubsub.New(client), 1<<20, func(string, error) { told.Add(1) })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	server.Refuse()
	for range 100 {
		if err := c.Invalidate(t.Context(), "tag"); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, func() bool { return told.Load() == 2 }) // the link, and what waits
}

func TestCache_CountsHitsMissesAndLoads(t *testing.T) {
	t.Parallel()
	c := mustNew(t, redistest.Start(t))
	for range 3 {
		fetch(t, c, "value")
	}
	if hits, misses, loads := c.Counts(); hits != 2 || misses != 1 || loads != 1 {
		t.Fatalf("%d hits, %d misses, %d loads", hits, misses, loads)
	}
}

func eventually(t *testing.T, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(15 * time.Second)
	for !holds() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatal("it did not become true in time")
		}
	}
}
