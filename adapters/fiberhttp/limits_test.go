package fiberhttp_test

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/valyala/fasthttp/fasthttputil"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/fiberhttptest"
	"github.com/neoforge-dev/neoforge/ports/ratelimit"
	"github.com/neoforge-dev/neoforge/web/pages/layout"
)

// gate lets so many requests of one key through, and then none.
type gate struct {
	mu     sync.Mutex
	counts map[string]int
	limit  int
	err    error
}

func (g *gate) Allow(_ context.Context, key string, _ ratelimit.Limit) (ratelimit.Decision, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.err != nil {
		return ratelimit.Decision{}, g.err
	}
	if g.counts == nil {
		g.counts = map[string]int{}
	}
	g.counts[key]++
	if g.counts[key] > g.limit {
		return ratelimit.Decision{RetryAfter: 30 * time.Second}, nil
	}
	return ratelimit.Decision{Allowed: true}, nil
}

func (g *gate) GiveBack(_ context.Context, key string, _ ratelimit.Limit) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.counts[key]--
	return g.err
}

func TestRateLimit_HoldsForOneAddressAndNotForCachedAnswers(t *testing.T) {
	t.Parallel()
	settings, g := fiberhttptest.Settings(t), &gate{limit: 2}
	settings.Limiter = g
	s := fiberhttptest.MustNew(t, settings)
	s.Page("GET", "/page", fiberhttp.Public(), text("page"))
	s.Page("GET", "/kept", fiberhttp.Public(), text("kept"), fiberhttp.Cached(func(*fiberhttp.Request) []string { return nil }))
	c := fiberhttptest.Serve(t, s)
	for range 5 {
		if a := c.Do("GET", "/kept", ""); a.StatusCode != 200 {
			t.Fatalf("a cached page: %d", a.StatusCode)
		}
		if a := c.Do("GET", "/healthz", ""); a.StatusCode != 200 {
			t.Fatalf("the health check: %d", a.StatusCode)
		}
		if a := c.Do("GET", "/assets/a.js", ""); a.StatusCode != 200 {
			t.Fatalf("an asset: %d", a.StatusCode)
		}
	}
	if a := c.Do("GET", "/page", ""); a.StatusCode != 200 {
		t.Errorf("the second that counts: %d", a.StatusCode)
	}
	if a := c.Do("GET", "/page", ""); a.StatusCode != 429 || a.Header.Get("Retry-After") != "30" {
		t.Errorf("the third: %d %q", a.StatusCode, a.Header.Get("Retry-After"))
	}
	if a := c.Do("GET", "/nowhere", ""); a.StatusCode != 429 {
		t.Errorf("what does not exist: %d", a.StatusCode)
	}
	g.mu.Lock()
	g.err = errors.New("nobody counts")
	g.mu.Unlock()
	if a := c.Do("GET", "/page", ""); a.StatusCode != 200 {
		t.Errorf("when nobody can count: %d", a.StatusCode)
	}
}

