package entstoretest_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/adapters/entstore/entstoretest"
	"github.com/neoforge-dev/neoforge/adapters/mailer"
	"github.com/neoforge-dev/neoforge/adapters/memory/cachemem"
	"github.com/neoforge-dev/neoforge/adapters/memory/ratemem"
	"github.com/neoforge-dev/neoforge/adapters/uuidv7"
	"github.com/neoforge-dev/neoforge/ports/cache"
	"github.com/neoforge-dev/neoforge/ports/clock"
	"github.com/neoforge-dev/neoforge/ports/mail"
	"github.com/neoforge-dev/neoforge/ports/ratelimit"
)

func TestOutside_EndsATestThatAsksInsideATransaction(t *testing.T) {
	t.Parallel()
	memory, err := cachemem.New(1 << 20)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = memory.Close() })
	c, l := entstoretest.Cache(memory), entstoretest.Limiter(ratemem.New(clock.System{}))
	m := entstoretest.Mail(mailer.NewMailbox(clock.System{}, uuidv7.Generator{}, 5))
	limit := ratelimit.Limit{Count: 9, Per: time.Minute}
	db := entstoretest.MustSQLite(t)
	for name, ask := range map[string]func(ctx context.Context) error{
		"Fetch": func(ctx context.Context) error {
			_, err := c.Fetch(ctx, "key", cache.Options{}, func(context.Context) ([]byte, error) { return []byte("x"), nil })
			return err
		},
		"Invalidate": func(ctx context.Context) error { return c.Invalidate(ctx, "tag") },
		"Allow":      func(ctx context.Context) error { _, err := l.Allow(ctx, "key", limit); return err },
		"GiveBack":   func(ctx context.Context) error { return l.GiveBack(ctx, "key", limit) },
		"Send": func(ctx context.Context) error {
			return m.Send(ctx, mail.Message{To: "ada@neoforge.test", Subject: "Hello", Text: "Hello"})
		},
	} {
		if err := ask(t.Context()); err != nil {
			t.Errorf("%s outside of any: %v", name, err)
		}
		var said any
		func() {
			defer func() { said = recover() }()
			_ = db.Do(t.Context(), func(ctx context.Context, _ entstore.Tx) error { return ask(ctx) })
		}()
		if !strings.Contains(fmt.Sprint(said), "inside a transaction") {
			t.Errorf("%s inside a transaction: %v", name, said)
		}
	}
}
