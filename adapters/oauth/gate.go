package oauth

import (
	"errors"
	"net/http"
	"sync"
	"time"
)

const (
	// maxInFlight is how many requests a provider is put at once. Those beyond wait,
	// queuePatience at the most: a provider that hangs holds this many of our
	// connections and no more.
	maxInFlight   = 32
	queuePatience = time.Second
	// troubleLimit failures in a row close the gate for restTime: people are told at
	// once that the provider is away, and one of them tries it again afterwards.
	troubleLimit = 8
	restTime     = 5 * time.Second
)

var (
	errCrowded = errors.New("too many requests to it are under way")
	errResting = errors.New("it failed a moment ago and is left alone")
)

// gate bounds what one provider can cost: how many requests wait for it, and how
// often it is tried while it fails.
type gate struct {
	slots chan struct{}
	now   func() time.Time

	mu       sync.Mutex
	trouble  int       // failures in a row
	notUntil time.Time // the gate is closed
}

func newGate() *gate { return &gate{slots: make(chan struct{}, maxInFlight), now: time.Now} }

// enter waits for a slot, which leave gives back. It fails with errCrowded,
// errResting, and when the request is given up.
func (g *gate) enter(r *http.Request) error {
	if !g.open() {
		return errResting
	}
	select {
	case g.slots <- struct{}{}:
		return nil
	default:
	}
	patience := time.NewTimer(queuePatience)
	defer patience.Stop()
	select {
	case g.slots <- struct{}{}:
		return nil
	case <-patience.C:
		return errCrowded
	case <-r.Context().Done():
		return r.Context().Err()
	}
}

func (g *gate) leave() { <-g.slots }

// open reports whether the provider may be asked. The first who asks after a rest
// is let through alone: the rest goes on for the others until that one knows.
func (g *gate) open() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.now()
	if g.trouble < troubleLimit {
		return true
	}
	if now.Before(g.notUntil) {
		return false
	}
	g.notUntil = now.Add(restTime)
	return true
}

// answered notes how the provider did.
func (g *gate) answered(well bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if well {
		g.trouble = 0
		return
	}
	if g.trouble++; g.trouble >= troubleLimit {
		g.notUntil = g.now().Add(restTime)
	}
}
