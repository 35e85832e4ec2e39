package faults_test

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// load asks a site all the while, at a rate that leaves the machine time for what is
// done to it.
type load struct {
	asked atomic.Int64

	mu        sync.Mutex
	answers   map[int]int // by status
	failures  []string
	durations []time.Duration

	stop chan struct{}
	once sync.Once
	all  sync.WaitGroup
}

// errUnacceptable is what an ask fails with when its answer is not one that is allowed.
var errUnacceptable = errors.New("unacceptable answer")

// startLoad has workers call ask until end, n counting from 1. An ask answers the
// status, or an error for what must not happen.
func startLoad(t *testing.T, workers, perSecond int, ask func(n int64) (status int, err error)) *load {
	t.Helper()
	l := &load{answers: map[int]int{}, stop: make(chan struct{})}
	turns := make(chan struct{})
	l.all.Go(func() {
		tick := time.NewTicker(time.Second / time.Duration(perSecond))
		defer tick.Stop()
		for {
			select {
			case <-l.stop:
				close(turns)
				return
			case <-tick.C:
			}
			select {
			case turns <- struct{}{}:
			case <-l.stop:
			}
		}
	})
	for range workers {
		l.all.Go(func() {
			for range turns {
				n := l.asked.Add(1)
				begun := time.Now()
				status, err := ask(n)
				l.note(n, status, time.Since(begun), err)
			}
		})
	}
	t.Cleanup(l.end)
	return l
}

func (l *load) note(n int64, status int, took time.Duration, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.answers[status]++
	l.durations = append(l.durations, took)
	if err != nil {
		l.failures = append(l.failures, fmt.Sprintf("request %d after %s: %d, %v", n, took.Round(time.Millisecond), status, err))
	}
}

// end waits for what is under way.
func (l *load) end() {
	l.once.Do(func() { close(l.stop) })
	l.all.Wait()
}

// count is how many answers had the status.
func (l *load) count(status int) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.answers[status]
}

// report ends the load and fails the test by what must not have happened.
func (l *load) report(t *testing.T, what string) {
	t.Helper()
	l.end()
	slices.Sort(l.durations)
	at := func(q float64) time.Duration {
		return l.durations[int(q*float64(len(l.durations)-1))].Round(100 * time.Microsecond)
	}
	t.Logf("%s: %d requests, %d failed, answers by status %v, p50 %s, p99 %s, longest %s",
		what, len(l.durations), len(l.failures), l.answers, at(0.5), at(0.99), at(1))
	for _, f := range l.failures[:min(20, len(l.failures))] {
		t.Error(f)
	}
}

// setting is a number that a longer run is given by the environment.
func setting(t *testing.T, name string, usual int) int {
	t.Helper()
	given := os.Getenv(name)
	if given == "" {
		return usual
	}
	n, err := strconv.Atoi(given)
	if err != nil || n < 1 {
		t.Fatalf("%s is %q: use a number", name, given)
	}
	return n
}
