// Package redisstore_test holds what replicas share to its contracts on a real
// Redis.
package redisstore_test

import (
	"os"
	"testing"

	"github.com/neoforge-dev/neoforge/adapters/memory/ratemem"
	"github.com/neoforge-dev/neoforge/adapters/redisstore"
	"github.com/neoforge-dev/neoforge/adapters/redisstore/cachestore"
	"github.com/neoforge-dev/neoforge/adapters/redisstore/pubsub"
	"github.com/neoforge-dev/neoforge/adapters/redisstore/pubsub/pubsubtest"
	"github.com/neoforge-dev/neoforge/adapters/redisstore/ratestore"
	"github.com/neoforge-dev/neoforge/ports/cache"
	"github.com/neoforge-dev/neoforge/ports/cache/cachetest"
	"github.com/neoforge-dev/neoforge/ports/clock"
	"github.com/neoforge-dev/neoforge/ports/ratelimit"
	"github.com/neoforge-dev/neoforge/ports/ratelimit/ratelimittest"
	"github.com/neoforge-dev/neoforge/tests/harness"
)

func TestMain(m *testing.M) { os.Exit(harness.Main(m)) }

func mustOpen(t *testing.T, url string) *redisstore.Client {
	t.Helper()
	// Patient, so that a busy machine is not taken for a fault.
	c, err := redisstore.Open(t.Context(), url+"?dial_timeout=30s&read_timeout=30s&write_timeout=30s&pool_timeout=30s", "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	if err := c.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	return c
}

func mustCache(t *testing.T, url string) *cachestore.Cache {
	t.Helper()
	client := mustOpen(t, url)
	c, err := cachestore.New(client, pubsub.New(client), 1<<20, func(msg string, err error) { t.Logf("%s: %v", msg, err) })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func TestCacheOnRedis(t *testing.T) {
	t.Parallel()
	cachetest.Run(t, func(t *testing.T) cache.Cache { return mustCache(t, harness.Redis(t)) })
}

func TestCache_OfReplicas(t *testing.T) {
	t.Parallel()
	cachetest.RunReplicas(t, func(t *testing.T) (here, there cache.Cache) {
		url := harness.Redis(t)
		return mustCache(t, url), mustCache(t, url)
	})
}

func TestRateLimitsOnRedis(t *testing.T) {
	t.Parallel()
	ratelimittest.Run(t, func(t *testing.T) ratelimit.Limiter {
		return ratestore.New(mustOpen(t, harness.Redis(t)), ratemem.New(clock.System{}))
	})
}

func TestMessagesOnRedis(t *testing.T) {
	t.Parallel()
	pubsubtest.Run(t, func(t *testing.T) (here, there *pubsub.Bus) {
		url := harness.Redis(t)
		return pubsub.New(mustOpen(t, url)), pubsub.New(mustOpen(t, url))
	})
}
