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
	"sync/atomic"
	"time"

	"github.com/getsentry/sentry-go"

	"github.com/neoforge-dev/neoforge/ports/errortracking"
)

const (
	queued  = 100             // events that wait to be sent; more are dropped
	timeout = 5 * time.Second // of one request
)

// Options of a Client.
type Options struct {
	DSN         string
	Environment string
	Release     string
}

// Client sends reports. A service that is slow or away costs the program nothing but a queue.
type Client struct {
	client  *sentry.Client
	refused atomic.Uint64
}

var _ errortracking.Sink = (*Client)(nil)

// New makes a client; nothing is asked of the service yet. It fails when the DSN is none,
// without repeating it.
func New(o Options) (*Client, error) {
	if _, err := sentry.NewDsn(o.DSN); o.DSN == "" || err != nil {
		return nil, errors.New("sentry: SENTRY_DSN is not a DSN: use the one that the project's settings show, such as https://key@sentry.example.com/42")
	}
	c := &Client{}
	transport := sentry.NewHTTPTransport()
	transport.BufferSize, transport.Timeout = queued, timeout
	client, err := sentry.NewClient(sentry.ClientOptions{
		Dsn: o.DSN, Environment: o.Environment, Release: o.Release, Transport: transport,
		HTTPTransport:          &counting{to: http.DefaultTransport.(*http.Transport).Clone(), refused: &c.refused},
		Integrations:           func([]sentry.Integration) []sentry.Integration { return nil },
		DisableTelemetryBuffer: true,
		MaxBreadcrumbs:         -1,
		BeforeSend:             onlyOurs,
	})
	if err != nil {
		return nil, fmt.Errorf("sentry: %w", err)
	}
	c.client = client
	return c, nil
}

// onlyOurs takes off what the SDK adds of its own.
func onlyOurs(e *sentry.Event, _ *sentry.EventHint) *sentry.Event {
	e.ServerName, e.User, e.Request, e.Modules, e.Breadcrumbs, e.Contexts = "", sentry.User{}, nil, nil, nil, nil
	return e
}

// counting counts what the service did not take.
type counting struct {
	to      http.RoundTripper
	refused *atomic.Uint64
}

// RoundTrip implements http.RoundTripper.
func (c *counting) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := c.to.RoundTrip(r)
	if err != nil || answer.StatusCode >= http.StatusMultipleChoices {
		c.refused.Add(1)
	}
	return answer, err
}

// Refused counts what was sent and not taken.
func (c *Client) Refused() uint64 { return c.refused.Load() }

// Send implements errortracking.Sink. What there is no room for is dropped.
func (c *Client) Send(fingerprint string, r errortracking.Report) {
	c.client.CaptureEvent(event(fingerprint, r), nil, nil)
}

// Flush sends what waits until ctx ends, and reports whether it is all gone.
func (c *Client) Flush(ctx context.Context) bool { return c.client.FlushWithContext(ctx) }

// Close sends what waits until ctx ends.
func (c *Client) Close(ctx context.Context) error {
	defer c.client.Close()
	if !c.Flush(ctx) {
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
