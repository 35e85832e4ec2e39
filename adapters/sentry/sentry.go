// Package sentry sends what went wrong to Sentry, or to a service that speaks its protocol,
// by its envelope endpoint. Reports arrive here scrubbed; nothing else is sent: no person, no
// cookie, no header, no query, no body, no list of modules and no name of the machine.
package sentry

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/getsentry/sentry-go"

	"github.com/neoforge-dev/neoforge/ports/clock"
	"github.com/neoforge-dev/neoforge/ports/errortracking"
)

const (
	maxQueued = 100             // reports that wait to be sent; more are dropped
	timeout   = 5 * time.Second // of one request
	// toldEvery bounds how often the log is told of what is dropped.
	toldEvery = time.Minute
)

// Options of a Client.
type Options struct {
	DSN         string
	Environment string
	Release     string
	Clock       clock.Clock // nil: the system's
	// Dropped is told that reports are lost, and how many since it was told before: once a
	// minute at most. It may be nil.
	Dropped func(lost uint64)
}

// Client sends reports one after another, from a queue. A service that is slow or away costs
// the program nothing but that. The queue is ours and not the SDK's, which tells nobody what
// it drops.
type Client struct {
	client  *sentry.Client
	clock   clock.Clock
	dropped func(lost uint64)
	queue   chan queued
	ending  context.Context //nolint:containedctx // that of what is sent
	end     context.CancelFunc
	sending sync.WaitGroup

	unqueued, untried, refused atomic.Uint64

	mu   sync.Mutex
	told time.Time // when Dropped was told last
	lost uint64    // since then
}

// queued is a report that waits, or the end of a flush.
type queued struct {
	fingerprint string
	report      errortracking.Report
	flushed     chan<- struct{} // closed when it is its turn; nil: a report
}

var _ errortracking.Sink = (*Client)(nil)

// New makes a client; nothing is asked of the service yet. It fails when the DSN is none,
// without repeating it.
func New(o Options) (*Client, error) {
	if _, err := sentry.NewDsn(o.DSN); o.DSN == "" || err != nil {
		return nil, errors.New("sentry: SENTRY_DSN is not a DSN: use the one that the project's settings show, such as https://key@sentry.example.com/42")
	}
	c := &Client{clock: o.Clock, dropped: o.Dropped, queue: make(chan queued, maxQueued)}
	if c.clock == nil {
		c.clock = clock.System{}
	}
	if c.dropped == nil {
		c.dropped = func(uint64) {}
	}
	transport := sentry.NewHTTPSyncTransport()
	transport.Timeout = timeout
	requests := &counting{to: http.DefaultTransport.(*http.Transport).Clone()}
	client, err := sentry.NewClient(sentry.ClientOptions{
		Dsn: o.DSN, Environment: o.Environment, Release: o.Release, Transport: transport,
		HTTPTransport:          requests,
		Integrations:           func([]sentry.Integration) []sentry.Integration { return nil },
		DisableTelemetryBuffer: true,
		MaxBreadcrumbs:         -1,
		BeforeSend:             onlyOurs,
	})
	if err != nil {
		return nil, fmt.Errorf("sentry: %w", err)
	}
	c.client = client
	c.ending, c.end = context.WithCancel(context.Background())
	c.sending.Go(func() { c.run(requests) })
	return c, nil
}

// run sends what is queued until the client is closed.
func (c *Client) run(requests *counting) {
	for {
		select {
		case <-c.ending.Done():
			return
		case next := <-c.queue:
			if next.flushed != nil {
				close(next.flushed)
				continue
			}
			c.send(requests, next)
		}
	}
}

func (c *Client) send(requests *counting, next queued) {
	var over context.CancelFunc
	requests.made, requests.taken = false, false
	requests.ctx, over = context.WithCancel(c.ending)
	defer over()
	c.client.CaptureEvent(event(next.fingerprint, next.report), nil, nil)
	switch {
	case requests.taken:
	case requests.made:
		c.lose(&c.refused)
	default: // the service said to be left alone for a while
		c.lose(&c.untried)
	}
}

