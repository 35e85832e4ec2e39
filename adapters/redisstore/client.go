// Package redisstore reaches Redis, which holds what replicas share: cachestore,
// ratestore and pubsub are built on its [Client].
//
// It promises that a Redis that is slow, hung or gone costs a bounded delay now
// and then and not one for every request: commands time out after a quarter of a
// second, the first failure cuts the connection off, and from then on commands
// fail at once with [ErrAway] until a probe in the background is answered again.
package redisstore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"runtime"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

const (
	dialTimeout    = time.Second
	commandTimeout = 250 * time.Millisecond
)

// Client is a pool of connections to one Redis server or cluster. Commands go
// through Redis. It is named rather than embedded, because every package that
// handles a type with its hundreds of methods would compile a copy of them.
type Client struct {
	Redis   redis.UniversalClient
	breaker *breaker
	scope   string
	cluster bool
}

// Open makes a client for redis://, rediss:// (TLS) or
// redis+cluster://host1,host2. Parameters of a single server's address may give
// other timeouts (?read_timeout=1s, write_timeout, dial_timeout, pool_timeout). The
// password, which is not encoded, is used where the address has none. It
// connects when it is first used: a server that is away is no error here; see Ping.
func Open(_ context.Context, url, password string) (*Client, error) {
	o, err := options(url)
	if err != nil {
		return nil, fmt.Errorf("redisstore: open: %w", err)
	}
	if o.Password == "" {
		o.Password = password
	}
	quiet()
	preset(&o.DialTimeout, dialTimeout)
	preset(&o.ReadTimeout, commandTimeout)
	preset(&o.WriteTimeout, commandTimeout)
	preset(&o.PoolTimeout, commandTimeout)
	o.ContextTimeoutEnabled = true
	o.PoolSize = max(32, 16*runtime.GOMAXPROCS(0))
	o.MinIdleConns = 1
	o.ConnMaxIdleTime = 5 * time.Minute
	o.DisableIdentity = true
	o.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}

	c := &Client{
		Redis:   dial(o),
		scope:   fmt.Sprintf("nf:%d:", o.DB),
		cluster: o.IsClusterMode,
	}
	c.breaker = newBreaker(c.probe)
	c.Redis.AddHook(c.breaker)
	return c, nil
}

// dial makes the client, of which nothing is tried twice: it would double the wait,
// and count an event twice whose first answer was only late.
func dial(o *redis.UniversalOptions) redis.UniversalClient {
	o.MaxRetries = -1
	if o.IsClusterMode {
		nodes := o.Cluster()
		nodes.DialerRetries = 1
		return redis.NewClusterClient(nodes)
	}
	server := o.Simple()
	server.DialerRetries = 1
	return redis.NewClient(server)
}

func preset(d *time.Duration, value time.Duration) {
	if *d == 0 {
		*d = value
	}
}

// quiet silences go-redis, which writes to a logger of its own that all clients
// share: what it would say reaches the caller as an error.
var quiet = sync.OnceFunc(func() {
	redis.SetLogger(silent{log.New(io.Discard, "", 0)})
})

type silent struct{ *log.Logger }

func (silent) Printf(context.Context, string, ...any) {}

// Ping reports whether every server answers, whatever the last commands met.
func (c *Client) Ping(ctx context.Context) error {
	if err := c.probe(ctx); err != nil {
		return fmt.Errorf("redisstore: ping: %w", err)
	}
	return nil
}

func (c *Client) probe(ctx context.Context) error {
	ctx = Unguarded(ctx)
	if cluster, ok := c.Redis.(*redis.ClusterClient); ok {
		return cluster.ForEachMaster(ctx, func(ctx context.Context, node *redis.Client) error {
			return node.Ping(ctx).Err()
		})
	}
	return c.Redis.Ping(ctx).Err()
}

// Away reports whether commands fail at once because Redis did not answer.
func (c *Client) Away() bool { return c.breaker.open.Load() }

// Scope begins the names of channels, which all databases of a server share.
func (c *Client) Scope() string { return c.scope }

// Gather reads many keys in one round trip; nil stands for a key that is absent.
func (c *Client) Gather(ctx context.Context, keys ...string) ([][]byte, error) {
	out := make([][]byte, len(keys))
	if !c.cluster {
		values, err := c.Redis.MGet(ctx, keys...).Result()
		if err != nil {
			return nil, fmt.Errorf("redisstore: read %d keys: %w", len(keys), err)
		}
		for i, v := range values {
			if s, ok := v.(string); ok {
				out[i] = []byte(s)
			}
		}
		return out, nil
	}
	// The keys of one MGET must lie on one node of a cluster; those of a pipeline
	// need not.
	gets := make([]*redis.StringCmd, len(keys))
	_, err := c.Redis.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i, key := range keys {
			gets[i] = p.Get(ctx, key)
		}
		return nil
	})
	if err != nil && !errors.Is(err, redis.Nil) {
		return nil, fmt.Errorf("redisstore: read %d keys: %w", len(keys), err)
	}
	for i, get := range gets {
		switch value, err := get.Bytes(); {
		case err == nil:
			out[i] = value
		case !errors.Is(err, redis.Nil):
			return nil, fmt.Errorf("redisstore: read %s: %w", keys[i], err)
		}
	}
	return out, nil
}

// DeletePrefix deletes every key that begins with prefix, on all servers. Keys that
// appear meanwhile may stay.
func (c *Client) DeletePrefix(ctx context.Context, prefix string) error {
	var err error
	if cluster, ok := c.Redis.(*redis.ClusterClient); ok {
		err = cluster.ForEachMaster(ctx, func(ctx context.Context, node *redis.Client) error {
			return deletePrefix(ctx, node, prefix)
		})
	} else {
		err = deletePrefix(ctx, c.Redis, prefix)
	}
	if err != nil {
		return fmt.Errorf("redisstore: delete the keys that begin with %s: %w", prefix, err)
	}
	return nil
}

// scanned is how many keys a server looks at in one step, which others wait for.
const scanned = 1000

func deletePrefix(ctx context.Context, server redis.Cmdable, prefix string) error {
	for cursor := uint64(0); ; {
		keys, next, err := server.Scan(ctx, cursor, prefix+"*", scanned).Result()
		if err != nil {
			return err
		}
		_, err = server.Pipelined(ctx, func(p redis.Pipeliner) error {
			for _, key := range keys { // one by one: the keys of a node need not share a slot
				p.Unlink(ctx, key)
			}
			return nil
		})
		if err != nil {
			return err
		}
		if cursor = next; cursor == 0 {
			return nil
		}
	}
}

// Close ends the probe and the connections.
func (c *Client) Close() error {
	c.breaker.close()
	return c.Redis.Close()
}
