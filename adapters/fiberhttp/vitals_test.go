package fiberhttp_test

import (
	"context"
	"fmt"
	"maps"
	"net/netip"
	"strings"
	"sync"
	"testing"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/fiberhttptest"
	"github.com/neoforge-dev/neoforge/adapters/memory/ratemem"
	"github.com/neoforge-dev/neoforge/ports/clock"
)

// measured serves a site whose pages measure, and remembers what it was told.
func measured(t *testing.T, change func(*fiberhttp.Config)) (fiberhttptest.Client, func() map[string]float64) {
	t.Helper()
	var mu sync.Mutex
	told := map[string]float64{}
	settings := fiberhttptest.Settings(t)
	settings.Vital = func(route, vital string, value float64) {
		mu.Lock()
		defer mu.Unlock()
		told[route+" "+vital] = value
	}
	if change != nil {
		change(&settings)
	}
	s := fiberhttptest.MustNew(t, settings)
	page := func(context.Context, *fiberhttp.Request) (fiberhttp.Reply, error) {
		return fiberhttp.Bytes("text/html; charset=utf-8", []byte("<p>ok</p>")), nil
	}
	s.Page("GET", "/", fiberhttp.Public(), page)
	s.Page("GET", "/posts/{slug}", fiberhttp.Public(), page)
	s.Page("GET", "/posts/new", fiberhttp.Public(), page)
	s.Page("GET", "/files/{name...}", fiberhttp.Public(), page)
	s.Page("POST", "/form", fiberhttp.Public(), page)
	return fiberhttptest.Serve(t, s), func() map[string]float64 {
		mu.Lock()
		defer mu.Unlock()
		return maps.Clone(told)
	}
}

var fromPage = []string{"Content-Type", "application/json", "Sec-Fetch-Site", "same-origin"}

func TestVitals_AreCountedByTheRouteOfTheirPage(t *testing.T) {
	t.Parallel()
	cl, told := measured(t, nil)
	for path, route := range map[string]string{"/": "/", "/posts/a-post": "/posts/{slug}", "/posts/new": "/posts/new", "/files/a/b": "/files/{name...}"} {
		if a := cl.Do("POST", "/vitals", fmt.Sprintf(`{"path":%q,"lcp":1250.5,"inp":80,"cls":0.02,"ttfb":120}`, path), fromPage...); a.StatusCode != 204 || len(a.Cookies()) > 0 {
			t.Errorf("%s: %d %s", path, a.StatusCode, a.Body)
		}
		for vital, want := range map[string]float64{"lcp": 1.2505, "inp": 0.08, "cls": 0.02, "ttfb": 0.12} {
			if got := told()[route+" "+vital]; got != want {
				t.Errorf("%s: %s is %v, want %v", path, vital, got, want)
			}
		}
	}
	if a := cl.Do("POST", "/vitals", `{"path":"/","ttfb":0}`, fromPage...); a.StatusCode != 204 {
		t.Errorf("one alone: %d %s", a.StatusCode, a.Body)
	}
}

