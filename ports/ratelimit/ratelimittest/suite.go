// Package ratelimittest is the contract of ports/ratelimit: every implementation
// passes [Run].
package ratelimittest

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/ports/ratelimit"
)

// Run holds a limiter to the contract. open returns one that has counted nothing
// and runs with the machine's time.
func Run(t *testing.T, open func(t *testing.T) ratelimit.Limiter) {
	for name, check := range map[string]func(t *testing.T, l ratelimit.Limiter){
		"a burst up to the count is allowed, the next is not": burst,
		"keys are counted apart":                              keysApart,
		"what remains counts down":                            remaining,
		"tokens return evenly":                                refill,
		"when the whole burst is back is told":                resets,
		"a refused event costs nothing":                       refusedIsFree,
		"of many at once exactly the count is allowed":        atOnce,
		"a limit that allows nothing is an error":             badLimit,
		"what is given back can be used again":                givesBack,
		"no more is given back than was used":                 givesBackNoMore,
		"of many given back at once each counts":              givesBackAtOnce,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			check(t, open(t))
		})
	}
}

func mustAllow(t *testing.T, l ratelimit.Limiter, key string, limit ratelimit.Limit) ratelimit.Decision {
	t.Helper()
	d, err := l.Allow(t.Context(), key, limit)
	if err != nil {
		t.Fatalf("Allow(%q): %v", key, err)
	}
	if d.Allowed && d.RetryAfter != 0 {
		t.Fatalf("allowed, and yet asked to come back in %v", d.RetryAfter)
	}
	if !d.Allowed && d.RetryAfter <= 0 {
		t.Fatal("refused without saying when to come back")
	}
	return d
}

func burst(t *testing.T, l ratelimit.Limiter) {
	limit := ratelimit.Limit{Count: 5, Per: time.Hour}
	for i := range 5 {
		if !mustAllow(t, l, "key", limit).Allowed {
			t.Fatalf("event %d of 5 was refused", i+1)
		}
	}
	d := mustAllow(t, l, "key", limit)
	if d.Allowed {
		t.Fatal("the sixth of 5 was allowed")
	}
	if d.RetryAfter > 12*time.Minute {
		t.Fatalf("come back in %v, want one fifth of the hour at the most", d.RetryAfter)
	}
}

func keysApart(t *testing.T, l ratelimit.Limiter) {
	limit := ratelimit.Limit{Count: 1, Per: time.Hour}
	for _, key := range []string{"sign-in:address:203.0.113.7", "sign-in:address:203.0.113.70", "sign-in:address:203.0.113", "ü"} {
		if !mustAllow(t, l, key, limit).Allowed {
			t.Errorf("the first event of %q was refused", key)
		}
	}
}

func remaining(t *testing.T, l ratelimit.Limiter) {
	limit := ratelimit.Limit{Count: 3, Per: time.Hour}
	for _, want := range []int{2, 1, 0, 0} {
		if got := mustAllow(t, l, "key", limit).Remaining; got != want {
			t.Fatalf("%d remain, want %d", got, want)
		}
	}
}

func refill(t *testing.T, l ratelimit.Limiter) {
	limit := ratelimit.Limit{Count: 2, Per: 400 * time.Millisecond}
	d := mustAllow(t, l, "key", limit)
	for d.Allowed {
		d = mustAllow(t, l, "key", limit)
	}
	begun := time.Now()
	if d.RetryAfter > 200*time.Millisecond {
		t.Fatalf("come back in %v, want half of the period at the most", d.RetryAfter)
	}
	for {
		select {
		case <-time.After(10 * time.Millisecond):
		case <-t.Context().Done():
			return
		}
		if mustAllow(t, l, "key", limit).Allowed {
			return
		}
		if time.Since(begun) > 10*time.Second {
			t.Fatal("no token returned")
		}
	}
}

func resets(t *testing.T, l ratelimit.Limiter) {
	limit := ratelimit.Limit{Count: 4, Per: time.Hour}
	const slack = time.Minute // for the time that passes meanwhile
	for used := 1; used <= 6; used++ {
		// A refused event costs nothing, so nothing is added to what is owed.
		want := time.Duration(min(used, 4)) * 15 * time.Minute
		if have := mustAllow(t, l, "key", limit).ResetAfter; have > want || have < want-slack {
			t.Fatalf("after %d events the whole burst is back in %v, want %v", used, have, want)
		}
	}
}

