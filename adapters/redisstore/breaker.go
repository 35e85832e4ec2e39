package redisstore

import (
	"context"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
)

// ErrAway is what commands fail with while Redis does not answer.
var ErrAway = errors.New("redis does not answer")

const (
	probeTimeout = 500 * time.Millisecond
	probeEvery   = 250 * time.Millisecond
)

// breaker is a circuit breaker: one failure of the network opens it, an answered
// probe closes it. The probe starts at once, so that a single cut connection
// costs a few milliseconds of fast failures.
type breaker struct {
	probe func(ctx context.Context) error
	open  atomic.Bool

	mu      sync.Mutex
	closed  bool
	context context.Context
	cancel  context.CancelFunc
	probing sync.WaitGroup
}

var _ redis.Hook = (*breaker)(nil)

func newBreaker(probe func(ctx context.Context) error) *breaker {
	b := &breaker{probe: probe}
	b.context, b.cancel = context.WithCancel(context.Background())
	return b
}

type unguarded struct{}

// Unguarded returns a context whose commands are tried although Redis is away:
// for probes and for connections of their own.
func Unguarded(ctx context.Context) context.Context {
	return context.WithValue(ctx, unguarded{}, true)
}

func guarded(ctx context.Context) bool { return ctx.Value(unguarded{}) == nil }

// DialHook implements redis.Hook.
func (b *breaker) DialHook(next redis.DialHook) redis.DialHook {
	return func(ctx context.Context, network, addr string) (net.Conn, error) { return next(ctx, network, addr) }
}

// ProcessHook implements redis.Hook.
func (b *breaker) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		if !guarded(ctx) {
			return next(ctx, cmd)
		}
		if b.open.Load() {
			cmd.SetErr(ErrAway)
			return ErrAway
		}
		err := next(ctx, cmd)
		b.observe(ctx, err)
		return err
	}
}

// ProcessPipelineHook implements redis.Hook.
func (b *breaker) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		if !guarded(ctx) {
			return next(ctx, cmds)
		}
		if b.open.Load() {
			for _, cmd := range cmds {
				cmd.SetErr(ErrAway)
			}
			return ErrAway
		}
		err := next(ctx, cmds)
		b.observe(ctx, err)
		return err
	}
}

// observe opens the breaker for a failure of the network. An answer that is an
// error is an answer, and a caller that gave up says nothing about Redis.
func (b *breaker) observe(ctx context.Context, err error) {
	var answer redis.Error
	if err == nil || errors.As(err, &answer) || ctx.Err() != nil || errors.Is(err, redis.ErrClosed) {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed || !b.open.CompareAndSwap(false, true) {
		return
	}
	b.probing.Go(b.untilAnswered)
}

func (b *breaker) untilAnswered() {
	tick := time.NewTicker(probeEvery)
	defer tick.Stop()
	for {
		ctx, cancel := context.WithTimeout(b.context, probeTimeout)
		err := b.probe(ctx)
		cancel()
		if err == nil {
			b.open.Store(false)
			return
		}
		select {
		case <-tick.C:
		case <-b.context.Done():
			return
		}
	}
}

func (b *breaker) close() {
	b.mu.Lock()
	b.closed = true
	b.mu.Unlock()
	b.cancel()
	b.probing.Wait()
}
