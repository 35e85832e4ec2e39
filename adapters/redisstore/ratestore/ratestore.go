// Package ratestore limits how often something happens over all replicas, by
// counting in Redis with GCRA in one script. While Redis is away each replica
// counts for itself: guesses stay limited, if more loosely.
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

// New makes a limiter that counts in Redis, and in fallback while Redis is away.
func New(c *redisstore.Client, fallback ratelimit.Limiter) *Limiter {
	return &Limiter{shared: redis_rate.NewLimiter(c), fallback: fallback}
}

// Allow implements ratelimit.Limiter.
func (l *Limiter) Allow(ctx context.Context, key string, limit ratelimit.Limit) (ratelimit.Decision, error) {
	if limit.Count <= 0 || limit.Per <= 0 {
		return ratelimit.Decision{}, fmt.Errorf("ratestore: limit %s: %w", key, errLimit)
	}
	result, err := l.shared.Allow(ctx, key, redis_rate.Limit{Rate: limit.Count, Burst: limit.Count, Period: limit.Per})
	if err != nil {
		return l.fallback.Allow(ctx, key, limit)
	}
	if result.Allowed == 0 {
		return ratelimit.Decision{RetryAfter: max(result.RetryAfter, 1)}, nil
	}
	return ratelimit.Decision{Allowed: true, Remaining: result.Remaining}, nil
}

var errLimit = errors.New("the count and the period must be more than 0")
