package cachetest

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/ports/cache"
)

func stampede(t *testing.T, c cache.Cache, o cache.Options) {
	const callers = 50
	var loads atomic.Int64
	release := make(chan struct{})
	load := func(context.Context) ([]byte, error) {
		loads.Add(1)
		<-release
		return []byte("value"), nil
	}
	var started, ended sync.WaitGroup
	started.Add(callers)
	for range callers {
		ended.Go(func() {
			started.Done()
			got, err := c.Fetch(t.Context(), "key", o, load)
			if err != nil || string(got) != "value" {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
	started.Wait()
	close(release)
	ended.Wait()
	if n := loads.Load(); n != 1 {
		t.Fatalf("loaded %d times for %d callers at once", n, callers)
	}
}

func stampedeFails(t *testing.T, c cache.Cache, o cache.Options) {
	broken := errors.New("broken")
	loading, release := make(chan struct{}), make(chan struct{})
	var once sync.Once
	var ended sync.WaitGroup
	for range 10 {
		ended.Go(func() {
			_, err := c.Fetch(t.Context(), "key", o, func(context.Context) ([]byte, error) {
				once.Do(func() { close(loading) })
				<-release
				return nil, broken
			})
			if !errors.Is(err, broken) {
				t.Errorf("got %v, want the loader's error", err)
			}
		})
	}
	<-loading
	close(release)
	ended.Wait()
}

func lateLoad(t *testing.T, c cache.Cache, o cache.Options) {
	o.Tags = []string{"tag"}
	loading, release := make(chan struct{}), make(chan struct{})
	var late sync.WaitGroup
	late.Go(func() {
		_, _ = c.Fetch(t.Context(), "key", o, func(context.Context) ([]byte, error) {
			close(loading)
			<-release
			return []byte("old"), nil
		})
	})
	<-loading
	mustInvalidate(t, c, "tag")
	close(release)
	late.Wait()
	got := mustFetch(t, c, "key", o, func(context.Context) ([]byte, error) { return []byte("new"), nil })
	if got != "new" {
		t.Fatalf("got %q, which was loaded before the invalidation", got)
	}
}

func noJoinAcross(t *testing.T, c cache.Cache, o cache.Options) {
	o.Tags = []string{"tag"}
	loading, release := make(chan struct{}), make(chan struct{})
	var late sync.WaitGroup
	late.Go(func() {
		_, _ = c.Fetch(t.Context(), "key", o, func(context.Context) ([]byte, error) {
			close(loading)
			<-release
			return []byte("old"), nil
		})
	})
	<-loading
	mustInvalidate(t, c, "tag")
	fresh := func(context.Context) ([]byte, error) { return []byte("new"), nil }
	if got := mustFetch(t, c, "key", o, fresh); got != "new" {
		t.Errorf("got %q from the load before the invalidation", got)
	}
	close(release)
	late.Wait()
	if got := mustFetch(t, c, "key", o, fresh); got != "new" {
		t.Errorf("got %q: the late load took the place of the new one", got)
	}
}

// monotonic has one writer count up and invalidate, and readers that note the
// count before they ask: what they get may be newer, never older.
func monotonic(t *testing.T, c cache.Cache, o cache.Options) {
	o.Tags = []string{"counter"}
	var truth, announced atomic.Int64
	stop := make(chan struct{})
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for {
				// A reader that never pauses keeps the network from being looked at.
				select {
				case <-stop:
					return
				case <-time.After(20 * time.Microsecond):
				}
				known := announced.Load()
				got, err := c.Fetch(t.Context(), "counter", o, func(context.Context) ([]byte, error) {
					return strconv.AppendInt(nil, truth.Load(), 10), nil
				})
				if err != nil {
					t.Errorf("Fetch: %v", err)
					return
				}
				if n, err := strconv.ParseInt(string(got), 10, 64); err != nil || n < known {
					t.Errorf("got %q (%v) after %d was announced", got, err, known)
					return
				}
			}
		})
	}
	for range 100 {
		n := truth.Add(1)
		mustInvalidate(t, c, "counter")
		announced.Store(n)
	}
	close(stop)
	readers.Wait()
}

// RunReplicas holds two caches on one server to what replicas are promised. open
// returns a new pair on an empty server; both are in effect.
func RunReplicas(t *testing.T, open func(t *testing.T) (here, there cache.Cache)) {
	t.Run("what one loaded the other does not load again", func(t *testing.T) {
		t.Parallel()
		here, there := open(t)
		var s source
		o := cache.Options{TTL: time.Minute}
		mustFetch(t, here, "key", o, s.load)
		if got := mustFetch(t, there, "key", o, s.load); got != "value 1" {
			t.Fatalf("the other replica has %q", got)
		}
	})
	t.Run("an invalidation reaches the other replica within moments", func(t *testing.T) {
		t.Parallel()
		here, there := open(t)
		var s source
		o := cache.Options{TTL: time.Minute, Tags: []string{"tag"}}
		mustFetch(t, here, "key", o, s.load)
		mustFetch(t, there, "key", o, s.load)
		mustInvalidate(t, here, "tag")
		until(t, func() bool { return mustFetch(t, there, "key", o, s.load) != "value 1" })
	})
	t.Run("a shared entry is stale on the other replica at once", func(t *testing.T) {
		t.Parallel()
		here, there := open(t)
		o := cache.Options{TTL: time.Minute, Tags: []string{"session"}, Shared: true}
		for round := range 50 {
			value := func(context.Context) ([]byte, error) { return fmt.Appendf(nil, "%d", round), nil }
			mustFetch(t, here, "key", o, value)
			if got, want := mustFetch(t, there, "key", o, value), strconv.Itoa(round); got != want {
				t.Fatalf("round %d: the other replica has %q", round, got)
			}
			mustInvalidate(t, here, "session")
		}
	})
	t.Run("a load under way elsewhere does not resurrect what was invalidated", func(t *testing.T) {
		t.Parallel()
		here, there := open(t)
		o := cache.Options{TTL: time.Minute, Tags: []string{"tag"}}
		loading, release := make(chan struct{}), make(chan struct{})
		var late sync.WaitGroup
		late.Go(func() {
			_, _ = there.Fetch(t.Context(), "key", o, func(context.Context) ([]byte, error) {
				close(loading)
				<-release
				return []byte("old"), nil
			})
		})
		<-loading
		mustInvalidate(t, here, "tag")
		close(release)
		late.Wait()
		fresh := func(context.Context) ([]byte, error) { return []byte("new"), nil }
		if got := mustFetch(t, here, "key", o, fresh); got != "new" {
			t.Errorf("here is %q, which was loaded before the invalidation", got)
		}
		until(t, func() bool { return mustFetch(t, there, "key", o, fresh) == "new" })
	})
}
