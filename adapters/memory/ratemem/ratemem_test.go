package ratemem_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/memory/ratemem"
	"github.com/neoforge-dev/neoforge/ports/clock"
	"github.com/neoforge-dev/neoforge/ports/ratelimit"
	"github.com/neoforge-dev/neoforge/ports/ratelimit/ratelimittest"
)

func TestContract(t *testing.T) {
	t.Parallel()
	ratelimittest.Run(t, func(*testing.T) ratelimit.Limiter { return ratemem.New(clock.System{}) })
}

func TestLimiter_OneTokenReturnsEveryPartOfThePeriod(t *testing.T) {
	t.Parallel()
	c := clock.NewAdjustable(clock.At(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)))
	l := ratemem.New(c)
	limit := ratelimit.Limit{Count: 4, Per: time.Minute}
	allowed := func() int {
		n := 0
		for {
			d, err := l.Allow(t.Context(), "key", limit)
			if err != nil {
				t.Fatal(err)
			}
			if !d.Allowed {
				return n
			}
			n++
		}
	}
	if n := allowed(); n != 4 {
		t.Fatalf("%d at first, want 4", n)
	}
	for _, step := range []struct {
		wait time.Duration
		want int
	}{{14 * time.Second, 0}, {time.Second, 1}, {30 * time.Second, 2}, {time.Hour, 4}} {
		c.Advance(step.wait)
		if n := allowed(); n != step.want {
			t.Errorf("%d after %v more, want %d", n, step.wait, step.want)
		}
	}
}

func TestLimiter_RetryAfterIsExact(t *testing.T) {
	t.Parallel()
	c := clock.NewAdjustable(clock.At(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)))
	l := ratemem.New(c)
	limit := ratelimit.Limit{Count: 1, Per: time.Minute}
	if _, err := l.Allow(t.Context(), "key", limit); err != nil {
		t.Fatal(err)
	}
	c.Advance(20 * time.Second)
	d, err := l.Allow(t.Context(), "key", limit)
	if err != nil || d.Allowed || d.RetryAfter != 40*time.Second {
		t.Fatalf("%+v, %v, want to come back in 40s", d, err)
	}
	c.Advance(d.RetryAfter)
	if d, err = l.Allow(t.Context(), "key", limit); err != nil || !d.Allowed {
		t.Fatalf("%+v, %v after the wait", d, err)
	}
}

func TestLimiter_ManyKeysDoNotFillTheMemory(t *testing.T) {
	t.Parallel()
	l := ratemem.New(clock.System{})
	limit := ratelimit.Limit{Count: 1, Per: time.Hour}
	for i := range 180_000 {
		if _, err := l.Allow(t.Context(), fmt.Sprint("address:", i), limit); err != nil {
			t.Fatal(err)
		}
	}
	if n := l.Keys(); n > 140_000 {
		t.Fatalf("%d keys are remembered", n)
	}
}

func TestLimiter_ASpentKeyOutlivesAFloodOfOthers(t *testing.T) {
	t.Parallel()
	l := ratemem.New(clock.System{})
	account := ratelimit.Limit{Count: 5, Per: 24 * time.Hour}
	for range 5 {
		if _, err := l.Allow(t.Context(), "account", account); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 180_000 {
		if _, err := l.Allow(t.Context(), fmt.Sprint("address:", i), ratelimit.Limit{Count: 10, Per: time.Minute}); err != nil {
			t.Fatal(err)
		}
	}
	d, err := l.Allow(t.Context(), "account", account)
	if err != nil || d.Allowed {
		t.Fatalf("%+v, %v: the flood reset the limit", d, err)
	}
}
