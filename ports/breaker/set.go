package breaker

import (
	"context"
	"sync"

	"github.com/neoforge-dev/neoforge/ports/clock"
)

// Set is the breakers of a process, one for each outside service.
type Set struct {
	clock   clock.Clock
	changed func(Status)
	check   func(ctx context.Context, service string) error
	watch   func(ctx context.Context, service string) (end func(err error))

	mu  sync.Mutex
	all []*Breaker
}

// NewSet makes an empty set; see [New].
func NewSet(c clock.Clock, changed func(Status)) *Set { return &Set{clock: c, changed: changed} }

// Check has f asked before each call of a service: the error that it returns is the call's,
// which is then not made and counts neither way. It is called before [Set.Breaker].
func (s *Set) Check(f func(ctx context.Context, service string) error) { s.check = f }

// Watch has begin called at each call that goes through to a service, and what it returns,
// which may be nil, when that ends; err is what it failed with. It is called before
// [Set.Breaker].
func (s *Set) Watch(begin func(ctx context.Context, service string) (end func(err error))) {
	s.watch = begin
}

// Breaker returns the breaker of a service, made at the first call with these options.
// A service's name is a label of metrics: there are few of them.
func (s *Set) Breaker(service string, o Options) *Breaker {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, b := range s.all {
		if b.service == service {
			return b
		}
	}
	b := New(service, s.clock, o, s.changed)
	b.check, b.watch = s.check, s.watch
	s.all = append(s.all, b)
	return b
}

// Statuses lists the services in the order in which they were named.
func (s *Set) Statuses() []Status {
	s.mu.Lock()
	all := s.all
	s.mu.Unlock()
	out := make([]Status, len(all))
	for i, b := range all {
		out[i] = b.Status()
	}
	return out
}