func TestForwardedAddress_CountsOnlyFromTrustedProxies(t *testing.T) {
	t.Parallel()
	// The connections in memory come from 0.0.0.0.
	for name, row := range map[string]struct {
		trusted   []netip.Prefix
		forwarded []string // lines of X-Forwarded-For, or "name: value"
		want      string
	}{
		"no proxy is trusted":           {nil, []string{"203.0.113.7"}, "0.0.0.0"},
		"one hop":                       {prefixes("0.0.0.0/32"), []string{"203.0.113.7"}, "203.0.113.7"},
		"what the client made up":       {prefixes("0.0.0.0/32"), []string{"198.51.100.1, 203.0.113.7"}, "203.0.113.7"},
		"in a header of its own":        {prefixes("0.0.0.0/32"), []string{"198.51.100.1", "203.0.113.7"}, "203.0.113.7"},
		"two trusted hops":              {prefixes("0.0.0.0/32", "10.0.0.0/8"), []string{"198.51.100.1, 203.0.113.7, 10.1.2.3"}, "203.0.113.7"},
		"nonsense ends the chain":       {prefixes("0.0.0.0/32", "10.0.0.0/8"), []string{"203.0.113.7, x, 10.1.2.3"}, "10.1.2.3"},
		"a mapped address is unwrapped": {prefixes("0.0.0.0/32"), []string{"::ffff:203.0.113.7"}, "203.0.113.7"},
		"nothing forwarded":             {prefixes("0.0.0.0/32"), nil, "0.0.0.0"},
		"with a port":                   {prefixes("0.0.0.0/32"), []string{"203.0.113.7:4711"}, "203.0.113.7"},
		"IPv6 with a port":              {prefixes("0.0.0.0/32"), []string{"[2001:db8::1]:4711"}, "2001:db8::1"},
		"IPv6 in brackets":              {prefixes("0.0.0.0/32"), []string{"[2001:db8::1]"}, "2001:db8::1"},
		"IPv6 with a zone and a port":   {prefixes("0.0.0.0/32"), []string{"[fe80::1%eth0]:80"}, "fe80::1"},
		"mapped, with a port":           {prefixes("0.0.0.0/32"), []string{"[::ffff:203.0.113.7]:80"}, "203.0.113.7"},
		"two trusted hops with ports":   {prefixes("0.0.0.0/32", "10.0.0.0/8"), []string{"198.51.100.1:1, 203.0.113.7:2, 10.1.2.3:3"}, "203.0.113.7"},
		"an empty entry is none":        {prefixes("0.0.0.0/32"), []string{"203.0.113.7, ,"}, "203.0.113.7"},
		"a port that is none":           {prefixes("0.0.0.0/32"), []string{"203.0.113.7:x"}, "0.0.0.0"},
		"IPv4 in brackets is nonsense":  {prefixes("0.0.0.0/32"), []string{"[203.0.113.7]"}, "0.0.0.0"},
		"unknown ends the chain":        {prefixes("0.0.0.0/32", "10.0.0.0/8"), []string{"203.0.113.7, unknown, 10.1.2.3:80"}, "10.1.2.3"},
		"Forwarded":                     {prefixes("0.0.0.0/32"), []string{"Forwarded: for=203.0.113.7;proto=https"}, "203.0.113.7"},
		"Forwarded, quoted":             {prefixes("0.0.0.0/32"), []string{`Forwarded: by=_x;FOR="[2001:db8::1]:4711" ; host="a,b;c"`}, "2001:db8::1"},
		"Forwarded, several":            {prefixes("0.0.0.0/32", "10.0.0.0/8"), []string{`Forwarded: for=198.51.100.1, for="203.0.113.7:80"`, "Forwarded: for=10.1.2.3"}, "203.0.113.7"},
		"Forwarded, hidden":             {prefixes("0.0.0.0/32", "10.0.0.0/8"), []string{"Forwarded: for=203.0.113.7, for=_hidden, for=10.1.2.3"}, "10.1.2.3"},
		"Forwarded, without a word":     {prefixes("0.0.0.0/32"), []string{"Forwarded: for=203.0.113.7, proto=https"}, "0.0.0.0"},
		"Forwarded, beside the other":   {prefixes("0.0.0.0/32"), []string{"Forwarded: for=198.51.100.1", "203.0.113.7"}, "203.0.113.7"},
		"Forwarded, from nobody known":  {nil, []string{"Forwarded: for=203.0.113.7"}, "0.0.0.0"},
	} {
		settings := fiberhttptest.Settings(t)
		settings.TrustedProxies = row.trusted
		s := fiberhttptest.MustNew(t, settings)
		s.Page("GET", "/who", fiberhttp.Public(), func(_ context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
			return fiberhttp.Bytes("text/plain", []byte(r.IP)), nil
		})
		var headers []string
		for _, f := range row.forwarded {
			name, value, other := strings.Cut(f, ": ")
			if !other {
				name, value = "X-Forwarded-For", f
			}
			headers = append(headers, name, value)
		}
		if a := fiberhttptest.Serve(t, s).Do("GET", "/who", "", headers...); a.Body != row.want {
			t.Errorf("%s: %s, want %s", name, a.Body, row.want)
		}
	}
}

