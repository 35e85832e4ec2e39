package redisstore

import (
	"context"
	"errors"
	"net"
	"time"

	"github.com/redis/go-redis/v9"
)

// Command is a command that Redis has answered, or a pipeline of several. Keys and values
// are people's data and stay out of it.
type Command struct {
	Name  string // in lower case; of a pipeline that of its first
	Count int
	Begun time.Time
	Took  time.Duration
	Err   error // nil also when there is no such key
}

// Watch has f called after each command or pipeline, also at the same time. ctx is that of
// who asked. What is refused because Redis is away is no command. It is called before the
// first command; while nobody watches, it costs nothing.
func (c *Client) Watch(f func(ctx context.Context, cmd Command)) { c.Redis.AddHook(watcher(f)) }

type watcher func(ctx context.Context, cmd Command)

var _ redis.Hook = watcher(nil)

// DialHook implements redis.Hook. Connections are nobody's: whoever comes first waits for
// one that others use.
func (w watcher) DialHook(next redis.DialHook) redis.DialHook {
	return func(ctx context.Context, network, addr string) (net.Conn, error) { return next(ctx, network, addr) }
}

// ProcessHook implements redis.Hook.
func (w watcher) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		begun := time.Now()
		err := next(ctx, cmd)
		w(ctx, Command{Name: cmd.Name(), Count: 1, Begun: begun, Took: time.Since(begun), Err: failure(err)})
		return err
	}
}

// ProcessPipelineHook implements redis.Hook.
func (w watcher) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		begun := time.Now()
		err := next(ctx, cmds)
		if len(cmds) > 0 {
			w(ctx, Command{Name: cmds[0].Name(), Count: len(cmds), Begun: begun, Took: time.Since(begun), Err: failure(err)})
		}
		return err
	}
}

func failure(err error) error {
	if errors.Is(err, redis.Nil) {
		return nil
	}
	return err
}
