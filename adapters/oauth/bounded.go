package oauth

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/neoforge-dev/neoforge/ports/breaker"
)

const (
	// answerTimeout is how long a provider may take for one answer; somebody is waiting.
	answerTimeout = 10 * time.Second
	// maxAnswer bounds an answer, unpacked: tokens and key sets are a few KiB.
	maxAnswer = 1 << 20
	// maxHeaders bounds what stands before an answer.
	maxHeaders = 64 << 10
)

var (
	errAway     = errors.New("the provider does not answer")
	errTooLarge = fmt.Errorf("the provider's answer has more than %d bytes", maxAnswer)
)

// bounded returns a client for one provider, with c's transport, that gives up
// after answerTimeout (or c's own timeout, when shorter), reads no more than maxAnswer,
// lets no more than maxInFlight requests wait, and follows no redirect: endpoints
// are configured or discovered, and secrets go nowhere else.
func bounded(c *http.Client, b *breaker.Breaker) *http.Client {
	out := &http.Client{
		Timeout:       answerTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	var base http.RoundTripper = ownTransport()
	if c != nil {
		if c.Transport != nil {
			base = c.Transport
		}
		if c.Timeout > 0 && c.Timeout < answerTimeout {
			out.Timeout = c.Timeout
		}
	}
	out.Transport = limited{base: base, gate: newGate(b)}
	return out
}

// ownTransport shares no connections with the rest of the program.
func ownTransport() *http.Transport {
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		ForceAttemptHTTP2:      true,
		TLSHandshakeTimeout:    answerTimeout / 2,
		MaxConnsPerHost:        maxInFlight,
		MaxIdleConnsPerHost:    2,
		IdleConnTimeout:        time.Minute,
		MaxResponseHeaderBytes: maxHeaders,
	}
}

// limited is a transport that treats a failing server as one that is away, bounds
// what is read from any other, and how many requests are under way until their
// answers are read.
type limited struct {
	base http.RoundTripper
	gate *gate
}

func (t limited) RoundTrip(r *http.Request) (*http.Response, error) {
	answered, err := t.gate.enter(r)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errAway, err)
	}
	resp, err := t.base.RoundTrip(r)
	if err == nil && (resp.StatusCode >= 500 || resp.StatusCode == http.StatusTooManyRequests) {
		_ = resp.Body.Close()
		err = fmt.Errorf("it answered %d", resp.StatusCode)
	}
	if err != nil {
		t.gate.leave()
		answered(outcomeOf(err), err)
		return nil, fmt.Errorf("%w: %w", errAway, err)
	}
	resp.Body = &limitedBody{ReadCloser: resp.Body, left: maxAnswer, gate: t.gate, answered: answered}
	return resp, nil
}

type limitedBody struct {
	io.ReadCloser
	left     int64
	gate     *gate
	answered func(breaker.Outcome, error)
	closed   bool
}

// outcomeOf is of a request that failed: who gave up says nothing about the provider.
func outcomeOf(err error) breaker.Outcome {
	if errors.Is(err, context.Canceled) {
		return breaker.Abandoned
	}
	return breaker.Failed
}

// Close gives the slot back.
func (b *limitedBody) Close() error {
	if !b.closed {
		b.closed = true
		b.gate.leave()
		b.answered(breaker.Answered, nil)
	}
	return b.ReadCloser.Close()
}

func (b *limitedBody) Read(p []byte) (int, error) {
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.ReadCloser.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, errTooLarge
	}
	if err != nil && !errors.Is(err, io.EOF) {
		b.answered(outcomeOf(err), err)
		err = fmt.Errorf("%w: %w", errAway, err)
	}
	return n, err
}

// line is the client for one sign-in. goth takes no context, so the line carries
// it; and since some libraries flatten errors into text, the line remembers
// whether the provider was away.
type line struct {
	ctx    context.Context
	base   http.RoundTripper
	broken atomic.Bool
	// secrets must not stand in what is told of a failure.
	secrets []string
}

// newLine opens a line over c for as long as ctx lasts, at most c's timeout.
func newLine(ctx context.Context, c *http.Client, secrets ...string) (*line, *http.Client, context.CancelFunc) {
	ctx, cancel := context.WithTimeout(ctx, c.Timeout)
	l := &line{ctx: ctx, base: c.Transport, secrets: secrets}
	return l, &http.Client{Transport: l, CheckRedirect: c.CheckRedirect}, cancel
}

// conceal adds a secret that was learned on the way.
func (l *line) conceal(secret string) { l.secrets = append(l.secrets, secret) }

func (l *line) away() bool { return l.broken.Load() }

// RoundTrip implements [http.RoundTripper].
func (l *line) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := l.base.RoundTrip(r.WithContext(l.ctx))
	if err != nil {
		l.broken.Store(true)
		return nil, err
	}
	resp.Body = &watchedBody{ReadCloser: resp.Body, line: l}
	return resp, nil
}

type watchedBody struct {
	io.ReadCloser
	line *line
}

func (b *watchedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if errors.Is(err, errAway) {
		b.line.broken.Store(true)
	}
	return n, err
}
