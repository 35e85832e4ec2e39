package breaker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// Transport sends requests to one service through its breaker. An answer of 429 or 5xx
// is returned as it is and counts as a failure, and so does one that breaks off while it
// is read. base may be nil.
func Transport(b *Breaker, base http.RoundTripper) http.RoundTripper {
	if base == nil {
		base = http.DefaultTransport
	}
	return transport{b, base}
}

type transport struct {
	breaker *Breaker
	base    http.RoundTripper
}

// RoundTrip implements http.RoundTripper. It fails with an [OpenError], too.
func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	done, err := t.breaker.Allow(r.Context())
	if err != nil {
		if r.Body != nil {
			_ = r.Body.Close() // as every transport does
		}
		return nil, err
	}
	resp, err := t.base.RoundTrip(r)
	switch {
	case err != nil:
		done(outcomeOf(err), err)
		return nil, err
	case resp.StatusCode >= http.StatusInternalServerError || resp.StatusCode == http.StatusTooManyRequests:
		done(Failed, fmt.Errorf("it answered %d", resp.StatusCode))
	default:
		resp.Body = &body{ReadCloser: resp.Body, done: done}
	}
	return resp, nil
}

// outcomeOf is of a call that failed: who gave up says nothing about the service.
func outcomeOf(err error) Outcome {
	if errors.Is(err, context.Canceled) {
		return Abandoned
	}
	return Failed
}

// body tells how the reading of an answer ended.
type body struct {
	io.ReadCloser
	done func(Outcome, error)
}

func (b *body) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	switch {
	case err == nil:
	case errors.Is(err, io.EOF):
		b.done(Answered, nil)
	default:
		b.done(outcomeOf(err), err)
	}
	return n, err
}

func (b *body) Close() error {
	b.done(Answered, nil)
	return b.ReadCloser.Close()
}
