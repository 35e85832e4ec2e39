// Package cachetest is the contract of ports/cache: every implementation passes
// [Run], and every one that replicas share passes [RunReplicas] as well.
package cachetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/ports/cache"
)

// timeout is how long a test waits for what must happen "within moments".
const timeout = 10 * time.Second

// Run holds one cache to the contract. open returns an empty cache.
func Run(t *testing.T, open func(t *testing.T) cache.Cache) {
	for _, shared := range []bool{false, true} {
		t.Run(fmt.Sprintf("shared=%t", shared), func(t *testing.T) {
			t.Parallel()
			for name, check := range map[string]func(t *testing.T, c cache.Cache, o cache.Options){
				"an entry is loaded once":                                        loadedOnce,
				"what is at hand is what would be fetched":                       atHand,
				"an empty value is an entry too":                                 emptyValue,
				"keys do not mix":                                                keysDoNotMix,
				"an entry ends with its time":                                    entryExpires,
				"an entry in its grace is handed out while it is loaded anew":    grace,
				"a renewal that fails leaves the entry":                          failedRenewal,
				"a renewal that panics leaves the entry":                         panickingRenewal,
				"a renewal that finds nothing ends the entry":                    endingRenewal,
				"an invalidation ends an entry in its grace":                     invalidatedInGrace,
				"a loader's error reaches the caller and nothing is kept":        errorIsNotKept,
				"invalidating a tag stales its entries and no others":            invalidateByTag,
				"an entry has several tags":                                      severalTags,
				"an entry without tags survives every invalidation":              untagged,
				"one load serves a stampede":                                     stampede,
				"a failed load reaches everybody who waited":                     stampedeFails,
				"a load that began before an invalidation is not served after":   lateLoad,
				"who asks after an invalidation does not join the load before":   noJoinAcross,
				"a caller that gives up does not take the others with it":        leaderGivesUp,
				"a waiting caller leaves when its context ends":                  waiterLeaves,
				"a panicking loader does not leave the others waiting":           loaderPanics,
				"an invalidation holds although its context has ended":           invalidateCancelled,
				"readers never see a value older than an invalidation they know": monotonic,
			} {
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					check(t, open(t), cache.Options{TTL: time.Minute, Shared: shared})
				})
			}
		})
	}
}

// source is slow work that counts how often it is done.
type source struct{ loads atomic.Int64 }

func (s *source) load(context.Context) ([]byte, error) {
	return fmt.Appendf(nil, "value %d", s.loads.Add(1)), nil
}

func mustFetch(t *testing.T, c cache.Cache, key string, o cache.Options, load cache.Loader) string {
	t.Helper()
	value, err := c.Fetch(t.Context(), key, o, load)
	if err != nil {
		t.Fatalf("Fetch(%q): %v", key, err)
	}
	return string(value)
}

func mustInvalidate(t *testing.T, c cache.Cache, tags ...string) {
	t.Helper()
	if err := c.Invalidate(t.Context(), tags...); err != nil {
		t.Fatalf("Invalidate(%v): %v", tags, err)
	}
}

func atHand(t *testing.T, c cache.Cache, o cache.Options) {
	p, ok := c.(cache.Peeker)
	if !ok {
		return // it need not tell
	}
	o.Tags = []string{"tag"}
	if value, ok := p.Peek("key"); ok {
		t.Errorf("before it is loaded: %q", value)
	}
	var s source
	mustFetch(t, c, "key", o, s.load)
	if value, ok := p.Peek("key"); ok && string(value) != "value 1" {
		t.Errorf("once it is loaded: %q, %t", value, ok)
	}
	mustInvalidate(t, c, "tag")
	if value, ok := p.Peek("key"); ok {
		t.Errorf("once it is stale: %q", value)
	}
	if value, ok := p.PeekInGrace("key"); ok {
		t.Errorf("in its grace once it is stale: %q", value)
	}
}

func loadedOnce(t *testing.T, c cache.Cache, o cache.Options) {
	var s source
	for range 3 {
		if got := mustFetch(t, c, "key", o, s.load); got != "value 1" {
			t.Fatalf("got %q, want the first value", got)
		}
	}
}

func emptyValue(t *testing.T, c cache.Cache, o cache.Options) {
	var loads int
	for range 3 {
		got := mustFetch(t, c, "key", o, func(context.Context) ([]byte, error) {
			loads++
			return []byte{}, nil
		})
		if got != "" {
			t.Fatalf("got %q, want nothing", got)
		}
	}
	if loads != 1 {
		t.Fatalf("loaded %d times, want once", loads)
	}
}

func keysDoNotMix(t *testing.T, c cache.Cache, o cache.Options) {
	for range 2 {
		for _, key := range []string{"a", "b", "a:b", "ab", " a", "ä", "a\x00b", "a\r\nb"} {
			got := mustFetch(t, c, key, o, func(context.Context) ([]byte, error) { return []byte("of " + key), nil })
			if got != "of "+key {
				t.Fatalf("under %q is %q", key, got)
			}
		}
	}
}

