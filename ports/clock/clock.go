// Package clock lets a rule depend on the time without reading it from the
// machine.
package clock

import (
	"sync"
	"time"
)

// Clock tells the time, in UTC.
type Clock interface {
	Now() time.Time
}

// System is the machine's clock. Times are cut to microseconds, the precision
// that both databases keep, so that what is written equals what is read back.
type System struct{}

// Now implements [Clock].
func (System) Now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

// Adjustable is a clock that can be moved forward: the clock of tests, and the
// one behind /dev/clock. The zero value is not usable; see [NewAdjustable].
type Adjustable struct {
	mu     sync.RWMutex
	base   Clock
	offset time.Duration
}

// NewAdjustable returns a clock that runs with base.
func NewAdjustable(base Clock) *Adjustable { return &Adjustable{base: base} }

// Now implements [Clock].
func (c *Adjustable) Now() time.Time {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.base.Now().Add(c.offset)
}

// Advance moves the clock forward by d. A negative d is ignored: time that has
// been seen is never taken back.
func (c *Adjustable) Advance(d time.Duration) {
	if d <= 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.offset += d
}

// At is a clock that stands still.
type At time.Time

// Now implements [Clock].
func (t At) Now() time.Time { return time.Time(t).UTC() }
