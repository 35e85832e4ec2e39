// Package pubsubmem carries messages within one process: the default where no
// Redis is configured. It promises what ports/pubsub promises; Publish never
// waits for a subscriber.
package pubsubmem

import (
	"bytes"
	"context"
	"sync"

	"github.com/neoforge-dev/neoforge/ports/pubsub"
)

// backlog is how many messages wait for one subscriber. When more come, those
// waiting are dropped and the subscriber is told.
const backlog = 4096

// Bus implements pubsub.Bus.
type Bus struct {
	mu       sync.RWMutex
	channels map[string]map[*subscriber]struct{}
}

type subscriber struct {
	wake chan struct{} // holds one: there is something to do

	mu      sync.Mutex
	waiting [][]byte
	missed  bool
}

var _ pubsub.Bus = (*Bus)(nil)

// New makes a bus without subscribers.
func New() *Bus { return &Bus{channels: map[string]map[*subscriber]struct{}{}} }

// Publish implements pubsub.Bus. It never fails.
func (b *Bus) Publish(_ context.Context, channel string, message []byte) error {
	b.mu.RLock()
	defer b.mu.RUnlock()
	subscribers := b.channels[channel]
	if len(subscribers) == 0 {
		return nil
	}
	message = bytes.Clone(message)
	for s := range subscribers {
		s.push(message)
	}
	return nil
}

// Subscribe implements pubsub.Bus. It never fails.
func (b *Bus) Subscribe(ctx context.Context, channel string, handle func(message []byte), lost func()) error {
	s := &subscriber{wake: make(chan struct{}, 1)}
	b.mu.Lock()
	if b.channels[channel] == nil {
		b.channels[channel] = map[*subscriber]struct{}{}
	}
	b.channels[channel][s] = struct{}{}
	b.mu.Unlock()

	go func() {
		defer b.remove(channel, s)
		for {
			select {
			case <-ctx.Done():
				return
			case <-s.wake:
			}
			messages, missed := s.take()
			if missed && lost != nil {
				lost()
			}
			for _, m := range messages {
				if ctx.Err() != nil {
					return
				}
				handle(m)
			}
		}
	}()
	return nil
}

func (b *Bus) remove(channel string, s *subscriber) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.channels[channel], s)
	if len(b.channels[channel]) == 0 {
		delete(b.channels, channel)
	}
}

func (s *subscriber) push(message []byte) {
	s.mu.Lock()
	if len(s.waiting) == backlog {
		s.waiting, s.missed = nil, true
	}
	s.waiting = append(s.waiting, message)
	s.mu.Unlock()
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

func (s *subscriber) take() (messages [][]byte, missed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	messages, missed = s.waiting, s.missed
	s.waiting, s.missed = nil, false
	return messages, missed
}