func entryExpires(t *testing.T, c cache.Cache, o cache.Options) {
	o.TTL = 30 * time.Millisecond
	var s source
	mustFetch(t, c, "key", o, s.load)
	until(t, func() bool { return mustFetch(t, c, "key", o, s.load) != "value 1" })
}

func errorIsNotKept(t *testing.T, c cache.Cache, o cache.Options) {
	broken := errors.New("broken")
	_, err := c.Fetch(t.Context(), "key", o, func(context.Context) ([]byte, error) { return nil, broken })
	if !errors.Is(err, broken) {
		t.Fatalf("got %v, want the loader's error", err)
	}
	var s source
	if got := mustFetch(t, c, "key", o, s.load); got != "value 1" {
		t.Fatalf("got %q, want a fresh load", got)
	}
}

func invalidateByTag(t *testing.T, c cache.Cache, o cache.Options) {
	var posts, people source
	op, oh := o, o
	op.Tags, oh.Tags = []string{"post:1"}, []string{"user:1"}
	mustFetch(t, c, "post", op, posts.load)
	mustFetch(t, c, "person", oh, people.load)
	mustInvalidate(t, c, "post:1", "post:2")
	if got := mustFetch(t, c, "post", op, posts.load); got != "value 2" {
		t.Errorf("the invalidated entry is %q, want it loaded again", got)
	}
	if got := mustFetch(t, c, "person", oh, people.load); got != "value 1" {
		t.Errorf("the other entry is %q, want it kept", got)
	}
}

func severalTags(t *testing.T, c cache.Cache, o cache.Options) {
	var s source
	o.Tags = []string{"one", "two", "three"}
	mustFetch(t, c, "key", o, s.load)
	for i, tag := range o.Tags {
		mustInvalidate(t, c, tag)
		if got, want := mustFetch(t, c, "key", o, s.load), fmt.Sprintf("value %d", i+2); got != want {
			t.Fatalf("after %q: got %q, want %q", tag, got, want)
		}
	}
}

func untagged(t *testing.T, c cache.Cache, o cache.Options) {
	var s source
	mustFetch(t, c, "key", o, s.load)
	mustInvalidate(t, c, "key", "")
	mustInvalidate(t, c)
	if got := mustFetch(t, c, "key", o, s.load); got != "value 1" {
		t.Fatalf("got %q, want it kept", got)
	}
}

func leaderGivesUp(t *testing.T, c cache.Cache, o cache.Options) {
	impatient, giveUp := context.WithCancel(t.Context())
	loading := make(chan struct{})
	led := make(chan error, 1)
	go func() {
		_, err := c.Fetch(impatient, "key", o, func(ctx context.Context) ([]byte, error) {
			close(loading)
			<-ctx.Done()
			return nil, ctx.Err()
		})
		led <- err
	}()
	<-loading
	followed := make(chan error, 1)
	go func() {
		got, err := c.Fetch(t.Context(), "key", o, func(context.Context) ([]byte, error) { return []byte("fresh"), nil })
		if err == nil && string(got) != "fresh" {
			err = fmt.Errorf("got %q, want its own load", got)
		}
		followed <- err
	}()
	giveUp()
	if err := receive(t, led); !errors.Is(err, context.Canceled) {
		t.Errorf("the one that gave up got %v", err)
	}
	if err := receive(t, followed); err != nil {
		t.Errorf("the other one: %v", err)
	}
}

func waiterLeaves(t *testing.T, c cache.Cache, o cache.Options) {
	loading, release := make(chan struct{}), make(chan struct{})
	var working sync.WaitGroup
	working.Go(func() {
		_, _ = c.Fetch(t.Context(), "key", o, func(context.Context) ([]byte, error) {
			close(loading)
			<-release
			return nil, nil
		})
	})
	<-loading
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := c.Fetch(ctx, "key", o, func(context.Context) ([]byte, error) {
		t.Error("loaded although a load is under way")
		return nil, nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the context's error", err)
	}
	close(release)
	working.Wait()
}

func loaderPanics(t *testing.T, c cache.Cache, o cache.Options) {
	var s source
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic did not reach the caller that loaded")
			}
		}()
		_, _ = c.Fetch(t.Context(), "key", o, func(context.Context) ([]byte, error) { panic("defect") })
	}()
	if got := mustFetch(t, c, "key", o, s.load); got != "value 1" {
		t.Fatalf("got %q after a panic, want a fresh load", got)
	}
}

func invalidateCancelled(t *testing.T, c cache.Cache, o cache.Options) {
	var s source
	o.Tags = []string{"tag"}
	mustFetch(t, c, "key", o, s.load)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	_ = c.Invalidate(ended, "tag")
	if got := mustFetch(t, c, "key", o, s.load); got != "value 2" {
		t.Fatalf("got %q, want it loaded again", got)
	}
}

// until waits for something that must become true.
func until(t *testing.T, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(timeout)
	for !holds() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatal("it did not become true in time")
		}
	}
}

func receive[T any](t *testing.T, from <-chan T) T {
	t.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(timeout):
		t.Fatal("nothing came in time")
		panic("unreachable")
	}
}