func refusedIsFree(t *testing.T, l ratelimit.Limiter) {
	limit := ratelimit.Limit{Count: 1, Per: time.Hour}
	mustAllow(t, l, "key", limit)
	first := mustAllow(t, l, "key", limit).RetryAfter
	for range 20 {
		if again := mustAllow(t, l, "key", limit).RetryAfter; again > first {
			t.Fatalf("the wait grew from %v to %v by asking", first, again)
		}
	}
}

func atOnce(t *testing.T, l ratelimit.Limiter) {
	limit := ratelimit.Limit{Count: 20, Per: time.Hour}
	var allowed atomic.Int64
	var group sync.WaitGroup
	for range 100 {
		group.Go(func() {
			d, err := l.Allow(t.Context(), "key", limit)
			if err != nil {
				t.Errorf("Allow: %v", err)
			}
			if d.Allowed {
				allowed.Add(1)
			}
		})
	}
	group.Wait()
	if n := allowed.Load(); n != 20 {
		t.Fatalf("%d of 100 were allowed, want 20", n)
	}
}

func givesBack(t *testing.T, l ratelimit.Limiter) {
	limit := ratelimit.Limit{Count: 3, Per: time.Hour}
	for i := range 30 {
		if !mustAllow(t, l, "key", limit).Allowed {
			t.Fatalf("event %d was refused although each was given back", i+1)
		}
		mustGiveBack(t, l, "key", limit)
	}
	for range 3 {
		if !mustAllow(t, l, "key", limit).Allowed {
			t.Fatal("the burst is smaller than before")
		}
	}
	mustGiveBack(t, l, "key", limit)
	if !mustAllow(t, l, "key", limit).Allowed {
		t.Fatal("what was given back of a spent burst is not allowed")
	}
	if mustAllow(t, l, "key", limit).Allowed {
		t.Fatal("one was given back, two were allowed")
	}
}

func givesBackNoMore(t *testing.T, l ratelimit.Limiter) {
	limit := ratelimit.Limit{Count: 2, Per: time.Hour}
	for range 5 {
		mustGiveBack(t, l, "key", limit)
	}
	for range 2 {
		if !mustAllow(t, l, "key", limit).Allowed {
			t.Fatal("the burst is smaller than before")
		}
	}
	if mustAllow(t, l, "key", limit).Allowed {
		t.Fatal("giving back what was not used made the burst greater")
	}
}

func givesBackAtOnce(t *testing.T, l ratelimit.Limiter) {
	limit := ratelimit.Limit{Count: 20, Per: time.Hour}
	for range 20 {
		mustAllow(t, l, "key", limit)
	}
	var group sync.WaitGroup
	for range 15 {
		group.Go(func() {
			if err := l.GiveBack(t.Context(), "key", limit); err != nil {
				t.Errorf("GiveBack: %v", err)
			}
		})
	}
	group.Wait()
	allowed := 0
	for mustAllow(t, l, "key", limit).Allowed {
		allowed++
	}
	if allowed != 15 {
		t.Fatalf("%d are allowed after 15 were given back", allowed)
	}
}

func mustGiveBack(t *testing.T, l ratelimit.Limiter, key string, limit ratelimit.Limit) {
	t.Helper()
	if err := l.GiveBack(t.Context(), key, limit); err != nil {
		t.Fatalf("GiveBack(%q): %v", key, err)
	}
}

func badLimit(t *testing.T, l ratelimit.Limiter) {
	for _, limit := range []ratelimit.Limit{{}, {Count: 1}, {Per: time.Second}, {Count: -1, Per: time.Second}} {
		if d, err := l.Allow(t.Context(), fmt.Sprint(limit), limit); err == nil || d.Allowed {
			t.Errorf("%+v: allowed=%t, %v, want an error", limit, d.Allowed, err)
		}
		if err := l.GiveBack(t.Context(), fmt.Sprint(limit), limit); err == nil {
			t.Errorf("%+v: something was given back", limit)
		}
	}
}
