package pubsub_test

import (
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/redisstore/internal/redistest"
	"github.com/neoforge-dev/neoforge/adapters/redisstore/pubsub"
	"github.com/neoforge-dev/neoforge/adapters/redisstore/pubsub/pubsubtest"
)

func TestContract(t *testing.T) {
	t.Parallel()
	pubsubtest.Run(t, func(t *testing.T) (here, there *pubsub.Bus) {
		server := redistest.Start(t)
		return pubsub.New(server.Client(t)), pubsub.New(server.Client(t))
	})
}

func TestPubSub_ASubscriptionSurvivesTheLossOfItsServer(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]func(*redistest.Server){"refused": (*redistest.Server).Refuse, "hung": (*redistest.Server).Hang} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := redistest.Start(t)
			bus := pubsub.New(server.HastyClient(t))
			got, lost := make(chan string, 100), make(chan struct{}, 100)
			err := bus.Subscribe(t.Context(), "channel", func(m []byte) { got <- string(m) }, func() { lost <- struct{}{} })
			if err != nil {
				t.Fatal(err)
			}
			fault(server)
			receive(t, lost)
			server.Restore()
			receive(t, lost) // in effect again, with a gap behind it
			// The subscription's connection may be back before the one for commands.
			deadline := time.After(15 * time.Second)
			for bus.Publish(t.Context(), "channel", []byte("again")) != nil {
				select {
				case <-deadline:
					t.Fatal("publishing did not work again")
				case <-time.After(20 * time.Millisecond):
				}
			}
			if m := receive(t, got); m != "again" {
				t.Fatalf("got %q", m)
			}
		})
	}
}

func TestPubSub_SubscribingFailsWhileRedisIsAway(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	server.Refuse()
	bus := pubsub.New(server.HastyClient(t))
	if err := bus.Subscribe(t.Context(), "channel", func([]byte) {}, nil); err == nil {
		t.Fatal("subscribed to nobody")
	}
}

func receive[T any](t *testing.T, from <-chan T) T {
	t.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(15 * time.Second):
		t.Fatal("nothing came in time")
		panic("unreachable")
	}
}
