// Package pubsub carries messages between replicas over Redis. A subscription
// holds a connection of its own and renews it for as long as it lives; whatever
// was said meanwhile is lost, of which the subscriber is told.
package pubsub

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/neoforge-dev/neoforge/adapters/redisstore"
)

const (
	confirmTimeout = time.Second
	// silence is how long a connection may say nothing before it is asked for a
	// sign of life, and then again before it is given up.
	silence    = 2 * time.Second
	firstRetry = 50 * time.Millisecond
	lastRetry  = time.Second
)

// Bus carries messages to all current subscribers of a channel, the sender's own
// included. It does not promise that they arrive: who needs that uses ports/events.
type Bus struct{ client *redisstore.Client }

// New makes a bus of the replicas that use the same server and database.
func New(c *redisstore.Client) *Bus { return &Bus{client: c} }

// Publish sends a message. It fails when Redis is away.
func (b *Bus) Publish(ctx context.Context, channel string, message []byte) error {
	if err := b.client.Redis.Publish(ctx, b.client.Scope()+channel, message).Err(); err != nil {
		return fmt.Errorf("pubsub: publish to %s: %w", channel, err)
	}
	return nil
}

// Subscribe calls handle for each message, one at a time, until ctx ends. It returns
// once the subscription is in effect. It fails when Redis is away at the start; later it
// reconnects by itself. lost, which may be nil, is called when the connection breaks, and
// once more when a new one is in effect: what was said between is gone.
func (b *Bus) Subscribe(ctx context.Context, channel string, handle func(message []byte), lost func()) error {
	s := &subscription{client: b.client, channel: b.client.Scope() + channel, handle: handle, lost: lost}
	if s.lost == nil {
		s.lost = func() {}
	}
	connection, err := s.connect(ctx)
	if err != nil {
		return fmt.Errorf("pubsub: subscribe to %s: %w", channel, err)
	}
	go s.run(ctx, connection)
	return nil
}

type subscription struct {
	client  *redisstore.Client
	channel string
	handle  func([]byte)
	lost    func()
}

// connect subscribes on a new connection and waits for the server's word that the
// subscription is in effect.
func (s *subscription) connect(ctx context.Context) (*redis.PubSub, error) {
	ctx, cancel := context.WithTimeout(redisstore.Unguarded(ctx), confirmTimeout)
	defer cancel()
	connection := s.client.Redis.Subscribe(ctx, s.channel)
	if _, err := connection.ReceiveTimeout(ctx, confirmTimeout); err != nil {
		_ = connection.Close()
		return nil, err
	}
	return connection, nil
}

func (s *subscription) run(ctx context.Context, connection *redis.PubSub) {
	for {
		s.listen(ctx, connection)
		if ctx.Err() != nil {
			return
		}
		s.lost()
		connection = s.reconnect(ctx)
		if connection == nil {
			return
		}
		s.lost()
	}
}

// listen handles messages until the connection breaks or ctx ends, and closes it.
func (s *subscription) listen(ctx context.Context, connection *redis.PubSub) {
	stop := context.AfterFunc(ctx, func() { _ = connection.Close() })
	defer func() {
		stop()
		_ = connection.Close()
	}()
	asked := false
	for {
		received, err := connection.ReceiveTimeout(redisstore.Unguarded(ctx), silence)
		if ctx.Err() != nil {
			return
		}
		var timeout net.Error
		switch {
		case err == nil:
			asked = false
		case errors.As(err, &timeout) && timeout.Timeout() && !asked:
			if connection.Ping(redisstore.Unguarded(ctx)) != nil {
				return
			}
			asked = true
			continue
		default:
			return
		}
		if message, ok := received.(*redis.Message); ok {
			s.handle([]byte(message.Payload))
		}
	}
}

func (s *subscription) reconnect(ctx context.Context) *redis.PubSub {
	for wait := firstRetry; ; wait = min(2*wait, lastRetry) {
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-timer.C:
		}
		if connection, err := s.connect(ctx); err == nil {
			return connection
		}
	}
}