// lose counts a report that the service does not get.
func (c *Client) lose(by *atomic.Uint64) {
	by.Add(1)
	now := c.clock.Now()
	c.mu.Lock()
	c.lost++
	lost := c.lost
	tell := c.told.IsZero() || now.Sub(c.told) >= toldEvery
	if tell {
		c.told, c.lost = now, 0
	}
	c.mu.Unlock()
	if tell {
		c.dropped(lost)
	}
}

// onlyOurs takes off what the SDK adds of its own.
func onlyOurs(e *sentry.Event, _ *sentry.EventHint) *sentry.Event {
	e.ServerName, e.User, e.Request, e.Modules, e.Breadcrumbs, e.Contexts = "", sentry.User{}, nil, nil, nil, nil
	return e
}

// counting sees what became of a request, which ends with ctx: the SDK gives it none. One is
// made at a time.
type counting struct {
	to          http.RoundTripper
	ctx         context.Context //nolint:containedctx // that of the request under way
	made, taken bool
}

// RoundTrip implements http.RoundTripper.
func (c *counting) RoundTrip(r *http.Request) (*http.Response, error) {
	c.made = true
	ctx, end := context.WithCancel(r.Context())
	context.AfterFunc(c.ctx, end)
	answer, err := c.to.RoundTrip(r.WithContext(ctx))
	c.taken = err == nil && answer.StatusCode < http.StatusMultipleChoices
	return answer, err
}

// Counts tells what the service did not get: dropped because the queue was full or closed,
// not sent because the service said to be left alone, and sent without being taken.
func (c *Client) Counts() (unqueued, untried, refused uint64) {
	return c.unqueued.Load(), c.untried.Load(), c.refused.Load()
}

// Send implements errortracking.Sink. What there is no room for is counted and dropped.
func (c *Client) Send(fingerprint string, r errortracking.Report) {
	if c.ending.Err() != nil {
		c.lose(&c.unqueued)
		return
	}
	select {
	case c.queue <- queued{fingerprint: fingerprint, report: r}:
	default:
		c.lose(&c.unqueued)
	}
}

// Flush sends what waits until ctx ends, and reports whether it is all gone.
func (c *Client) Flush(ctx context.Context) bool {
	flushed := make(chan struct{})
	select {
	case c.queue <- queued{flushed: flushed}:
	case <-ctx.Done():
		return false
	}
	select {
	case <-flushed:
		return true
	case <-ctx.Done():
		return false
	}
}

// Close sends what waits until ctx ends.
func (c *Client) Close(ctx context.Context) error {
	gone := c.Flush(ctx)
	c.end()
	c.sending.Wait()
	c.client.Close()
	if !gone {
		return errors.New("sentry: not all errors could be sent before the end; those at /admin/errors are complete")
	}
	return nil
}

func event(fingerprint string, r errortracking.Report) *sentry.Event {
	e := sentry.NewEvent()
	e.Level, e.Timestamp, e.Release, e.Transaction = sentry.LevelError, r.At, r.Release, r.Where()
	e.Fingerprint = []string{fingerprint} // it is grouped as at /admin/errors
	e.Tags = map[string]string{"kind": string(r.Kind)}
	for tag, value := range map[string]string{
		"request_id": r.RequestID, "trace_id": r.TraceID, "route": r.Route, "method": r.Method, "job": r.JobKind,
	} {
		if value != "" {
			e.Tags[tag] = value
		}
	}
	kind := string(r.Kind)
	if len(r.Types) > 0 {
		kind = r.Types[len(r.Types)-1]
	}
	exception := sentry.Exception{Type: kind, Value: r.Message}
	if len(r.Frames) > 0 {
		exception.Stacktrace = &sentry.Stacktrace{Frames: frames(r.Frames)}
	}
	e.Exception = []sentry.Exception{exception}
	return e
}

// frames are in Sentry's order, the innermost last.
func frames(given []errortracking.Frame) []sentry.Frame {
	var out []sentry.Frame
	for _, f := range slices.Backward(given) {
		module, function := "", f.Function
		if dot := strings.LastIndex(function, "/") + 1; strings.Contains(function[dot:], ".") {
			cut := dot + strings.Index(function[dot:], ".")
			module, function = function[:cut], function[cut+1:]
		}
		out = append(out, sentry.Frame{Module: module, Function: function, Filename: f.File, Lineno: f.Line, InApp: f.InApp})
	}
	return out
}
