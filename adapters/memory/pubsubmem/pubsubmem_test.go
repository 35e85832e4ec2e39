package pubsubmem_test

import (
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/memory/pubsubmem"
	"github.com/neoforge-dev/neoforge/ports/pubsub"
	"github.com/neoforge-dev/neoforge/ports/pubsub/pubsubtest"
)

func TestContract(t *testing.T) {
	t.Parallel()
	pubsubtest.Run(t, func(*testing.T) (here, there pubsub.Bus) {
		b := pubsubmem.New()
		return b, b
	})
}

func TestASubscriberThatFallsBehindIsToldSo(t *testing.T) {
	t.Parallel()
	b := pubsubmem.New()
	entered, release, lost := make(chan struct{}, 1), make(chan struct{}), make(chan struct{}, 1)
	err := b.Subscribe(t.Context(), "channel", func([]byte) {
		select {
		case entered <- struct{}{}:
		default:
		}
		<-release
	}, func() { lost <- struct{}{} })
	if err != nil {
		t.Fatal(err)
	}
	for i := range 20_000 {
		if err := b.Publish(t.Context(), "channel", []byte("m")); err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			<-entered
		}
	}
	close(release)
	select {
	case <-lost:
	case <-time.After(10 * time.Second):
		t.Fatal("the subscriber was not told that it missed messages")
	}
}
