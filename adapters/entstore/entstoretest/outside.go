package entstoretest

import (
	"context"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/ports/cache"
	"github.com/neoforge-dev/neoforge/ports/mail"
	"github.com/neoforge-dev/neoforge/ports/ratelimit"
)

// AskedOutside ends a test whose code asks a server inside a transaction. What stands for
// a server in a test calls it.
func AskedOutside(ctx context.Context, what string) {
	if entstore.InTransaction(ctx) {
		panic(what + " was asked inside a transaction")
	}
}

// Cache is c as a server of its own would be: see [AskedOutside].
func Cache(c cache.Cache) cache.Cache { return outsideCache{c} }

// Limiter is l as a server of its own would be.
func Limiter(l ratelimit.Limiter) ratelimit.Limiter { return outsideLimiter{l} }

// Mail is s as a server of its own would be.
func Mail(s mail.Sender) mail.Sender { return outsideMail{s} }

type outsideCache struct{ cache.Cache }

func (c outsideCache) Fetch(ctx context.Context, key string, o cache.Options, load cache.Loader) ([]byte, error) {
	AskedOutside(ctx, "the cache")
	return c.Cache.Fetch(ctx, key, o, load)
}

func (c outsideCache) Invalidate(ctx context.Context, tags ...string) error {
	AskedOutside(ctx, "the cache")
	return c.Cache.Invalidate(ctx, tags...)
}

type outsideLimiter struct{ ratelimit.Limiter }

func (l outsideLimiter) Allow(ctx context.Context, key string, limit ratelimit.Limit) (ratelimit.Decision, error) {
	AskedOutside(ctx, "the limiter")
	return l.Limiter.Allow(ctx, key, limit)
}

func (l outsideLimiter) GiveBack(ctx context.Context, key string, limit ratelimit.Limit) error {
	AskedOutside(ctx, "the limiter")
	return l.Limiter.GiveBack(ctx, key, limit)
}

type outsideMail struct{ mail.Sender }

func (m outsideMail) Send(ctx context.Context, message mail.Message) error {
	AskedOutside(ctx, "the mail server")
	return m.Sender.Send(ctx, message)
}
