//go:build !release

package wire

import (
	"context"
	"io"
	"net/netip"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/valyala/fasthttp"

	"github.com/neoforge-dev/neoforge/adapters/entstore/identitystore"
	"github.com/neoforge-dev/neoforge/app/config"
	"github.com/neoforge-dev/neoforge/modules/identity"
)

// hits answers requests as the program in production does, with its log, metrics, limits
// and cache as they are put together here: what one part of it costs, its own tests say.
func hits(tb testing.TB) (handler fasthttp.RequestHandler, memberCookie string) {
	tb.Helper()
	database := "DATABASE_URL=sqlite://" + filepath.Join(tb.TempDir(), "neoforge.db")
	open := func(environ ...string) *Application {
		cfg, err := config.Load(append(environ, database, "ADMIN_ADDR=off"), Sections(Identity, Billing, Content)...)
		if err != nil {
			tb.Fatal(err)
		}
		log, err := Logger(cfg, io.Discard)
		if err != nil {
			tb.Fatal(err)
		}
		a, err := Open(tb.Context(), cfg, log, Product{Name: "NeoForge", Modules: []Module{Identity, Billing, Content}})
		if err != nil {
			tb.Fatal(err)
		}
		tb.Cleanup(func() {
			if err := a.Close(); err != nil {
				tb.Error(err)
			}
		})
		return a
	}
	sampler := open("SECRET_KEY=" + config.SampleKey)
	if err := sampler.Migrate(tb.Context()); err != nil {
		tb.Fatal(err)
	}
	if err := sampler.Seed(tb.Context(), io.Discard); err != nil {
		tb.Fatal(err)
	}
	program := open("APP_ENV=production", "SECRET_KEY=AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", "BASE_URL=https://forge.example",
		"TRUSTED_PROXIES=0.0.0.0/32", "MAIL_URL=smtp://127.0.0.1:1", "MAIL_FROM=Forge <hello@forge.example>")
	if err := program.BringUp(tb.Context(), io.Discard); err != nil {
		tb.Fatal(err)
	}
	server, err := program.server(false)
	if err != nil {
		tb.Fatal(err)
	}
	if handler, err = server.Handler(); err != nil {
		tb.Fatal(err)
	}
	var ctx fasthttp.RequestCtx
	ctx.Init(&fasthttp.Request{}, nil, nil)
	for name, c := range cachedReads {
		for range 2 { // the second has it encoded
			if c.ask(&ctx, handler); ctx.Response.StatusCode() != fasthttp.StatusOK {
				tb.Fatalf("%s: %d %s", name, ctx.Response.StatusCode(), ctx.Response.Body())
			}
		}
	}
	return handler, "__Host-session=" + program.signIn(tb, "cleo@neoforge.test").Reveal()
}

// signIn opens a session for a sample person.
func (a *Application) signIn(tb testing.TB, email identity.Email) identity.Secret {
	tb.Helper()
	store, err := identitystore.New(a.infra.db, a.infra.events)
	if err != nil {
		tb.Fatal(err)
	}
	secret := identity.NewSecret()
	if err := store.Do(tb.Context(), func(ctx context.Context, st identity.Stores) error {
		who, err := st.Users.ByEmail(ctx, email)
		if err != nil {
			return err
		}
		return st.Sessions.Insert(ctx, identity.OpenSession(a.infra.ids.New(), who.ID, identity.BrowserSession, secret, identity.Device{}, a.infra.clock.Now()))
	}); err != nil {
		tb.Fatal(err)
	}
	return secret
}

// cachedRead is a request as a proxy passes it on; without its client's address, as a
// browser sends it.
type cachedRead struct{ path, client, accepts, cookie string }

func (r cachedRead) ask(ctx *fasthttp.RequestCtx, handler fasthttp.RequestHandler) {
	ctx.Request.Reset()
	ctx.Response.Reset()
	ctx.Request.SetRequestURI(r.path)
	ctx.Request.Header.SetHost("forge.example")
	ctx.Request.Header.SetUserAgent("test")
	if r.client != "" {
		ctx.Request.Header.Set("X-Forwarded-For", r.client)
	}
	if r.accepts != "" {
		ctx.Request.Header.Set("Accept-Encoding", r.accepts)
	}
	if r.cookie != "" {
		ctx.Request.Header.Set("Cookie", r.cookie)
	}
	handler(ctx)
}

var cachedReads = map[string]cachedRead{
	"a post":             {path: "/api/v1/posts/a-budget-for-slowness"},
	"a list":             {path: "/api/v1/posts?limit=20"},
	"what is sold":       {path: "/api/v1/billing/plans"},
	"a page":             {path: "/posts/a-budget-for-slowness"},
	"an encoded page":    {path: "/posts/a-budget-for-slowness", accepts: "gzip, deflate, br, zstd"},
	"a post, by a proxy": {path: "/api/v1/posts/a-budget-for-slowness", client: "203.0.113.7"},
	"a post, by proxies": {path: "/api/v1/posts/a-budget-for-slowness", client: "198.51.100.4, 203.0.113.7"},
	"a post, over IPv6":  {path: "/api/v1/posts/a-budget-for-slowness", client: "2001:db8::7"},
}

// Each allocation of a hit is paid for by every reader, and by the collector after it.
func TestCachedRead_AllocatesLittleThroughTheWholeProgram(t *testing.T) {
	const allocations, bytes = 3, 128
	handler, _ := hits(t)
	var ctx fasthttp.RequestCtx
	ctx.Init(&fasthttp.Request{}, nil, nil)
	for name, c := range cachedReads {
		hit := func() { c.ask(&ctx, handler) }
		if n := testing.AllocsPerRun(1000, hit); n > allocations {
			t.Errorf("%s: %.0f allocations a hit, at most %d are allowed", name, n, allocations)
		}
		const times = 2000
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range times {
			hit()
		}
		runtime.ReadMemStats(&after)
		if n := (after.TotalAlloc - before.TotalAlloc) / times; n > bytes {
			t.Errorf("%s: %d bytes a hit, at most %d are allowed", name, n, bytes)
		}
	}
}

// BenchmarkCachedRead is a hit through the whole program in production's settings.
func BenchmarkCachedRead(b *testing.B) {
	handler, _ := hits(b)
	for name, c := range cachedReads {
		b.Run(name, func(b *testing.B) { c.benchmark(b, handler, c.client) })
	}
}

// BenchmarkSignedInRead is the same for somebody whose session is looked up each time, and
// whose requests are counted.
func BenchmarkSignedInRead(b *testing.B) {
	handler, member := hits(b)
	clients := make([]string, 1<<16)
	for i := range clients {
		clients[i] = netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}).String()
	}
	for _, name := range []string{"a post", "a list", "a page"} {
		c := cachedReads[name]
		c.cookie = member
		b.Run(name, func(b *testing.B) { c.benchmark(b, handler, clients...) })
	}
}

func (r cachedRead) benchmark(b *testing.B, handler fasthttp.RequestHandler, clients ...string) {
	b.Helper()
	var ctx fasthttp.RequestCtx
	ctx.Init(&fasthttp.Request{}, nil, nil)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		r.client = clients[i%len(clients)]
		r.ask(&ctx, handler)
	}
	if ctx.Response.StatusCode() != fasthttp.StatusOK {
		b.Fatal(ctx.Response.StatusCode())
	}
}