func prefixes(list ...string) []netip.Prefix {
	var out []netip.Prefix
	for _, p := range list {
		out = append(out, netip.MustParsePrefix(p))
	}
	return out
}

func TestAccessLog_HasEveryRequestWithItsIDAndWithoutItsQuery(t *testing.T) {
	t.Parallel()
	core, logs := observer.New(zap.DebugLevel)
	settings := fiberhttptest.Settings(t)
	settings.Logger = zap.New(core)
	s := fiberhttptest.MustNew(t, settings)
	s.Page("GET", "/page", fiberhttp.Public(), text("page"))
	s.Page("GET", "/broken", fiberhttp.Public(), func(context.Context, *fiberhttp.Request) (fiberhttp.Reply, error) { panic("swordfish") })
	c := fiberhttptest.Serve(t, s)
	c.Do("GET", "/page?code=hidden", "", "Cookie", "session=cleo", "Traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
	c.Do("GET", "/page", "", "X-Request-Id", "no good id!", "Traceparent", "00-00000000000000000000000000000000-00f067aa0ba902b7-01")
	c.Do("GET", "/assets/a.js", "")
	c.Do("GET", "/broken", "")
	entries := logs.FilterMessage("request").All()
	if len(entries) != 4 {
		t.Fatalf("%d entries", len(entries))
	}
	first := entries[0].ContextMap()
	if first["path"] != "/page" || first["user"] != "u-cleo" || first["status"] != int64(200) || first["request_id"] != "4bf92f3577b34da6a3ce929d0e0e4736" {
		t.Errorf("%v", first)
	}
	for k, v := range first {
		if text, ok := v.(string); ok && strings.Contains(text, "hidden") {
			t.Errorf("%s shows the query", k)
		}
	}
	if id := entries[1].ContextMap()["request_id"].(string); len(id) != 32 || strings.Trim(id, "0123456789abcdef") != "" {
		t.Errorf("made the id %q", id)
	}
	if entries[2].Level != zap.DebugLevel {
		t.Errorf("an asset is logged at %s", entries[2].Level)
	}
	broken := entries[3].ContextMap()
	if entries[3].Level != zap.ErrorLevel || !strings.Contains(broken["error"].(string), "swordfish") || !strings.Contains(broken["stack"].(string), "limits_test.go") {
		t.Errorf("%v", broken)
	}
}

func TestShutdown_LetsARequestFinish(t *testing.T) {
	t.Parallel()
	s := fiberhttptest.MustNew(t, fiberhttptest.Settings(t))
	entered, leave := make(chan struct{}), make(chan struct{})
	s.Page("GET", "/slow", fiberhttp.Public(), func(ctx context.Context, _ *fiberhttp.Request) (fiberhttp.Reply, error) {
		close(entered)
		select {
		case <-leave:
			return fiberhttp.Bytes("text/plain", []byte("finished")), nil
		case <-ctx.Done():
			return fiberhttp.Reply{}, ctx.Err()
		}
	})
	ln := fasthttputil.NewInmemoryListener()
	served := make(chan error, 1)
	go func() { served <- s.Serve(ln) }()
	answered := make(chan string, 1)
	go func() {
		conn, err := ln.Dial()
		if err != nil {
			answered <- err.Error()
			return
		}
		defer conn.Close()
		_, _ = conn.Write([]byte("GET /slow HTTP/1.1\r\nHost: forge.test\r\nConnection: close\r\n\r\n"))
		answered <- readAll(conn)
	}()
	<-entered
	down := make(chan error, 1)
	go func() { down <- s.Shutdown(context.Background()) }()
	if err := <-served; err != nil {
		t.Errorf("serve: %v", err)
	}
	select {
	case err := <-down:
		t.Fatalf("it did not wait: %v", err)
	default:
	}
	close(leave)
	if out := <-answered; !strings.HasSuffix(out, "finished") {
		t.Errorf("%q", out)
	}
	if err := <-down; err != nil {
		t.Errorf("shutdown: %v", err)
	}
}

// A browser opens connections ahead of need: they are no requests to wait for.
func TestShutdown_HangsUpOnSilentConnections(t *testing.T) {
	t.Parallel()
	c := fiberhttptest.Settings(t)
	c.ReadTimeout = time.Hour
	s := fiberhttptest.MustNew(t, c)
	s.Page("GET", "/here", fiberhttp.Public(), func(context.Context, *fiberhttp.Request) (fiberhttp.Reply, error) {
		return fiberhttp.Bytes("text/plain", []byte("served")), nil
	})
	ln := fasthttputil.NewInmemoryListener()
	served := make(chan error, 1)
	go func() { served <- s.Serve(ln) }()
	silent, err := ln.Dial()
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	late, err := ln.Dial()
	if err != nil {
		t.Fatal(err)
	}
	defer late.Close()

	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	down := make(chan error, 1)
	go func() { down <- s.Shutdown(ctx) }()
	if err := <-served; err != nil {
		t.Errorf("serve: %v", err)
	}
	_, _ = late.Write([]byte("GET /here HTTP/1.1\r\nHost: forge.test\r\n\r\n"))
	if out := readAll(late); !strings.HasSuffix(out, "served") {
		t.Errorf("a request that was on its way got %q", out)
	}
	if out := readAll(silent); out != "" {
		t.Errorf("a silent connection was told %q", out)
	}
	if err := <-down; err != nil {
		t.Errorf("shutdown: %v", err)
	}
}

func readAll(conn net.Conn) string {
	var out strings.Builder
	buf := make([]byte, 4096)
	for {
		n, err := conn.Read(buf)
		out.Write(buf[:n])
		if err != nil {
			return out.String()
		}
	}
}

// islands renders a tag with one inline style.
type islands struct{ renders atomic.Int64 }

func (i *islands) Render(_ context.Context, element string, _ map[string]string, _ any, children string) (string, error) {
	i.renders.Add(1)
	return "<" + element + "><template shadowrootmode=open><style>a{}</style></template>" + children + "</" + element + ">", nil
}

func (*islands) StyleHashes(context.Context) ([]string, error) {
	return []string{"'sha256-one'", "'sha256-two'"}, nil
}

func TestContentSecurityPolicy_AllowsTheStylesOfIslandsOnPagesWithThem(t *testing.T) {
	t.Parallel()
	settings := fiberhttptest.Settings(t)
	settings.Islands = &islands{}
	s := fiberhttptest.MustNew(t, settings)
	with := func(context.Context, *fiberhttp.Request) (fiberhttp.Reply, error) {
		return fiberhttp.HTML(layout.Island(layout.IslandTag{Element: "nf-x-y"})), nil
	}
	s.Page("GET", "/plain", fiberhttp.Public(), html("plain"))
	s.Page("GET", "/island", fiberhttp.Public(), with)
	s.Page("GET", "/kept", fiberhttp.Public(), with, fiberhttp.Cached(func(*fiberhttp.Request) []string { return nil }))
	c := fiberhttptest.Serve(t, s)
	for path, style := range map[string]string{
		"/plain": "style-src 'self';", "/island": "style-src 'self' 'sha256-one' 'sha256-two';", "/kept": "style-src 'self' 'sha256-one' 'sha256-two';",
	} {
		for range 2 {
			if a := c.Do("GET", path, ""); !strings.Contains(a.Header.Get("Content-Security-Policy"), style) || strings.Contains(a.Header.Get("Content-Security-Policy"), "unsafe") {
				t.Errorf("%s: %s", path, a.Header.Get("Content-Security-Policy"))
			}
		}
	}
	if a := c.Do("GET", "/nowhere", "", "Accept", "text/html"); strings.Contains(a.Header.Get("Content-Security-Policy"), "sandbox") {
		t.Error("the error page is sandboxed like data")
	}
	if a := c.Do("GET", "/healthz", ""); a.Header.Get("Content-Security-Policy") != "default-src 'none'; frame-ancestors 'none'; sandbox" {
		t.Errorf("data: %s", a.Header.Get("Content-Security-Policy"))
	}
}

func TestNew_NamesEveryFaultOfItsConfiguration(t *testing.T) {
	t.Parallel()
	_, err := fiberhttp.New(fiberhttp.Config{BaseURL: "https://forge.test/path"})
	if err == nil {
		t.Fatal("it was made")
	}
	for _, want := range []string{"BaseURL", "SiteName", "Logger", "Sessions", "Cache", "Assets"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%s is not named: %v", want, err)
		}
	}
}

