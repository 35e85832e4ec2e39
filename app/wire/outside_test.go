package wire

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"go.uber.org/zap"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/adapters/entstore/entstoretest"
	"github.com/neoforge-dev/neoforge/adapters/mailer"
	"github.com/neoforge-dev/neoforge/adapters/memory/cachemem"
	"github.com/neoforge-dev/neoforge/adapters/memory/ratemem"
	"github.com/neoforge-dev/neoforge/adapters/uuidv7"
	"github.com/neoforge-dev/neoforge/ports/breaker"
	"github.com/neoforge-dev/neoforge/ports/cache"
	"github.com/neoforge-dev/neoforge/ports/clock"
	"github.com/neoforge-dev/neoforge/ports/mail"
	"github.com/neoforge-dev/neoforge/ports/ratelimit"
)

func TestServers_AreNotAskedInsideATransaction(t *testing.T) {
	t.Parallel()
	memory, err := cachemem.New(1 << 20)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = memory.Close() })
	development, production := outside{zap.NewNop(), true}, outside{zap.NewNop(), false}
	limit := ratelimit.Limit{Count: 9, Per: time.Minute}
	asked := func(o outside) map[string]func(ctx context.Context) error {
		c := outsideCache{memory, o}
		l := outsideLimiter{ratemem.New(clock.System{}), o}
		m := outsideMail{mailer.NewMailbox(clock.System{}, uuidv7.Generator{}, 5), o}
		services := breaker.NewSet(clock.System{}, nil)
		services.Check(o.check)
		b := services.Breaker("service", breaker.Options{})
		answering := breaker.Transport(b, answers{})
		return map[string]func(ctx context.Context) error{
			"Fetch": func(ctx context.Context) error {
				_, err := c.Fetch(ctx, "key", cache.Options{}, func(context.Context) ([]byte, error) { return []byte("x"), nil })
				return err
			},
			"Invalidate": func(ctx context.Context) error { return c.Invalidate(ctx, "tag") },
			"Allow":      func(ctx context.Context) error { _, err := l.Allow(ctx, "key", limit); return err },
			"GiveBack":   func(ctx context.Context) error { return l.GiveBack(ctx, "key", limit) },
			"a service": func(ctx context.Context) error {
				return b.Do(ctx, func(context.Context) error { return nil })
			},
			"a service over HTTP": func(ctx context.Context) error {
				r, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://service.test/", nil)
				if err != nil {
					return err
				}
				resp, err := answering.RoundTrip(r)
				if err != nil {
					return err
				}
				return resp.Body.Close()
			},
			"Send": func(ctx context.Context) error {
				return m.Send(ctx, mail.Message{To: "ada@neoforge.test", Subject: "Hello", Text: "Hello"})
			},
		}
	}
	db := entstoretest.MustSQLite(t)
	for name, ask := range asked(development) {
		if err := ask(t.Context()); err != nil {
			t.Errorf("%s outside of any: %v", name, err)
		}
		err := db.Do(t.Context(), func(ctx context.Context, _ entstore.Tx) error { return ask(ctx) })
		if !errors.Is(err, errAskedInside) {
			t.Errorf("%s inside a transaction: %v", name, err)
		}
	}
	for name, ask := range asked(production) {
		if err := db.Do(t.Context(), func(ctx context.Context, _ entstore.Tx) error { return ask(ctx) }); err != nil {
			t.Errorf("%s in production: %v", name, err)
		}
	}
}

// answers is a service that says yes.
type answers struct{}

func (answers) RoundTrip(*http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusNoContent, Body: http.NoBody}, nil
}

func TestTransactions_DoNotNest(t *testing.T) {
	t.Parallel()
	db := entstoretest.MustSQLite(t)
	err := db.Do(t.Context(), func(ctx context.Context, _ entstore.Tx) error {
		return db.Do(ctx, func(context.Context, entstore.Tx) error { return nil })
	})
	if err == nil {
		t.Error("a transaction inside another was begun")
	}
}
