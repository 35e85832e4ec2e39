package wire

import (
	"context"
	"errors"

	"go.uber.org/zap"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/ports/cache"
	"github.com/neoforge-dev/neoforge/ports/mail"
	"github.com/neoforge-dev/neoforge/ports/ratelimit"
)

var errAskedInside = errors.New("a server was asked inside a transaction, which would keep its locks for as long as that does not answer")

// outside keeps servers from being asked inside a transaction: Redis, the mail server, and
// every service that has a breaker. In development that is an error; in production it is done all the same, and logged.
type outside struct {
	log    *zap.Logger
	refuse bool
}

func (o outside) check(ctx context.Context, what string) error {
	if !entstore.InTransaction(ctx) {
		return nil
	}
	o.log.Error("asked inside a transaction", zap.String("what", what), zap.Stack("stack"))
	if o.refuse {
		return errAskedInside
	}
	return nil
}

type outsideCache struct {
	countingCache
	outside
}

// The server answers a hit by Peek, which asks nobody: a wrapper without it would have
// every hit take the long way.
var _ cache.Peeker = outsideCache{}

// Fetch implements cache.Cache.
func (c outsideCache) Fetch(ctx context.Context, key string, o cache.Options, load cache.Loader) ([]byte, error) {
	if err := c.check(ctx, "the cache for "+key); err != nil {
		return nil, err
	}
	return c.countingCache.Fetch(ctx, key, o, load)
}

// Invalidate implements cache.Cache.
func (c outsideCache) Invalidate(ctx context.Context, tags ...string) error {
	if err := c.check(ctx, "the cache to invalidate"); err != nil {
		return err
	}
	return c.countingCache.Invalidate(ctx, tags...)
}

type outsideLimiter struct {
	ratelimit.Limiter
	outside
}

// Allow implements ratelimit.Limiter.
func (l outsideLimiter) Allow(ctx context.Context, key string, limit ratelimit.Limit) (ratelimit.Decision, error) {
	if err := l.check(ctx, "the limiter for "+key); err != nil {
		return ratelimit.Decision{}, err
	}
	return l.Limiter.Allow(ctx, key, limit)
}

// GiveBack implements ratelimit.Limiter.
func (l outsideLimiter) GiveBack(ctx context.Context, key string, limit ratelimit.Limit) error {
	if err := l.check(ctx, "the limiter for "+key); err != nil {
		return err
	}
	return l.Limiter.GiveBack(ctx, key, limit)
}

type outsideMail struct {
	mail.Sender
	outside
}

// Send implements mail.Sender.
func (m outsideMail) Send(ctx context.Context, message mail.Message) error {
	if err := m.check(ctx, "the mail server"); err != nil {
		return err
	}
	return m.Sender.Send(ctx, message)
}
