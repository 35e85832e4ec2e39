// Package ratestore limits how often something happens over all replicas, by
// counting in Redis with GCRA in one script.
//
// Each replica counts in memory too what it allows, and both must agree. So while
// Redis is away guesses stay limited on every replica by itself, and one that
// comes and goes does not give anybody a second allowance.
package ratestore

import (
	"context"
	"errors"
	"fmt"

	"github.com/go-redis/redis_rate/v10"
	"github.com/redis/go-redis/v9"

	"github.com/neoforge-dev/neoforge/adapters/redisstore"
	"github.com/neoforge-dev/neoforge/ports/ratelimit"
)

// Limiter implements ratelimit.Limiter.
type Limiter struct {
	redis    redis.Scripter
	shared   *redis_rate.Limiter
	fallback ratelimit.Limiter
}

var _ ratelimit.Limiter = (*Limiter)(nil)

// New makes a limiter that counts in Redis and in fallback, which is this
// process's own.
func New(c *redisstore.Client, fallback ratelimit.Limiter) *Limiter {
	return &Limiter{redis: c.Redis, shared: redis_rate.NewLimiter(c.Redis), fallback: fallback}
}

// Allow implements ratelimit.Limiter.
func (l *Limiter) Allow(ctx context.Context, key string, limit ratelimit.Limit) (ratelimit.Decision, error) {
	if limit.Count <= 0 || limit.Per <= 0 {
		return ratelimit.Decision{}, fmt.Errorf("ratestore: limit %s: %w", key, errLimit)
	}
	result, err := l.shared.Allow(ctx, key, redis_rate.Limit{Rate: limit.Count, Burst: limit.Count, Period: limit.Per})
	if err == nil && result.Allowed == 0 {
		return ratelimit.Decision{RetryAfter: max(result.RetryAfter, 1), ResetAfter: result.ResetAfter}, nil
	}
	own, ownErr := l.fallback.Allow(ctx, key, limit)
	if ownErr != nil {
		return ratelimit.Decision{}, fmt.Errorf("ratestore: %w", ownErr)
	}
	if err == nil && own.Allowed {
		own.Remaining = min(own.Remaining, result.Remaining)
		own.ResetAfter = max(own.ResetAfter, result.ResetAfter)
	}
	return own, nil
}

// giveBack moves the moment at which a key has its whole burst again, which redis_rate
// keeps in seconds since 2017, one interval back. redis_rate itself takes no cost below
// zero: it leaves the key as it was when nothing is owed any more.
var giveBack = redis.NewScript(`
local kept = tonumber(redis.call("GET", KEYS[1]) or "")
if not kept then
  return 0
end
local now = redis.call("TIME")
now = (now[1] - 1483228800) + (now[2] / 1000000)
local arrival = kept - tonumber(ARGV[1])
if arrival <= now then
  redis.call("DEL", KEYS[1])
else
  redis.call("SET", KEYS[1], arrival, "EX", math.ceil(arrival - now))
end
return 1
`)

// keyPrefix is what redis_rate begins its keys with.
const keyPrefix = "rate:"

// GiveBack implements ratelimit.Limiter. While Redis is away the event is given back
// in memory alone, and returns in Redis with time.
func (l *Limiter) GiveBack(ctx context.Context, key string, limit ratelimit.Limit) error {
	if limit.Count <= 0 || limit.Per <= 0 {
		return fmt.Errorf("ratestore: limit %s: %w", key, errLimit)
	}
	interval := limit.Per.Seconds() / float64(limit.Count)
	err := giveBack.Run(ctx, l.redis, []string{keyPrefix + key}, interval).Err()
	if own := l.fallback.GiveBack(ctx, key, limit); own != nil {
		return fmt.Errorf("ratestore: %w", own)
	}
	if err != nil {
		return fmt.Errorf("ratestore: give back %s: %w", key, err)
	}
	return nil
}

var errLimit = errors.New("the count and the period must be more than 0")
