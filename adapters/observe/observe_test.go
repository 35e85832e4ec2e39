package observe_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/observe"
	"github.com/neoforge-dev/neoforge/ports/breaker"
)

func scrape(t *testing.T, m *observe.Metrics) string {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	if w.Code != http.StatusOK {
		t.Fatalf("status %d: %s", w.Code, w.Body)
	}
	return w.Body.String()
}

func TestObserve_WhatHappensIsCounted(t *testing.T) {
	t.Parallel()
	m := observe.New()
	for range 4 {
		m.RequestStarted()
	}
	m.Observer("GET", "/posts/{slug}", 200)(20 * time.Millisecond)
	ended := m.Observer("GET", "/posts/{slug}", 304)
	ended(time.Millisecond)
	ended(time.Millisecond)
	m.JobEnded("mail.send", time.Second, nil)
	m.JobEnded("mail.send", time.Second, errors.New("refused"))
	signIns, err := m.Counter("sign_ins_total", "Sign-ins.", "method", "outcome")
	if err != nil {
		t.Fatal(err)
	}
	signIns.Inc("password", "success")
	signIns.Inc("password", "identity.invalid_credentials")
	signIns.Of("passkey", "success")
	published, err := m.Counter("posts_published_total", "Posts.")
	if err != nil {
		t.Fatal(err)
	}
	published.Inc()
	if _, err := m.Counter("users_registered_total", "People."); err != nil {
		t.Fatal(err)
	}
	if _, err := m.Counter("posts_published_total", "Posts."); err == nil {
		t.Error("one name was given twice")
	}
	if err := m.WatchCache("pages", func() (hits, misses, loads uint64) { return 7, 5, 3 }); err != nil {
		t.Fatal(err)
	}
	pools := []observe.Pool{
		{Name: "write", Max: 20, Open: 4, InUse: 2, Waits: 9, Waiting: 1500 * time.Millisecond},
		{Name: "read", InUse: 3},
	}
	if err := m.WatchPools(func() []observe.Pool { return pools }); err != nil {
		t.Fatal(err)
	}
	if err := m.WatchValue("passwords_refused", "Refused.", nil, func() float64 { return 11 }); err != nil {
		t.Fatal(err)
	}
	got := scrape(t, m)
	for _, want := range []string{
		`neoforge_http_requests_in_flight 1`,
		`neoforge_http_request_duration_seconds_count{method="GET",route="/posts/{slug}",status="200"} 1`,
		`neoforge_http_request_duration_seconds_count{method="GET",route="/posts/{slug}",status="304"} 2`,
		`neoforge_http_request_duration_seconds_bucket{method="GET",route="/posts/{slug}",status="200",le="0.01"} 0`,
		`neoforge_http_request_duration_seconds_bucket{method="GET",route="/posts/{slug}",status="200",le="0.025"} 1`,
		`neoforge_job_duration_seconds_count{kind="mail.send"} 2`,
		`neoforge_job_failures_total{kind="mail.send"} 1`,
		`neoforge_sign_ins_total{method="password",outcome="success"} 1`,
		`neoforge_sign_ins_total{method="password",outcome="identity.invalid_credentials"} 1`,
		`neoforge_sign_ins_total{method="passkey",outcome="success"} 0`, `neoforge_users_registered_total 0`, `neoforge_posts_published_total 1`,
		`neoforge_cache_hits_total{cache="pages"} 7`, `neoforge_cache_misses_total{cache="pages"} 5`, `neoforge_cache_loads_total{cache="pages"} 3`,
		`neoforge_db_connections_max{pool="write"} 20`, `neoforge_db_connections_open{pool="write"} 4`, `neoforge_db_connections_in_use{pool="read"} 3`,
		`neoforge_db_connection_waits_total{pool="write"} 9`, `neoforge_db_connection_wait_seconds_total{pool="write"} 1.5`,
		`neoforge_passwords_refused 11`, `go_goroutines `,
	} {
		if !strings.Contains(got, want+"\n") && !(strings.HasSuffix(want, " ") && strings.Contains(got, want)) {
			t.Errorf("%s is not there", want)
		}
	}
}

