// Package breaker leaves an outside service alone while it fails: the circuit breaker.
//
// Each outside service has one [Breaker]. A row of failures opens it, and whoever calls
// is then refused at once instead of waiting for an answer that will not come. After a
// rest one caller is let through (half-open): when that one is answered the breaker
// closes, otherwise the next rest is twice as long. Calls that began before it opened, or
// before it closed again, are counted and decide nothing: how they end is old news.
package breaker

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/neoforge-dev/neoforge/ports/clock"
	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/ports/textform"
)

// ErrOpen reports that a service failed a moment ago and is left alone.
var ErrOpen = fault.New(fault.Unavailable, "service.left_alone", "An outside service does not answer at the moment. Try again in a few minutes.")

// OpenError is ErrOpen with the service and when it may be asked again.
type OpenError struct {
	Service    string
	RetryAfter time.Duration
}

func (e *OpenError) Error() string {
	return fmt.Sprintf("%s failed a moment ago and is left alone for %s", e.Service, e.RetryAfter.Round(time.Second))
}

// Unwrap makes it a fault of kind Unavailable.
func (e *OpenError) Unwrap() error { return ErrOpen }

var errGivenUp = errors.New("the call was given up")

// State is a breaker's.
type State string

// The states.
const (
	Closed   State = "closed"    // calls go through
	HalfOpen State = "half_open" // one call goes through, to see whether the service is back
	Open     State = "open"      // calls are refused
)

// Outcome is how a call ended.
type Outcome int

// The outcomes. Abandoned says nothing about the service: who called gave up.
const (
	Answered Outcome = iota + 1
	Failed
	Abandoned
)

// Options size a breaker. Zero values choose.
type Options struct {
	Failures int           // in a row that open it; 5
	Rest     time.Duration // before one call is let through; 30 s
	MostRest time.Duration // which doubles up to here while the service stays away; 5 min
}

const (
	defaultFailures = 5
	defaultRest     = 30 * time.Second
	defaultMostRest = 5 * time.Minute
	maxReason       = 300 // bytes of an error
)

// Breaker is one service's. It is safe for concurrent use.
type Breaker struct {
	service string
	clock   clock.Clock
	options Options
	changed func(Status)
	check   func(ctx context.Context, service string) error                 // may be nil
	watch   func(ctx context.Context, service string) (end func(err error)) // may be nil

	mu         sync.Mutex
	failures   int // in a row
	rest       time.Duration
	notUntil   time.Time // of an open one
	generation uint64    // counts how often it opened or closed
	status     Status
}

// Status is what operators see of a service. Counts are since the start of the process.
type Status struct {
	Service    string
	State      State
	Since      time.Time // of the state
	RetryAt    time.Time // when one call is let through; zero when closed
	LastError  string    // of the latest failure
	AnsweredAt time.Time // the latest answer; zero when there was none
	FailedAt   time.Time // the latest failure; zero when there was none
	Answered   uint64
	Failed     uint64
	Refused    uint64 // while it was open
	Opened     uint64
}

// New makes a closed breaker. changed is told each new state, and may be nil; it must
// not call the breaker.
func New(service string, c clock.Clock, o Options, changed func(Status)) *Breaker {
	if o.Failures <= 0 {
		o.Failures = defaultFailures
	}
	if o.Rest <= 0 {
		o.Rest = defaultRest
	}
	if o.MostRest < o.Rest {
		o.MostRest = max(o.Rest, defaultMostRest)
	}
	return &Breaker{
		service: service, clock: c, options: o, changed: changed, rest: o.Rest,
		status: Status{Service: service, State: Closed, Since: c.Now()},
	}
}

// Do calls the service. An error of fn counts as a failure, unless it says that its
// caller gave up. It fails with an [OpenError] without calling fn, and like fn.
func (b *Breaker) Do(ctx context.Context, fn func(ctx context.Context) error) error {
	return b.DoWhere(ctx, fn, func(error) bool { return true })
}

