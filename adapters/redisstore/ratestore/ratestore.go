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

	"github.com/neoforge-dev/neoforge/adapters/redisstore"
	"github.com/neoforge-dev/neoforge/ports/ratelimit"
)

// Limiter implements ratelimit.Limiter.
type Limiter struct {
	shared   *redis_rate.Limiter
	fallback ratelimit.Limiter
}

var _ ratelimit.Limiter = (*Limiter)(nil)

// New makes a limiter that counts in Redis and in fallback, which is this
// process's own.
func New(c *redisstore.Client, fallback ratelimit.Limiter) *Limiter {
	return &Limiter{shared: redis_rate.NewLimiter(c.Redis), fallback: fallback}
}

// Allow implements ratelimit.Limiter.
func (l *Limiter) Allow(ctx context.Context, key string, limit ratelimit.Limit) (ratelimit.Decision, error) {
	if limit.Count <= 0 || limit.Per <= 0 {
		return ratelimit.Decision{}, fmt.Errorf("ratestore: limit %s: %w", key, errLimit)
	}
	result, err := l.shared.Allow(ctx, key, redis_rate.Limit{Rate: limit.Count, Burst: limit.Count, Period: limit.Per})
	if err == nil && result.Allowed == 0 {
		return ratelimit.Decision{RetryAfter: max(result.RetryAfter, 1)}, nil
	}
	own, ownErr := l.fallback.Allow(ctx, key, limit)
	if ownErr != nil {
		return ratelimit.Decision{}, fmt.Errorf("ratestore: %w", ownErr)
	}
	if err == nil && own.Allowed {
		own.Remaining = min(own.Remaining, result.Remaining)
	}
	return own, nil
}

var errLimit = errors.New("the count and the period must be more than 0")