// Whatever way a request is answered, and however often it changes, it counts once.
func TestLimit_CountsARequestOnce(t *testing.T) {
	t.Parallel()
	settings, g := fiberhttptest.Settings(t), &gate{limit: 1000}
	settings.Limiter = g
	s := fiberhttptest.MustNew(t, settings)
	none := func(*fiberhttp.Request) []string { return nil }
	reply := func(r fiberhttp.Reply, err error) fiberhttp.Handler {
		return func(context.Context, *fiberhttp.Request) (fiberhttp.Reply, error) { return r, err }
	}
	operation := func(id string, load fiberhttp.Handler, options ...fiberhttp.Option) {
		fiberhttp.Operation(s, fiberhttp.Public(), huma.Operation{OperationID: id, Method: "GET", Path: "/" + id},
			func(context.Context, *struct{}) (*struct{ Body string }, error) {
				return &struct{ Body string }{"own"}, nil
			}, append([]fiberhttp.Option{fiberhttp.CachedRead(none, load)}, options...)...)
	}
	operation("unkept", reply(fiberhttp.Reply{}, fiberhttp.ErrNotKept), fiberhttp.ByClass(fiberhttp.SameForAll))
	operation("once", reply(fiberhttp.Bytes("application/json", []byte("1")).Once(), nil), fiberhttp.ByClass(fiberhttp.SameForAll))
	operation("failing", reply(fiberhttp.Reply{}, errors.New("away")), fiberhttp.ByClass(fiberhttp.SameForAll))
	operation("own", reply(fiberhttp.Bytes("application/json", []byte("1")), nil))
	s.Page("GET", "/moved", fiberhttp.Public(), reply(fiberhttp.Redirect("/page"), nil), fiberhttp.Cached(none))
	s.Page("GET", "/flash", fiberhttp.Public(), reply(fiberhttp.Redirect("/page").Flash("saved"), nil), fiberhttp.Cached(none))
	s.Page("GET", "/cookie", fiberhttp.Public(), reply(fiberhttp.NoContent().SetCookie(fiberhttp.Cookie{Name: "x", Value: "1"}), nil), fiberhttp.Cached(none))
	s.Page("POST", "/small", fiberhttp.Public(), reply(fiberhttp.NoContent(), nil), fiberhttp.MaxBody(10), fiberhttp.Oversize(reply(fiberhttp.NoContent(), nil)))
	c := fiberhttptest.Serve(t, s)
	total := func() (n int) {
		g.mu.Lock()
		defer g.mu.Unlock()
		for _, count := range g.counts {
			n += count
		}
		return n
	}
	for _, path := range []string{"/api/v1/unkept", "/api/v1/once", "/api/v1/failing", "/moved", "/flash", "/cookie", "/moved?q=1", "/nowhere"} {
		for _, session := range []string{"", "cleo"} {
			before := total()
			if a := c.Get(path, session); a.StatusCode == 404 && path != "/nowhere" {
				t.Errorf("%s is not there", path)
			}
			if n := total() - before; n != 1 {
				t.Errorf("%s of %q counts %d times", path, session, n)
			}
		}
	}
	before := total()
	c.Do("POST", "/small", strings.Repeat("x", 20), "Cookie", "session=cleo", "Sec-Fetch-Site", "same-origin")
	if n := total() - before; n != 1 {
		t.Errorf("a body that is too large counts %d times", n)
	}
	before = total()
	for range 3 { // made once, for a visitor, and each time for somebody
		c.Get("/api/v1/own", "")
		c.Get("/api/v1/own", "cleo")
	}
	if n := total() - before; n != 4 {
		t.Errorf("what is kept counts %d times, want 4", n)
	}
}
