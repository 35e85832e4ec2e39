package errortracking

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/neoforge-dev/neoforge/ports/clock"
)

// Bounds of what a Tracker holds.
const (
	maxPending = 200 // groups that wait to be written
	maxIslands = 50  // of them of browsers, which strangers can say anything of; and as many reports of those a Sink is passed between two writes
	perGroup   = 5   // reports of one group that a Sink is passed between two writes
)

// Addition is what happened of one group since the last write.
type Addition struct {
	Fingerprint string
	Count       int64
	First, Last time.Time
	Sample      Report // scrubbed; the last
}

// Store keeps groups.
type Store interface {
	// Add counts what happened, all of it or nothing. Calls of several replicas add up.
	Add(ctx context.Context, additions []Addition) error
}

// Sink takes scrubbed reports elsewhere. Like a Reporter it neither blocks nor fails.
type Sink interface {
	Send(fingerprint string, r Report)
}

// Options of a Tracker.
type Options struct {
	Store   Store // required
	Sink    Sink  // nil: nowhere else
	Clock   clock.Clock
	Release string
	// Counted is told of each report, and Changed when the store cannot be written to, and with
	// nil when it can be again. Either may be nil.
	Counted func(kind Kind)
	Changed func(err error)
}

// Tracker groups reports in memory and writes them now and then, so that a thousand failures
// a second cost one statement, and a database that is the failure delays what is known of it.
type Tracker struct {
	options Options
	dropped atomic.Uint64

	mu          sync.Mutex
	pending     map[string]*Addition
	sent        map[string]int // reports of a group that the sink got since the last write
	islandsSent int            // of islands, all groups together

	writing sync.Mutex
	failing bool
}

// New makes a tracker. Nothing is written until [Tracker.Flush] or [Tracker.Run].
func New(o Options) *Tracker {
	if o.Clock == nil {
		o.Clock = clock.System{}
	}
	return &Tracker{options: o, pending: map[string]*Addition{}, sent: map[string]int{}}
}

// Dropped counts reports that there was no room for.
func (t *Tracker) Dropped() uint64 { return t.dropped.Load() }

// Report implements Reporter.
func (t *Tracker) Report(r Report) {
	if r.At.IsZero() {
		r.At = t.options.Clock.Now()
	}
	r.Release = t.options.Release
	r = r.Scrubbed()
	if t.options.Counted != nil {
		t.options.Counted(r.Kind)
	}
	fingerprint := r.Fingerprint()
	if t.add(Addition{Fingerprint: fingerprint, Count: 1, First: r.At, Last: r.At, Sample: r}) && t.options.Sink != nil {
		t.options.Sink.Send(fingerprint, r)
	}
}

// add reports whether the sink is to get the report.
func (t *Tracker) add(a Addition) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.merge(a) {
		t.dropped.Add(uint64(a.Count))
	}
	n, known := t.sent[a.Fingerprint]
	if n >= perGroup || !known && len(t.sent) >= maxPending {
		return false
	}
	if a.Sample.Kind == Island {
		if t.islandsSent >= maxIslands {
			return false
		}
		t.islandsSent++
	}
	t.sent[a.Fingerprint] = n + 1
	return true
}

func (t *Tracker) merge(a Addition) bool {
	have := t.pending[a.Fingerprint]
	if have == nil {
		if len(t.pending) >= maxPending || a.Sample.Kind == Island && t.islands() >= maxIslands {
			return false
		}
		t.pending[a.Fingerprint] = &a
		return true
	}
	have.Count += a.Count
	if a.First.Before(have.First) {
		have.First = a.First
	}
	if !a.Last.Before(have.Last) {
		have.Last, have.Sample = a.Last, a.Sample
	}
	return true
}

// islands counts the groups of browsers that wait.
func (t *Tracker) islands() (n int) {
	for _, a := range t.pending {
		if a.Sample.Kind == Island {
			n++
		}
	}
	return n
}

// Flush writes what waits. What cannot be written waits on.
func (t *Tracker) Flush(ctx context.Context) error {
	t.writing.Lock()
	defer t.writing.Unlock()
	t.mu.Lock()
	batch := make([]Addition, 0, len(t.pending))
	for _, a := range t.pending {
		batch = append(batch, *a)
	}
	t.pending, t.sent, t.islandsSent = map[string]*Addition{}, map[string]int{}, 0
	t.mu.Unlock()
	if len(batch) == 0 {
		return nil
	}
	err := t.options.Store.Add(ctx, batch)
	if err != nil {
		t.mu.Lock()
		for _, a := range batch {
			if !t.merge(a) {
				t.dropped.Add(uint64(a.Count))
			}
		}
		t.mu.Unlock()
	}
	if t.options.Changed != nil && t.failing != (err != nil) {
		t.options.Changed(err)
	}
	t.failing = err != nil
	return err
}

// Run flushes as often as every says, until ctx ends. Who stops it flushes once more.
func (t *Tracker) Run(ctx context.Context, every time.Duration) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			bounded, cancel := context.WithTimeout(ctx, every)
			_ = t.Flush(bounded) // Changed was told
			cancel()
		}
	}
}