// DoWhere is Do where away says which errors mean that the service is away: with any
// other one it has answered.
func (b *Breaker) DoWhere(ctx context.Context, fn func(ctx context.Context) error, away func(error) bool) error {
	done, err := b.Allow(ctx)
	if err != nil {
		return err
	}
	defer func() {
		if p := recover(); p != nil {
			done(Abandoned, nil)
			panic(p)
		}
	}()
	err = fn(ctx)
	switch {
	case err != nil && errors.Is(err, context.Canceled):
		done(Abandoned, err)
	case err != nil && away(err):
		done(Failed, err)
	default:
		done(Answered, nil)
	}
	return err
}

// Allow asks whether the service may be called, and fails with an [OpenError] when not, or
// as [Set.Check] says. The caller says by done, once, how the call ended; what it says
// later is ignored.
func (b *Breaker) Allow(ctx context.Context) (done func(o Outcome, reason error), err error) {
	if b.check != nil {
		if err := b.check(ctx, b.service); err != nil {
			return nil, err
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.clock.Now()
	if b.status.State != Closed {
		if wait := b.notUntil.Sub(now); wait > 0 && wait <= b.rest { // longer: the clock was set back
			b.status.Refused++
			return nil, &OpenError{Service: b.service, RetryAfter: wait}
		}
		// The others wait until this one knows, or for another rest if it never says.
		b.notUntil = now.Add(b.rest)
		b.become(HalfOpen, now)
	}
	generation := b.generation
	var end func(err error)
	if b.watch != nil {
		end = b.watch(ctx, b.service)
	}
	var once sync.Once
	return func(o Outcome, reason error) {
		once.Do(func() {
			b.ended(o, reason, generation)
			if end != nil {
				end(failureOf(o, reason))
			}
		})
	}, nil
}

// failureOf is what a call failed with; nil when it was answered.
func failureOf(o Outcome, reason error) error {
	if o != Answered && reason == nil {
		return errGivenUp
	}
	return reason
}

// Wait says how long the service is left alone for; zero: it may be called.
func (b *Breaker) Wait() time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.status.State == Closed {
		return 0
	}
	if wait := b.notUntil.Sub(b.clock.Now()); wait > 0 && wait <= b.rest {
		return wait
	}
	return 0
}

// Status returns what operators see.
func (b *Breaker) Status() Status {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.shown()
}

func (b *Breaker) shown() Status {
	s := b.status
	if s.State != Closed {
		s.RetryAt = b.notUntil
	}
	return s
}

func (b *Breaker) ended(o Outcome, reason error, generation uint64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.clock.Now()
	current := generation == b.generation
	switch o {
	case Answered:
		b.status.Answered++
		b.status.AnsweredAt = now
		if current {
			b.failures, b.rest = 0, b.options.Rest
			b.become(Closed, now)
		}
	case Failed:
		b.status.Failed++
		b.status.FailedAt, b.status.LastError = now, "unknown"
		if reason != nil {
			b.status.LastError = textform.Storable(reason.Error(), maxReason)
		}
		if current {
			b.failed(now)
		}
	case Abandoned:
		if current && b.status.State == HalfOpen {
			b.notUntil = now // the next caller is let through
		}
	}
}

// failed counts a failure of now's generation.
func (b *Breaker) failed(now time.Time) {
	b.failures++
	switch {
	case b.status.State == HalfOpen:
		b.rest = min(2*b.rest, b.options.MostRest)
	case b.failures < b.options.Failures:
		return
	}
	b.notUntil = now.Add(b.rest)
	b.status.Opened++
	b.become(Open, now)
}

func (b *Breaker) become(s State, now time.Time) {
	if b.status.State == s {
		return
	}
	// A half-open one is of the generation of the open one, so that a second call which
	// is let through does not make the first one's answer old news.
	if s != HalfOpen {
		b.generation++
	}
	b.status.State, b.status.Since = s, now
	if b.changed != nil {
		b.changed(b.shown())
	}
}
