package cachetest

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/ports/cache"
)

// inGrace returns options under which an entry is soon in its grace and stays there.
func inGrace(o cache.Options) cache.Options {
	o.TTL, o.Grace = 30*time.Millisecond, time.Minute
	return o
}

// renewals is slow work that is done once, and afterwards as again does it.
type renewals struct {
	loads atomic.Int64
	again func() ([]byte, error)
}

func (r *renewals) load(context.Context) ([]byte, error) {
	if r.loads.Add(1) == 1 {
		return []byte("value 1"), nil
	}
	return r.again()
}

// renewed fetches an entry until it was loaded anew so many times, and is handed the old
// one until then. It answers false for what has no grace, because it is shared.
func (r *renewals) renewed(t *testing.T, c cache.Cache, o cache.Options, times int64) bool {
	t.Helper()
	if o.Shared {
		mustFetch(t, c, "key", o, r.load)
		until(t, func() bool {
			value, err := c.Fetch(t.Context(), "key", o, func(context.Context) ([]byte, error) { return []byte("another"), nil })
			return err == nil && string(value) == "another"
		})
		return false
	}
	until(t, func() bool {
		if got := mustFetch(t, c, "key", o, r.load); got != "value 1" {
			t.Fatalf("got %q, want what was kept", got)
		}
		return r.loads.Load() > times
	})
	return true
}

func grace(t *testing.T, c cache.Cache, o cache.Options) {
	o = inGrace(o)
	done := make(chan struct{})
	slow := renewals{again: func() ([]byte, error) {
		<-done
		return []byte("value 2"), nil
	}}
	if !slow.renewed(t, c, o, 1) {
		return
	}
	for range 10 {
		if got := mustFetch(t, c, "key", o, slow.load); got != "value 1" {
			t.Errorf("while it is loaded: %q", got)
		}
	}
	if p, ok := c.(cache.Peeker); ok {
		if value, ok := p.PeekInGrace("key"); !ok || string(value) != "value 1" {
			t.Errorf("at hand in its grace: %q, %t", value, ok)
		}
	}
	if n := slow.loads.Load(); n != 2 {
		t.Errorf("it is loaded %d times at once", n-1)
	}
	close(done)
	until(t, func() bool { return mustFetch(t, c, "key", o, slow.load) == "value 2" })
}

var errAway = errors.New("away")

func failedRenewal(t *testing.T, c cache.Cache, o cache.Options) {
	o = inGrace(o)
	var back atomic.Bool
	source := renewals{again: func() ([]byte, error) {
		if back.Load() {
			return []byte("value 2"), nil
		}
		return nil, errAway
	}}
	if !source.renewed(t, c, o, 2) {
		return
	}
	back.Store(true)
	until(t, func() bool { return mustFetch(t, c, "key", o, source.load) == "value 2" })
}

func panickingRenewal(t *testing.T, c cache.Cache, o cache.Options) {
	source := renewals{again: func() ([]byte, error) { panic("a fault of the loader") }}
	source.renewed(t, c, inGrace(o), 2)
}

func endingRenewal(t *testing.T, c cache.Cache, o cache.Options) {
	o = inGrace(o)
	o.Ends = func(err error) bool { return errors.Is(err, errAway) }
	source := renewals{again: func() ([]byte, error) { return nil, errAway }}
	if o.Shared {
		source.renewed(t, c, o, 1)
		return
	}
	mustFetch(t, c, "key", o, source.load)
	until(t, func() bool {
		_, err := c.Fetch(t.Context(), "key", o, source.load)
		return errors.Is(err, errAway)
	})
}

func invalidatedInGrace(t *testing.T, c cache.Cache, o cache.Options) {
	o = inGrace(o)
	o.Tags = []string{"tag"}
	source := renewals{again: func() ([]byte, error) { return nil, errAway }}
	if !source.renewed(t, c, o, 1) {
		return
	}
	mustInvalidate(t, c, "tag")
	if value, err := c.Fetch(t.Context(), "key", o, source.load); !errors.Is(err, errAway) {
		t.Errorf("after it was invalidated: %q, %v", value, err)
	}
}
