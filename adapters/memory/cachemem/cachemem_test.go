package cachemem_test

import (
	"bytes"
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/memory/cachemem"
	"github.com/neoforge-dev/neoforge/ports/cache"
	"github.com/neoforge-dev/neoforge/ports/cache/cachetest"
)

func mustNew(tb testing.TB, maxBytes int) *cachemem.Cache {
	tb.Helper()
	c, err := cachemem.New(maxBytes)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = c.Close() })
	return c
}

func TestContract(t *testing.T) {
	t.Parallel()
	cachetest.Run(t, func(t *testing.T) cache.Cache { return mustNew(t, 1<<20) })
}

// loads tells whether a cached value was kept, or had to be loaded anew.
func loads(t *testing.T, c *cachemem.Cache, tag string) bool {
	t.Helper()
	loaded := false
	_, err := c.Fetch(t.Context(), "key", cache.Options{TTL: time.Minute, Tags: []string{tag}}, func(context.Context) ([]byte, error) {
		loaded = true
		return nil, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return loaded
}

// The answer to a commit can be lost on its way: the note is there, and nobody was told
// of it here.
func TestStale_TakesAnOwnNoteThatWasNeverSaidToBeCommitted(t *testing.T) {
	t.Parallel()
	c := mustNew(t, 1<<20)
	tags := []string{"x"}
	for _, step := range []struct {
		what  string
		note  func()
		loads bool
	}{
		{"a change", func() { c.Committed(7, tags) }, true},
		{"its note", func() { c.Stale(7, tags, true) }, false},
		{"the note of one whose answer was lost", func() { c.Stale(8, tags, true) }, true},
		{"another process's note", func() { c.Stale(7, tags, false) }, true},
		{"a database that is an earlier one", func() { c.Committed(9, nil); c.Rewound() }, true},
		{"a note with the id of a lost one", func() { c.Stale(9, tags, true) }, true},
	} {
		loads(t, c, "x")
		step.note()
		if have := loads(t, c, "x"); have != step.loads {
			t.Errorf("after %s it is loaded: %v", step.what, have)
		}
	}
}

func TestCache_ASizeOfNothingIsRefused(t *testing.T) {
	t.Parallel()
	for _, size := range []int{0, -1} {
		if _, err := cachemem.New(size); err == nil {
			t.Errorf("New(%d) made a cache", size)
		}
	}
}

func TestCache_OldEntriesMakeRoomForNewOnes(t *testing.T) {
	t.Parallel()
	c := mustNew(t, 100_000)
	value := bytes.Repeat([]byte("x"), 1000)
	o := cache.Options{TTL: time.Hour}
	load := func(context.Context) ([]byte, error) { return value, nil }
	for i := range 1000 {
		if _, err := c.Fetch(t.Context(), fmt.Sprint(i), o, load); err != nil {
			t.Fatal(err)
		}
	}
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.After(10 * time.Second); ; {
		if c.Size() <= 110_000 {
			return
		}
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("%d bytes are kept of 100,000 allowed", c.Size())
		}
	}
}

func TestCache_CountsHitsMissesAndLoads(t *testing.T) {
	t.Parallel()
	c := mustNew(t, 1<<20)
	load := func(context.Context) ([]byte, error) { return nil, nil }
	for range 3 {
		if _, err := c.Fetch(t.Context(), "key", cache.Options{}, load); err != nil {
			t.Fatal(err)
		}
	}
	if hits, misses, loads := c.Counts(); hits != 2 || misses != 1 || loads != 1 {
		t.Fatalf("%d hits, %d misses, %d loads", hits, misses, loads)
	}
}

func TestCache_AHitAllocatesNothing(t *testing.T) {
	c := mustNew(t, 1<<20)
	o := cache.Options{TTL: time.Hour, Tags: []string{"post:1", "posts"}}
	load := func(context.Context) ([]byte, error) { return []byte("value"), nil }
	fetch := func() {
		if _, err := c.Fetch(t.Context(), "key", o, load); err != nil {
			t.Fatal(err)
		}
	}
	fetch()
	if n := testing.AllocsPerRun(1000, fetch); n > 0 {
		t.Fatalf("a hit allocates %v times", n)
	}
}

func BenchmarkHit(b *testing.B) {
	c := mustNew(b, 1<<20)
	o := cache.Options{TTL: time.Hour, Tags: []string{"post:1", "posts"}}
	load := func(context.Context) ([]byte, error) { return []byte("value"), nil }
	b.ReportAllocs()
	b.RunParallel(func(p *testing.PB) {
		for p.Next() {
			if _, err := c.Fetch(b.Context(), "key", o, load); err != nil {
				b.Fatal(err)
			}
		}
	})
}
