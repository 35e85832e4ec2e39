package ratestore_test

import (
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/memory/ratemem"
	"github.com/neoforge-dev/neoforge/adapters/redisstore/internal/redistest"
	"github.com/neoforge-dev/neoforge/adapters/redisstore/ratestore"
	"github.com/neoforge-dev/neoforge/ports/clock"
	"github.com/neoforge-dev/neoforge/ports/ratelimit"
	"github.com/neoforge-dev/neoforge/ports/ratelimit/ratelimittest"
)

func TestContract(t *testing.T) {
	t.Parallel()
	ratelimittest.Run(t, func(t *testing.T) ratelimit.Limiter {
		return ratestore.New(redistest.Start(t).Client(t), ratemem.New(clock.System{}))
	})
}

func TestLimiter_ReplicasCountTogether(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	here := ratestore.New(server.Client(t), ratemem.New(clock.System{}))
	there := ratestore.New(server.Client(t), ratemem.New(clock.System{}))
	limit := ratelimit.Limit{Count: 4, Per: time.Hour}
	allowed := 0
	for range 10 {
		for _, l := range []ratelimit.Limiter{here, there} {
			d, err := l.Allow(t.Context(), "key", limit)
			if err != nil {
				t.Fatal(err)
			}
			if d.Allowed {
				allowed++
			}
		}
	}
	if allowed != 4 {
		t.Fatalf("%d were allowed on two replicas, want 4", allowed)
	}
}

func TestLimiter_GuessesStayLimitedWhileRedisIsAway(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]func(*redistest.Server){"refused": (*redistest.Server).Refuse, "hung": (*redistest.Server).Hang} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := redistest.Start(t)
			l := ratestore.New(server.HastyClient(t), ratemem.New(clock.System{}))
			fault(server)
			limit := ratelimit.Limit{Count: 5, Per: time.Hour}
			allowed := 0
			begun := time.Now()
			for range 200 {
				d, err := l.Allow(t.Context(), "key", limit)
				if err != nil {
					t.Fatal(err)
				}
				if d.Allowed {
					allowed++
				}
			}
			if allowed != 5 {
				t.Errorf("%d of 200 were allowed, want 5", allowed)
			}
			if took := time.Since(begun); took > 5*time.Second {
				t.Errorf("200 decisions took %v", took)
			}
		})
	}
}

func TestLimiter_ARedisThatComesAndGoesGivesNoSecondAllowance(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	l := ratestore.New(server.HastyClient(t), ratemem.New(clock.System{}))
	limit := ratelimit.Limit{Count: 10, Per: time.Hour}
	allowed := 0
	for range 4 {
		for range 8 {
			d, err := l.Allow(t.Context(), "key", limit)
			if err != nil {
				t.Fatal(err)
			}
			if d.Allowed {
				allowed++
			}
		}
		server.Refuse()
		if d, err := l.Allow(t.Context(), "key", limit); err != nil {
			t.Fatal(err)
		} else if d.Allowed {
			allowed++
		}
		server.Restore()
	}
	if allowed != 10 {
		t.Fatalf("%d were allowed, want 10", allowed)
	}
}
