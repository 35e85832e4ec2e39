package islandssr

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dop251/goja"
)

// pool lends engines, each to one render at a time, and replaces them when the script changes.
type pool struct {
	bundle  func(ctx context.Context) ([]byte, error)
	version func() string
	changed func()
	slots   chan struct{}
	current atomic.Pointer[script]
	loading sync.Mutex
}

// script is one state of the bundle with the engines that have run it.
type script struct {
	version string
	program *goja.Program
	mu      sync.Mutex
	idle    []*engine
}

func newPool(bundle func(ctx context.Context) ([]byte, error), version func() string, engines int, changed func()) *pool {
	return &pool{bundle: bundle, version: version, changed: changed, slots: make(chan struct{}, engines)}
}

// generation answers the script in force, loading it when there is none or a newer one.
func (p *pool) generation(ctx context.Context) (*script, error) {
	version := p.version()
	if s := p.current.Load(); s != nil && s.version == version {
		return s, nil
	}
	p.loading.Lock()
	defer p.loading.Unlock()
	if s := p.current.Load(); s != nil && s.version == version {
		return s, nil
	}
	source, err := p.bundle(ctx)
	if err != nil {
		return nil, fmt.Errorf("islandssr: get the script: %w", err)
	}
	program, err := goja.Compile("ssr.js", string(source), false)
	if err != nil {
		return nil, fmt.Errorf("islandssr: compile the script: %w", err)
	}
	s := &script{version: version, program: program}
	p.current.Store(s)
	p.changed()
	return s, nil
}

// do runs use with an engine, waiting for one when all are busy. Use is interrupted when it takes longer than timeout or
// ctx is done; an engine that was interrupted or that failed is not used again.
func (p *pool) do(ctx context.Context, timeout time.Duration, use func(*engine) error) error {
	select {
	case p.slots <- struct{}{}:
		defer func() { <-p.slots }()
	case <-ctx.Done():
		return fmt.Errorf("waiting for an engine: %w", ctx.Err())
	}
	s, err := p.generation(ctx)
	if err != nil {
		return err
	}
	e, err := s.take()
	if err != nil {
		return fmt.Errorf("%w: %w", errScript, err)
	}
	timer := time.AfterFunc(timeout, func() { e.vm.Interrupt(fmt.Errorf("%w after %s", ErrTimeout, timeout)) })
	stop := context.AfterFunc(ctx, func() { e.vm.Interrupt(ctx.Err()) })
	err = guarded(e, use)
	intime, uncancelled := timer.Stop(), stop()
	if err == nil && intime && uncancelled {
		s.give(e)
	}
	return err
}

// errScript is wrapped by the error for a script that does not run.
var errScript = errors.New("the script does not run")

// ErrTimeout is wrapped by what the log is told of a render that took too long.
var ErrTimeout = errors.New("the render was stopped")

// guarded turns a panic of the engine into an error: it must cost an island, not the page.
func guarded(e *engine, use func(*engine) error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the engine failed: %v", r)
		}
	}()
	err = use(e)
	var interrupted *goja.InterruptedError
	if errors.As(err, &interrupted) {
		if cause, ok := interrupted.Value().(error); ok {
			return cause
		}
	}
	return err
}

func (s *script) take() (*engine, error) {
	s.mu.Lock()
	if n := len(s.idle); n > 0 {
		e := s.idle[n-1]
		s.idle = s.idle[:n-1]
		s.mu.Unlock()
		return e, nil
	}
	s.mu.Unlock()
	return newEngine(s.program)
}

func (s *script) give(e *engine) {
	s.mu.Lock()
	s.idle = append(s.idle, e)
	s.mu.Unlock()
}
