package jobqueue

import (
	"sync"
	"time"

	"github.com/riverqueue/river/rivertype"
)

// begun knows which jobs this process runs. What the database takes for running here
// and is not among them was lost on its way: the database committed that this process
// has it, and went away before it said so.
type begun struct {
	mu      sync.Mutex
	working map[attempt]struct{}
	ended   map[attempt]time.Time // when; perhaps not completed in the database yet
}

// attempt is one attempt at one job.
type attempt struct {
	job    int64
	number int
}

// begin notes an attempt, until the function that it returns is called.
func (b *begun) begin(a attempt) (end func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.working == nil {
		b.working, b.ended = map[attempt]struct{}{}, map[attempt]time.Time{}
	}
	b.working[a] = struct{}{}
	delete(b.ended, a) // a job that was postponed has the number of its attempt again
	return func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.working, a)
		b.ended[a] = time.Now()
	}
}

// lost are those of the jobs running here, by their rows, that never began.
func (b *begun) lost(here []*rivertype.JobRow) []*rivertype.JobRow {
	b.mu.Lock()
	defer b.mu.Unlock()
	var lost []*rivertype.JobRow
	for _, job := range here {
		a := attempt{job.ID, job.Attempt}
		_, works := b.working[a]
		if !works && !endedSince(b.ended[a], job.AttemptedAt) {
			lost = append(lost, job)
		}
	}
	return lost
}

// clockSkew is how far the clocks of a process and of its database may be apart.
const clockSkew = 5 * time.Second

// endedSince reports whether an attempt that ended then, zero for none, is the one that
// the database says it handed over.
func endedSince(ended time.Time, handedOver *time.Time) bool {
	return !ended.IsZero() && (handedOver == nil || ended.After(handedOver.Add(-clockSkew)))
}

// drop drops what ended before then, but for the jobs whose rows still say that they
// run here.
func (b *begun) drop(before time.Time, here []*rivertype.JobRow) {
	b.mu.Lock()
	defer b.mu.Unlock()
	open := make(map[attempt]bool, len(here))
	for _, job := range here {
		open[attempt{job.ID, job.Attempt}] = true
	}
	for a, at := range b.ended {
		if at.Before(before) && !open[a] {
			delete(b.ended, a)
		}
	}
}
