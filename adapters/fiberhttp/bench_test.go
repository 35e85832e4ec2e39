package fiberhttp_test

import (
	"context"
	"io"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/fiberhttptest"
	"github.com/neoforge-dev/neoforge/ports/cache"
)

// counter is the metrics of a server that counts.
type counter struct{ n int }

func (c *counter) RequestStarted() { c.n++ }
func (c *counter) Observer(string, string, int) func(time.Duration) {
	return func(time.Duration) { c.n-- }
}

// BenchmarkCachedRead is what the edge adds to a read that is in the cache; beside
// it a bare handler with the same bytes. `task bench` measures the same over
// sockets.
func BenchmarkCachedRead(b *testing.B) {
	body := []byte(`{"slug":"a","body_html":"` + strings.Repeat("x", 2000) + `"}`)
	run := func(b *testing.B, h fasthttp.RequestHandler) {
		var ctx fasthttp.RequestCtx
		ctx.Init(&fasthttp.Request{}, nil, nil)
		b.ReportAllocs()
		for b.Loop() {
			ctx.Request.Reset()
			ctx.Response.Reset()
			ctx.Request.SetRequestURI("/api/v1/posts/a")
			ctx.Request.Header.SetHost("forge.test")
			ctx.Request.Header.SetUserAgent("bench")
			h(&ctx)
		}
		if ctx.Response.StatusCode() != 200 || len(ctx.Response.Body()) != len(body) {
			b.Fatalf("%d with %d bytes", ctx.Response.StatusCode(), len(ctx.Response.Body()))
		}
	}
	b.Run("bare", func(b *testing.B) {
		app := fiber.New(fiber.Config{DisableStartupMessage: true})
		app.Get("/api/v1/posts/:slug", func(c *fiber.Ctx) error {
			c.Set(fiber.HeaderContentType, "application/json")
			return c.Send(body)
		})
		run(b, app.Handler())
	})
	b.Run("edge", func(b *testing.B) { run(b, cachedRead(b, body)) })
}

// cachedRead is a server in production's settings with one cached operation.
func cachedRead(tb testing.TB, body []byte) fasthttp.RequestHandler {
	tb.Helper()
	settings := fiberhttptest.Settings(tb)
	settings.Metrics = &counter{}
	out := &zapcore.BufferedWriteSyncer{WS: zapcore.AddSync(io.Discard)}
	tb.Cleanup(func() { _ = out.Stop() })
	settings.Logger = zap.New(zapcore.NewCore(zapcore.NewJSONEncoder(zap.NewProductionEncoderConfig()), out, zap.InfoLevel))
	s := fiberhttptest.MustNew(tb, settings)
	type in struct {
		Slug string `path:"slug"`
	}
	type listed struct {
		Limit int `query:"limit"`
	}
	var reads atomic.Int64
	load := func(context.Context, *fiberhttp.Request) (fiberhttp.Reply, error) {
		return fiberhttp.Bytes("application/json", body), nil
	}
	fiberhttp.Operation(s, fiberhttp.Public(), huma.Operation{OperationID: "get", Method: "GET", Path: "/posts/{slug}"},
		func(context.Context, *in) (*struct{}, error) { return nil, nil }, fiberhttp.CachedRead(tag, load), fiberhttp.Counted(func() { reads.Add(1) }))
	fiberhttp.Operation(s, fiberhttp.Public(), huma.Operation{OperationID: "list", Method: "GET", Path: "/posts"},
		func(context.Context, *listed) (*struct{}, error) { return nil, nil }, fiberhttp.CachedRead(tag, load, "limit"))
	h, err := s.Handler()
	if err != nil {
		tb.Fatal(err)
	}
	return h
}

// What a hit may cost: each allocation is paid for by every reader, and by the
// collector after it. One is the request's id, one is the path, which the log gets. That
// the program is put together so that it holds, app/wire's test shows.
func TestCachedRead_AllocatesLittleForAHit(t *testing.T) {
	h := cachedRead(t, []byte(`{"slug":"a"}`))
	for path, most := range map[string]float64{"/api/v1/posts/a": 2, "/api/v1/posts?limit=20": 2} {
		var ctx fasthttp.RequestCtx
		ctx.Init(&fasthttp.Request{}, nil, nil)
		read := func() {
			ctx.Request.Reset()
			ctx.Response.Reset()
			ctx.Request.SetRequestURI(path)
			ctx.Request.Header.SetHost("forge.test")
			h(&ctx)
		}
		read()
		if ctx.Response.StatusCode() != 200 {
			t.Fatalf("%s: %d", path, ctx.Response.StatusCode())
		}
		if n := testing.AllocsPerRun(1000, read); n > most {
			t.Errorf("%s: %.0f allocations a hit, at most %.0f are allowed", path, n, most)
		}
	}
}

// forgetful keeps nothing: every read is a miss.
type forgetful struct{ cache.Cache }

func (forgetful) Fetch(ctx context.Context, _ string, _ cache.Options, load cache.Loader) ([]byte, error) {
	return load(ctx)
}

// BenchmarkMissedRead is what the edge adds to a page that is not in the cache, for
// a reader whose browser accepts encodings.
func BenchmarkMissedRead(b *testing.B) {
	settings := fiberhttptest.Settings(b)
	settings.Cache = forgetful{settings.Cache}
	s := fiberhttptest.MustNew(b, settings)
	n := 0
	s.Page("GET", "/posts/{slug}", fiberhttp.Public(), func(context.Context, *fiberhttp.Request) (fiberhttp.Reply, error) {
		n++
		return fiberhttp.Bytes("text/html; charset=utf-8", []byte(strconv.Itoa(n)+strings.Repeat("<p>Some text of a page.</p>", 500))), nil
	}, fiberhttp.Cached(tag))
	h, err := s.Handler()
	if err != nil {
		b.Fatal(err)
	}
	var ctx fasthttp.RequestCtx
	ctx.Init(&fasthttp.Request{}, nil, nil)
	b.ReportAllocs()
	for b.Loop() {
		ctx.Request.Reset()
		ctx.Response.Reset()
		ctx.Request.SetRequestURI("/posts/a")
		ctx.Request.Header.SetHost("forge.test")
		ctx.Request.Header.Set("Accept-Encoding", "gzip, br")
		h(&ctx)
	}
	if ctx.Response.StatusCode() != 200 {
		b.Fatal(ctx.Response.StatusCode())
	}
}