func TestWatchServices_ShowsStateAndCallsByOutcome(t *testing.T) {
	t.Parallel()
	m := observe.New()
	err := m.WatchServices(func() []breaker.Status {
		return []breaker.Status{
			{Service: "mail", State: breaker.Open, Answered: 1, Failed: 3, Refused: 7, Opened: 2},
			{Service: "sign_in:google", State: breaker.HalfOpen}, {Service: "captcha", State: breaker.Closed, AnsweredAt: time.Unix(1_772_366_400, 0)},
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	got := scrape(t, m)
	for _, want := range []string{
		`neoforge_service_breaker_state{service="mail"} 2`, `neoforge_service_breaker_state{service="sign_in:google"} 1`, `neoforge_service_breaker_state{service="captcha"} 0`,
		`neoforge_service_last_answer_timestamp_seconds{service="captcha"} 1.7723664e+09`, `neoforge_service_last_answer_timestamp_seconds{service="mail"} 0`,
		`neoforge_service_breaker_opened_total{service="mail"} 2`, `neoforge_service_calls_total{outcome="answered",service="mail"} 1`,
		`neoforge_service_calls_total{outcome="failed",service="mail"} 3`, `neoforge_service_calls_total{outcome="refused",service="mail"} 7`,
	} {
		if !strings.Contains(got, want+"\n") {
			t.Errorf("%s is not there", want)
		}
	}
}

func TestCounter_AllocatesNothingForValuesThatWereLookedUp(t *testing.T) {
	m := observe.New()
	reads, err := m.Counter("post_reads_total", "Reads.", "via")
	if err != nil {
		t.Fatal(err)
	}
	inc := reads.Of("page")
	if n := testing.AllocsPerRun(1000, inc); n > 0 {
		t.Errorf("%.0f allocations", n)
	}
}

func TestObserve_OneNameIsNotGivenTwice(t *testing.T) {
	t.Parallel()
	m := observe.New()
	counts := func() (hits, misses, loads uint64) { return 0, 0, 0 }
	if err := m.WatchCache("pages", counts); err != nil {
		t.Fatal(err)
	}
	if err := m.WatchCache("pages", counts); err == nil {
		t.Fatal("the same cache was accepted twice")
	}
}

func TestObserve_ChecksRunAtOnceAndKeepTheirOrder(t *testing.T) {
	t.Parallel()
	h := observe.NewHealth(10*time.Second, 0)
	broken := errors.New("refused")
	// Each waits for the other: one after the other they would never end.
	first, second := make(chan struct{}), make(chan struct{})
	h.Add("database", func(context.Context) error { close(first); <-second; return nil })
	h.Add("redis", func(context.Context) error { close(second); <-first; return broken })
	h.Add("defect", func(context.Context) error { panic("nil map") })
	got := h.Check(t.Context())
	if len(got) != 3 || got[0].Name != "database" || got[0].Err != nil || got[1].Name != "redis" || !errors.Is(got[1].Err, broken) ||
		got[2].Err == nil || !strings.Contains(got[2].Err.Error(), "nil map") {
		t.Fatalf("%+v", got)
	}
}

func TestHealth_AnswersWhoAsksAtOnceWithOneRun(t *testing.T) {
	t.Parallel()
	h := observe.NewHealth(10*time.Second, 0)
	started, release := make(chan struct{}, 100), make(chan struct{})
	h.Add("slow", func(context.Context) error { started <- struct{}{}; <-release; return nil })
	outcomes := make(chan error, 50)
	gone, leave := context.WithCancel(t.Context())
	go h.Check(gone) // asks first, and does not wait for the answer
	<-started
	for range cap(outcomes) {
		go func() { outcomes <- h.Check(t.Context())[0].Err }()
	}
	leave()
	close(release)
	for range cap(outcomes) {
		if err := <-outcomes; err != nil {
			t.Fatalf("a database that answers is said to be away: %v", err)
		}
	}
}

func TestHealth_KeepsAnOutcomeForItsTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := observe.NewHealth(2*time.Second, time.Second)
		var runs int
		var trouble error
		h.Add("database", func(context.Context) error { runs++; return trouble })
		ask := func(want int, wantErr error) {
			t.Helper()
			for range 1000 {
				if err := h.Check(t.Context())[0].Err; !errors.Is(err, wantErr) {
					t.Fatalf("have %v, want %v", err, wantErr)
				}
			}
			if runs != want {
				t.Fatalf("it ran %d times, want %d", runs, want)
			}
		}
		ask(1, nil)
		refused := errors.New("refused")
		trouble = refused
		<-time.After(time.Second - time.Nanosecond)
		ask(1, nil)
		<-time.After(time.Nanosecond)
		ask(2, refused)
		trouble = nil
		<-time.After(time.Second)
		ask(3, nil)
	})
}

func TestObserve_AHungCheckIsNotWaitedForNorStartedAgain(t *testing.T) {
	t.Parallel()
	h := observe.NewHealth(20*time.Millisecond, 0)
	started, release := make(chan struct{}, 10), make(chan struct{})
	h.Add("hung", func(context.Context) error { started <- struct{}{}; <-release; return nil })
	for range 3 {
		if got := h.Check(t.Context()); got[0].Err == nil {
			t.Fatal("a check that hangs is well")
		}
	}
	if n := len(started); n != 1 {
		t.Fatalf("started %d times while it hung", n)
	}
	close(release)
	for deadline := time.After(10 * time.Second); h.Check(t.Context())[0].Err != nil; {
		select {
		case <-deadline:
			t.Fatal("it did not become well")
		case <-time.After(time.Millisecond):
		}
	}
}

func TestObserve_TheAdminServerServesOperatorsAndStops(t *testing.T) {
	t.Parallel()
	h := observe.NewHealth(time.Second, 0)
	var broken atomic.Bool
	h.Add("database", func(context.Context) error {
		if broken.Load() {
			return errors.New("refused")
		}
		return nil
	})
	admin := observe.NewAdmin(observe.New(), h)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- admin.Serve(ln) }()

	get := func(path string, status int, want string) {
		t.Helper()
		response, err := http.Get("http://" + ln.Addr().String() + path)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		if response.StatusCode != status || !strings.Contains(string(body), want) {
			t.Errorf("%s: %d %.200s, want %d with %q", path, response.StatusCode, body, status, want)
		}
	}
	get("/metrics", http.StatusOK, "go_goroutines")
	get("/debug/pprof/", http.StatusOK, "goroutine")
	get("/debug/pprof/heap?debug=1", http.StatusOK, "heap profile")
	get("/healthz", http.StatusOK, `"ok"`)
	get("/readyz", http.StatusOK, `"database":"ok"`)
	get("/", http.StatusNotFound, "")
	broken.Store(true)
	get("/readyz", http.StatusServiceUnavailable, `"database":"refused"`)
	get("/healthz", http.StatusOK, `"ok"`)
	broken.Store(false)
	h.Drain()
	get("/readyz", http.StatusServiceUnavailable, `"server":"it stops"`)

	if err := admin.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
}
