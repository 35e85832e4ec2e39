//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package fiberhttp_test

import (
	"context"
	"errors"
	"io"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/fiberhttptest"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/ratelimit"
)

func admitAll(ctx context.Context, _ identity.Secret, _ identity.Actor) (context.Context, func(), error) {
	return ctx, func() {}, nil
}

// serveTCP serves a route with a place on a real socket.
func serveTCP(t *testing.T, h fiberhttp.Handler) string {
	t.Helper()
	settings := fiberhttptest.Settings(t)
	settings.RequestTimeout = time.Minute
	s := fiberhttptest.MustNew(t, settings)
	s.Page("GET", "/slow", fiberhttp.Public(), h, fiberhttp.Admitted(admitAll))
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ln) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := errors.Join(s.Shutdown(ctx), <-ended); err != nil {
			t.Error(err)
		}
	})
	return ln.Addr().String()
}

func TestAdmitted_EndsTheWorkOfAClientThatHangsUp(t *testing.T) {
	t.Parallel()
	entered, gave := make(chan struct{}), make(chan error, 1)
	addr := serveTCP(t, func(ctx context.Context, _ *fiberhttp.Request) (fiberhttp.Reply, error) {
		close(entered)
		<-ctx.Done()
		gave <- ctx.Err()
		return fiberhttp.Reply{}, ctx.Err()
	})
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, "GET /slow HTTP/1.1\r\nHost: forge.test\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	<-entered
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-gave; !errors.Is(err, context.Canceled) { // not the deadline
		t.Errorf("the handler's context ended with %v", err)
	}
}

type countedLimiter struct{ asked atomic.Int64 }

func (l *countedLimiter) Allow(context.Context, string, ratelimit.Limit) (ratelimit.Decision, error) {
	l.asked.Add(1)
	return ratelimit.Decision{Allowed: true}, nil
}

func (l *countedLimiter) GiveBack(context.Context, string, ratelimit.Limit) error { return nil }

func TestAdmitted_RefusesBeforeAnythingIsCounted(t *testing.T) {
	t.Parallel()
	limiter, handled, left := &countedLimiter{}, atomic.Int64{}, atomic.Int64{}
	settings := fiberhttptest.Settings(t)
	settings.Limiter = limiter
	s := fiberhttptest.MustNew(t, settings)
	s.Page("GET", "/slow", fiberhttp.Public(), func(context.Context, *fiberhttp.Request) (fiberhttp.Reply, error) {
		handled.Add(1)
		return fiberhttp.Bytes("text/plain", []byte("done")), nil
	}, fiberhttp.Admitted(func(ctx context.Context, device identity.Secret, _ identity.Actor) (context.Context, func(), error) {
		if device != "known" {
			return ctx, nil, identity.ErrBusy
		}
		return ctx, func() { left.Add(1) }, nil
	}))
	c := fiberhttptest.Serve(t, s)
	refused := c.Do("GET", "/slow", "", "Cookie", "session=cleo")
	if refused.StatusCode != 503 || refused.Header.Get("Retry-After") == "" {
		t.Errorf("a stranger: %d, Retry-After %q", refused.StatusCode, refused.Header.Get("Retry-After"))
	}
	if limiter.asked.Load() != 0 || handled.Load() != 0 || left.Load() != 0 {
		t.Errorf("a refused one was counted %d times, handled %d, left %d", limiter.asked.Load(), handled.Load(), left.Load())
	}
	if known := c.Do("GET", "/slow", "", "Cookie", "device=known"); known.StatusCode != 200 {
		t.Errorf("a known device: %d", known.StatusCode)
	}
	if limiter.asked.Load() != 1 || handled.Load() != 1 || left.Load() != 1 {
		t.Errorf("an admitted one was counted %d times, handled %d, left %d", limiter.asked.Load(), handled.Load(), left.Load())
	}
}