func TestVitals_RefuseWhatNoPageMeasures(t *testing.T) {
	t.Parallel()
	cl, told := measured(t, nil)
	for body, status := range map[string]int{
		``: 422, `{}`: 422, `[]`: 422, `{"path":"/"}`: 422, `{"path":"/","lcp":-1}`: 422, `{"path":"/","lcp":60001}`: 422, `{"path":"/","inp":1e300}`: 422,
		`{"path":"/","cls":10.5}`: 422, `{"path":"/","cls":"0"}`: 422, `{"path":"/","ttfb":1,"user":"ben"}`: 422, `{"path":"/","ttfb":1}{}`: 422, `{"path":"/","ttfb":NaN}`: 422,
		`{"path":"/nowhere","ttfb":1}`: 422, `{"path":"","ttfb":1}`: 422, `{"path":"/posts/","ttfb":1}`: 422, `{"path":"/posts/a/b","ttfb":1}`: 422, `{"path":"/posts/{slug}/","ttfb":1}`: 422,
		`{"path":"/form","ttfb":1}`: 422, `{"path":"/healthz","ttfb":1}`: 422, `{"path":"/assets/a.js","ttfb":1}`: 422, `{"path":"/api/openapi.json","ttfb":1}`: 422, `{"path":"//evil.test/","ttfb":1}`: 422,
		`{"path":"/","ttfb":1}` + strings.Repeat(" ", 600): 413,
	} {
		if a := cl.Do("POST", "/vitals", body, fromPage...); a.StatusCode != status {
			t.Errorf("%.60s: %d, want %d", body, a.StatusCode, status)
		}
	}
	const good = `{"path":"/","ttfb":1}`
	for name, headers := range map[string][]string{
		"another site": {"Sec-Fetch-Site", "cross-site"}, "another origin": {"Origin", "https://evil.test"}, "nobody knows": nil,
	} {
		if a := cl.Do("POST", "/vitals", good, append([]string{"Content-Type", "application/json"}, headers...)...); a.StatusCode != 403 {
			t.Errorf("%s: %d", name, a.StatusCode)
		}
	}
	if a := cl.Do("GET", "/vitals", ""); a.StatusCode != 405 {
		t.Errorf("GET: %d", a.StatusCode)
	}
	if all := told(); len(all) > 0 {
		t.Errorf("counted %v", all)
	}
}

// A browser adds its cookies by itself; nobody reads them.
func TestVitals_KnowNobody(t *testing.T) {
	t.Parallel()
	core, logs := observer.New(zap.DebugLevel)
	cl, _ := measured(t, func(c *fiberhttp.Config) { c.Logger = zap.New(core) })
	for _, cookie := range []string{"session=ben", "session=nobody"} {
		a := cl.Do("POST", "/vitals", `{"path":"/posts/a-post","ttfb":1}`, append([]string{"Cookie", cookie}, fromPage...)...)
		if a.StatusCode != 204 || len(a.Cookies()) > 0 {
			t.Errorf("%s: %d %v", cookie, a.StatusCode, a.Header)
		}
	}
	for _, l := range logs.All() {
		if text := fmt.Sprint(l.ContextMap()); strings.Contains(text, "u-ben") || strings.Contains(text, "a-post") {
			t.Errorf("logged: %s", text)
		}
	}
}

func TestVitals_AreBoundedByNetwork(t *testing.T) {
	t.Parallel()
	cl, _ := measured(t, func(c *fiberhttp.Config) {
		c.Limiter, c.TrustedProxies = ratemem.New(clock.System{}), []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0")}
	})
	say := func(address string) int {
		return cl.Do("POST", "/vitals", `{"path":"/","ttfb":1}`, append([]string{"X-Forwarded-For", address}, fromPage...)...).StatusCode
	}
	refused := 0
	for i := range 100 {
		if say(fmt.Sprintf("2001:db8:1:2::%x", i+1)) == 429 { // one client has all of them
			refused++
		}
	}
	if refused < 30 || refused > 40 {
		t.Errorf("%d of 100 refused", refused)
	}
	if status := say("203.0.113.9"); status != 204 {
		t.Errorf("another network: %d", status)
	}
	if a := cl.Do("GET", "/", "", "X-Forwarded-For", "2001:db8:1:2::1"); a.StatusCode != 200 {
		t.Errorf("a page after that: %d", a.StatusCode)
	}
}

func TestVitals_CanBeOff(t *testing.T) {
	t.Parallel()
	cl, _ := measured(t, func(c *fiberhttp.Config) { c.Vital = nil })
	if a := cl.Do("POST", "/vitals", `{"path":"/","ttfb":1}`, fromPage...); a.StatusCode != 404 && a.StatusCode != 405 {
		t.Errorf("taken although it is off: %d", a.StatusCode)
	}
	if page := cl.Do("GET", "/offline", "").Body; strings.Contains(page, "nf-platform-vitals") {
		t.Error("the page measures although it is off")
	}
	on, _ := measured(t, nil)
	if page := on.Do("GET", "/offline", "").Body; strings.Count(page, "<nf-platform-vitals") != 1 {
		t.Error("the page does not measure")
	}
}
