package coherence

import (
	"sync"
	"sync/atomic"
	"time"
)

// renewalPause is how long after a failed renewal the next one may begin.
const renewalPause = time.Second

// Renewal lets one caller at a time load an entry anew that others are handed meanwhile.
// The zero value is ready.
type Renewal struct {
	underWay atomic.Bool
	notUntil atomic.Int64 // Unix time in nanoseconds
	over     atomic.Bool
}

// Run has load load the entry anew, in a goroutine of group, unless that is under way or
// failed a moment ago. ends says of an error that there is nothing to keep any more.
//
// A load that panics is one that failed: whoever asks when the grace is over meets it
// again, in a goroutine of their own, where it is told of.
func (r *Renewal) Run(group *sync.WaitGroup, load func() error, ends func(error) bool) {
	if time.Now().UnixNano() < r.notUntil.Load() || !r.underWay.CompareAndSwap(false, true) {
		return
	}
	group.Go(func() {
		renewed := false
		defer func() {
			if renewed {
				return // another entry is in the place of this one
			}
			_ = recover()
			r.notUntil.Store(time.Now().Add(renewalPause).UnixNano())
			r.underWay.Store(false)
		}()
		err := load()
		renewed = err == nil
		if err != nil && ends != nil && ends(err) {
			r.over.Store(true)
		}
	})
}

// Over reports whether the entry must not be handed out any more.
func (r *Renewal) Over() bool { return r.over.Load() }
