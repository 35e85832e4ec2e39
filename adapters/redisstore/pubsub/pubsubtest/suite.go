// Package pubsubtest is what pubsub promises, for any server that speaks as Redis does.
package pubsubtest

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/redisstore/pubsub"
)

const timeout = 10 * time.Second

// Run holds a bus to the contract. open returns two ends of one bus, as two
// replicas have them; in one process they may be the same.
func Run(t *testing.T, open func(t *testing.T) (here, there *pubsub.Bus)) {
	for name, check := range map[string]func(t *testing.T, here, there *pubsub.Bus){
		"every subscriber gets a message, the sender's own too": everybody,
		"messages arrive whole and in order":                    inOrder,
		"channels do not mix":                                   channelsApart,
		"a subscription ends with its context":                  ends,
		"handlers run one at a time":                            oneAtATime,
		"a message without subscribers is no error":             nobody,
		"the sender may reuse its bytes":                        reuse,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			here, there := open(t)
			check(t, here, there)
		})
	}
}

func mustSubscribe(t *testing.T, b *pubsub.Bus, ctx context.Context, channel string) <-chan string {
	t.Helper()
	got := make(chan string, 1000)
	if err := b.Subscribe(ctx, channel, func(m []byte) { got <- string(m) }, nil); err != nil {
		t.Fatalf("Subscribe(%q): %v", channel, err)
	}
	return got
}

func mustPublish(t *testing.T, b *pubsub.Bus, channel, message string) {
	t.Helper()
	if err := b.Publish(t.Context(), channel, []byte(message)); err != nil {
		t.Fatalf("Publish(%q): %v", channel, err)
	}
}

func want(t *testing.T, from <-chan string, message string) {
	t.Helper()
	select {
	case got := <-from:
		if got != message {
			t.Fatalf("got %q, want %q", got, message)
		}
	case <-time.After(timeout):
		t.Fatalf("%q did not come", message)
	}
}

func everybody(t *testing.T, here, there *pubsub.Bus) {
	a := mustSubscribe(t, here, t.Context(), "channel")
	b := mustSubscribe(t, here, t.Context(), "channel")
	c := mustSubscribe(t, there, t.Context(), "channel")
	mustPublish(t, here, "channel", "hello")
	for _, subscriber := range []<-chan string{a, b, c} {
		want(t, subscriber, "hello")
	}
}

func inOrder(t *testing.T, here, there *pubsub.Bus) {
	got := mustSubscribe(t, there, t.Context(), "channel")
	messages := []string{"", "a\x00b", "line\r\nline", "ä"}
	for i := range 100 {
		messages = append(messages, fmt.Sprint(i))
	}
	for _, m := range messages {
		mustPublish(t, here, "channel", m)
	}
	for _, m := range messages {
		want(t, got, m)
	}
}

func channelsApart(t *testing.T, here, there *pubsub.Bus) {
	a := mustSubscribe(t, there, t.Context(), "a")
	ab := mustSubscribe(t, there, t.Context(), "ab")
	mustPublish(t, here, "ab", "for ab")
	mustPublish(t, here, "a", "for a")
	want(t, a, "for a")
	want(t, ab, "for ab")
}

func ends(t *testing.T, here, there *pubsub.Bus) {
	ctx, cancel := context.WithCancel(t.Context())
	ended := mustSubscribe(t, there, ctx, "channel")
	other := mustSubscribe(t, there, t.Context(), "channel")
	mustPublish(t, here, "channel", "first")
	want(t, ended, "first")
	want(t, other, "first")
	cancel()
	// The end takes effect within moments: publish until only the other one gets it.
	deadline := time.After(timeout)
	for i := 0; ; i++ {
		message := fmt.Sprint(i)
		mustPublish(t, here, "channel", message)
		want(t, other, message)
		select {
		case <-ended:
		case <-deadline:
			t.Fatal("the subscription outlived its context")
		case <-time.After(50 * time.Millisecond):
			return
		}
	}
}

func oneAtATime(t *testing.T, here, there *pubsub.Bus) {
	var running, most atomic.Int64
	done := make(chan struct{}, 100)
	err := there.Subscribe(t.Context(), "channel", func([]byte) {
		if n := running.Add(1); n > most.Load() {
			most.Store(n)
		}
		running.Add(-1)
		done <- struct{}{}
	}, nil)
	if err != nil {
		t.Fatalf("Subscribe: %v", err)
	}
	for range 50 {
		mustPublish(t, here, "channel", "m")
	}
	for range 50 {
		select {
		case <-done:
		case <-time.After(timeout):
			t.Fatal("a message did not come")
		}
	}
	if most.Load() != 1 {
		t.Fatalf("%d handlers ran at once", most.Load())
	}
}

func nobody(t *testing.T, here, _ *pubsub.Bus) { mustPublish(t, here, "empty", "m") }

func reuse(t *testing.T, here, there *pubsub.Bus) {
	got := mustSubscribe(t, there, t.Context(), "channel")
	buffer := []byte("first")
	if err := here.Publish(t.Context(), "channel", buffer); err != nil {
		t.Fatal(err)
	}
	copy(buffer, "XXXXX")
	want(t, got, "first")
}
