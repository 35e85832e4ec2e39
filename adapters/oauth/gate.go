package oauth

import (
	"errors"
	"net/http"
	"time"

	"github.com/neoforge-dev/neoforge/ports/breaker"
)

const (
	// maxInFlight is how many requests a provider is put at once. Those beyond wait,
	// queueTimeout at the most: a provider that hangs holds this many of our
	// connections and no more.
	maxInFlight  = 32
	queueTimeout = time.Second
	// troubleLimit failures in a row open the breaker for restTime: people are told at
	// once that the provider is away, and one of them tries it again afterwards.
	troubleLimit = 8
	restTime     = 5 * time.Second
)

var errCrowded = errors.New("too many requests to it are under way")

// Guard is how often a provider is tried while it fails. Somebody waits for the answer, so
// the rest stays short.
var Guard = breaker.Options{Failures: troubleLimit, Rest: restTime, MostRest: restTime}

// gate bounds what one provider can cost: how many requests wait for it, and how
// often it is tried while it fails.
type gate struct {
	slots   chan struct{}
	breaker *breaker.Breaker
}

func newGate(b *breaker.Breaker) *gate {
	return &gate{slots: make(chan struct{}, maxInFlight), breaker: b}
}

// enter waits for a slot, which leave gives back. It fails with errCrowded, a
// [breaker.OpenError], and when the request is given up.
func (g *gate) enter(r *http.Request) (answered func(breaker.Outcome, error), err error) {
	// Who is let through alone must not be the one who then waits for a slot.
	if err := g.wait(r); err != nil {
		return nil, err
	}
	answered, err = g.breaker.Allow(r.Context())
	if err != nil {
		g.leave()
	}
	return answered, err
}

func (g *gate) wait(r *http.Request) error {
	if wait := g.breaker.Wait(); wait > 0 {
		return &breaker.OpenError{Service: r.URL.Host, RetryAfter: wait}
	}
	select {
	case g.slots <- struct{}{}:
		return nil
	default:
	}
	timeout := time.NewTimer(queueTimeout)
	defer timeout.Stop()
	select {
	case g.slots <- struct{}{}:
		return nil
	case <-timeout.C:
		return errCrowded
	case <-r.Context().Done():
		return r.Context().Err()
	}
}

func (g *gate) leave() { <-g.slots }
