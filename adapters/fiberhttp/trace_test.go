package fiberhttp_test

import (
	"context"
	"errors"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/valyala/fasthttp"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/fiberhttptest"
)

const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

// tracer traces every request while traces is true, and remembers what it was told.
type tracer struct {
	traces bool
	mu     sync.Mutex
	given  []string
	ended  []ending
}

type ending struct {
	route  string
	status int
	failed bool
}

type insideKey struct{}

func (tr *tracer) Request(method string, traceparent []byte, _ time.Time) fiberhttp.RequestSpan {
	if !tr.traces {
		return nil
	}
	tr.mu.Lock()
	defer tr.mu.Unlock()
	tr.given = append(tr.given, method+" "+string(traceparent))
	return &span{tr}
}

type span struct{ tr *tracer }

func (*span) TraceID() string { return "0123456789abcdef0123456789abcdef" }
func (*span) Within(ctx context.Context) context.Context {
	return context.WithValue(ctx, insideKey{}, true)
}
func (s *span) End(route string, status int, failure error) {
	s.tr.mu.Lock()
	defer s.tr.mu.Unlock()
	s.tr.ended = append(s.tr.ended, ending{route, status, failure != nil})
}

func TestTracer_IsToldOfEachRequestOnce(t *testing.T) {
	t.Parallel()
	core, logs := observer.New(zap.InfoLevel)
	tr := &tracer{traces: true}
	settings := fiberhttptest.Settings(t)
	settings.Tracer, settings.Logger = tr, zap.New(core)
	s := fiberhttptest.MustNew(t, settings)
	inside := func(ctx context.Context, _ *fiberhttp.Request) (fiberhttp.Reply, error) {
		if ctx.Value(insideKey{}) == nil {
			t.Error("what a handler does is not in the trace")
		}
		return fiberhttp.Bytes("text/html; charset=utf-8", []byte("<p>ok</p>")), nil
	}
	s.Page("GET", "/posts/{slug}", fiberhttp.Public(), inside)
	s.Page("GET", "/kept/{slug}", fiberhttp.Public(), inside, fiberhttp.Cached(tag))
	s.Page("GET", "/fails", fiberhttp.Public(), func(context.Context, *fiberhttp.Request) (fiberhttp.Reply, error) {
		return fiberhttp.Reply{}, errors.New("broken")
	})
	s.Page("GET", "/panics", fiberhttp.Public(), func(context.Context, *fiberhttp.Request) (fiberhttp.Reply, error) { panic("broken") })
	cl := fiberhttptest.Serve(t, s)
	want := []ending{
		{"/posts/{slug}", 200, false}, {"/kept/{slug}", 200, false}, {"/kept/{slug}", 200, false}, {"/fails", 500, true}, {"/panics", 500, true}, {"(unmatched)", 404, true},
	}
	for _, path := range []string{"/posts/a", "/kept/a", "/kept/a", "/fails", "/panics", "/nowhere"} {
		a := cl.Do("GET", path, "", "X-Request-Id", "a-request-id", "Accept", "text/html")
		if shown := strings.Contains(a.Body, "0123456789abcdef0123456789abcdef"); shown != (a.StatusCode >= 400) {
			t.Errorf("%s: %d, the trace is shown: %t", path, a.StatusCode, shown)
		}
	}
	if p := cl.Do("GET", "/api/v1/nowhere", "").Body; strings.Contains(p, "trace_id") || !strings.Contains(p, `"request_id":"0123456789abcdef0123456789abcdef"`) {
		t.Errorf("a request without an id of its own does not have the trace's: %s", p)
	}
	if p := cl.Do("GET", "/api/v1/nowhere", "", "X-Request-Id", "a-request-id").Body; !strings.Contains(p, `"request_id":"a-request-id","trace_id":"0123456789abcdef0123456789abcdef"`) {
		t.Errorf("the problem does not name its trace: %s", p)
	}
	tr.mu.Lock()
	defer tr.mu.Unlock()
	for i, e := range want {
		if i >= len(tr.ended) || tr.ended[i] != e {
			t.Fatalf("ended %+v, want %+v", tr.ended, want)
		}
	}
	if n := len(want) + 2; len(tr.ended) != n || len(tr.given) != n {
		t.Errorf("%d begun, %d ended, want %d", len(tr.given), len(tr.ended), n)
	}
	for _, l := range logs.FilterMessage("request").All() {
		if l.ContextMap()["trace_id"] != "0123456789abcdef0123456789abcdef" {
			t.Errorf("logged without its trace: %v", l.ContextMap())
		}
	}
}

// A stranger must not choose what is traced, nor put requests into a trace of others.
func TestTracer_GetsTheTraceparentOfATrustedProxyAlone(t *testing.T) {
	t.Parallel()
	for network, want := range map[string]string{"0.0.0.0/0": "GET " + traceparent, "203.0.113.0/24": "GET "} {
		tr := &tracer{traces: true}
		settings := fiberhttptest.Settings(t)
		settings.Tracer, settings.TrustedProxies = tr, []netip.Prefix{netip.MustParsePrefix(network)}
		s := fiberhttptest.MustNew(t, settings)
		s.Page("GET", "/page", fiberhttp.Public(), func(context.Context, *fiberhttp.Request) (fiberhttp.Reply, error) {
			return fiberhttp.Bytes("text/html; charset=utf-8", []byte("<p>ok</p>")), nil
		})
		cl := fiberhttptest.Serve(t, s)
		cl.Do("GET", "/page", "", "Traceparent", traceparent)
		cl.Do("GET", "/page", "", "Traceparent", strings.Replace(traceparent, "4bf92f", "zzzzzz", 1))
		tr.mu.Lock()
		if len(tr.given) != 2 || tr.given[0] != want || tr.given[1] != "GET " {
			t.Errorf("%s: told of %q, want %q", network, tr.given, want)
		}
		tr.mu.Unlock()
	}
}

func TestTracer_CostsNoAllocationWhereItTracesNothing(t *testing.T) {
	measure := func(with fiberhttp.Tracer) map[string]float64 {
		settings := fiberhttptest.Settings(t)
		settings.Tracer, settings.TrustedProxies = with, []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0")}
		s := fiberhttptest.MustNew(t, settings)
		page := func(context.Context, *fiberhttp.Request) (fiberhttp.Reply, error) {
			return fiberhttp.Bytes("text/html; charset=utf-8", []byte("<p>ok</p>")), nil
		}
		s.Page("GET", "/page", fiberhttp.Public(), page)
		s.Page("GET", "/kept", fiberhttp.Public(), page, fiberhttp.Cached(tag))
		handler, err := s.Handler()
		if err != nil {
			t.Fatal(err)
		}
		out := map[string]float64{}
		for _, path := range []string{"/page", "/kept"} {
			var ctx fasthttp.RequestCtx
			ctx.Init(&fasthttp.Request{}, nil, nil)
			out[path] = testing.AllocsPerRun(500, func() {
				ctx.Request.Reset()
				ctx.Response.Reset()
				ctx.Request.SetRequestURI(path)
				ctx.Request.Header.SetHost("forge.test")
				ctx.Request.Header.Set("Traceparent", traceparent)
				handler(&ctx)
			})
			if ctx.Response.StatusCode() != 200 {
				t.Fatalf("%s: %d", path, ctx.Response.StatusCode())
			}
		}
		return out
	}
	without, with := measure(nil), measure(&tracer{})
	for path, n := range without {
		if with[path] > n {
			t.Errorf("%s: %v allocations, without tracing %v", path, with[path], n)
		}
	}
}
