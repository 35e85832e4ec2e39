package redisstore_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/neoforge-dev/neoforge/adapters/redisstore"
	"github.com/neoforge-dev/neoforge/adapters/redisstore/internal/redistest"
)

func TestWatch_TellsOfCommandsWithoutWhatTheyAreAbout(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	c := server.Client(t)
	type seen struct {
		name   string
		count  int
		failed bool
	}
	var all []seen
	c.Watch(func(ctx context.Context, cmd redisstore.Command) {
		if cmd.Name == "hello" || cmd.Name == "select" {
			return // how a connection begins
		}
		if ctx.Value(t) != "asked" {
			t.Errorf("%s was not asked by this test", cmd.Name)
		}
		if cmd.Begun.IsZero() || cmd.Took < 0 {
			t.Errorf("%+v", cmd)
		}
		all = append(all, seen{cmd.Name, cmd.Count, cmd.Err != nil})
	})
	ctx := context.WithValue(t.Context(), t, "asked")
	if err := c.Redis.Set(ctx, "a", "text", 0).Err(); err != nil {
		t.Fatal(err)
	}
	if err := c.Redis.Get(ctx, "nothing").Err(); !errors.Is(err, redis.Nil) {
		t.Fatal(err)
	}
	if err := c.Redis.Incr(ctx, "a").Err(); err == nil {
		t.Fatal("a text was counted up")
	}
	if _, err := c.Redis.Pipelined(ctx, func(p redis.Pipeliner) error {
		p.Get(ctx, "a")
		p.Del(ctx, "a")
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if want := []seen{{"set", 1, false}, {"get", 1, false}, {"incr", 1, true}, {"get", 2, false}}; !slices.Equal(all, want) {
		t.Errorf("told of %+v, want %+v", all, want)
	}
}
