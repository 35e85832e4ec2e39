package sentry_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/sentry"
	"github.com/neoforge-dev/neoforge/ports/errortracking"
)

// service speaks the envelope endpoint.
func service(t *testing.T, answer func(w http.ResponseWriter)) (dsn string, got chan *http.Request) {
	t.Helper()
	got = make(chan *http.Request, 1000)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		got <- r
		answer(w)
	}))
	t.Cleanup(s.Close)
	return strings.Replace(s.URL, "://", "://key@", 1) + "/42", got
}

func mustOpen(t *testing.T, dsn string) *sentry.Client {
	t.Helper()
	c, err := sentry.New(sentry.Options{DSN: dsn, Environment: "staging", Release: "v1.2.3"})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func report() errortracking.Report {
	return errortracking.Report{
		Kind: errortracking.Panic, Message: "index out of range", Types: []string{"*fmt.wrapError", "runtime.boundsError"}, Route: "/posts/{slug}", Method: "GET",
		RequestID: "req1", TraceID: "trace1", Release: "v1.2.3", At: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC),
		Frames: []errortracking.Frame{{Function: "example.org/app/posts.(*App).Read", File: "read.go", Line: 7, InApp: true}, {Function: "main.main", File: "main.go", Line: 3, InApp: true}},
	}
}

func TestClient_SendsAnEnvelopeOfNothingButTheReport(t *testing.T) {
	t.Parallel()
	dsn, got := service(t, func(w http.ResponseWriter) { _, _ = w.Write([]byte(`{"id":"x"}`)) })
	c := mustOpen(t, dsn)
	c.Send("fingerprint1", report())
	if err := c.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	r := <-got
	if r.Method != http.MethodPost || r.URL.Path != "/api/42/envelope/" || !strings.Contains(r.Header.Get("X-Sentry-Auth"), "sentry_key=key") {
		t.Errorf("%s %s, %v", r.Method, r.URL, r.Header)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(body)), "\n")
	if len(lines) != 3 || !strings.Contains(lines[1], `"type":"event"`) {
		t.Fatalf("%d lines: %s", len(lines), body)
	}
	var e struct {
		Release, Environment, Transaction, Level string
		Fingerprint                              []string
		Tags                                     map[string]string
		Exception                                []struct {
			Type, Value string
			Stacktrace  struct {
				Frames []struct {
					Module, Function, Filename string
					Lineno                     int
					InApp                      bool `json:"in_app"`
				}
			}
		}
	}
	if err := json.Unmarshal([]byte(lines[2]), &e); err != nil {
		t.Fatal(err)
	}
	if e.Release != "v1.2.3" || e.Environment != "staging" || e.Transaction != "GET /posts/{slug}" || e.Level != "error" ||
		len(e.Fingerprint) != 1 || e.Fingerprint[0] != "fingerprint1" || e.Tags["request_id"] != "req1" || e.Tags["trace_id"] != "trace1" {
		t.Errorf("%s", lines[2])
	}
	if len(e.Exception) != 1 || e.Exception[0].Type != "runtime.boundsError" || e.Exception[0].Value != "index out of range" {
		t.Fatalf("%s", lines[2])
	}
	if f := e.Exception[0].Stacktrace.Frames; len(f) != 2 || f[1].Module != "example.org/app/posts" || f[1].Function != "(*App).Read" || f[1].Lineno != 7 || !f[1].InApp {
		t.Errorf("frames %+v", f)
	}
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	for _, never := range []string{`"server_name"`, `"user":{"`, `"request":`, `"modules"`, `"contexts"`, `"` + host + `"`} {
		if strings.Contains(lines[2], never) {
			t.Errorf("it holds %s: %s", never, lines[2])
		}
	}
}

func TestClient_LeavesAServiceAloneThatSaysSo(t *testing.T) {
	t.Parallel()
	dsn, got := service(t, func(w http.ResponseWriter) {
		w.Header().Set("Retry-After", "3600")
		w.WriteHeader(http.StatusTooManyRequests)
	})
	c := mustOpen(t, dsn)
	c.Send("a", report())
	<-got
	flushed, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if !c.Flush(flushed) { // the answer was read
		t.Fatal("it was not sent")
	}
	for range 10 {
		c.Send("a", report())
	}
	if err := c.Close(flushed); err != nil {
		t.Fatal(err)
	}
	if unqueued, untried, refused := c.Counts(); len(got) != 0 || unqueued != 0 || untried != 10 || refused != 1 {
		t.Errorf("%d more were sent; counted are %d, %d, %d", len(got), unqueued, untried, refused)
	}
}

func TestClient_WaitsForNoServiceThatHangsAndCountsWhatItDrops(t *testing.T) {
	t.Parallel()
	hang := make(chan struct{})
	dsn, got := service(t, func(http.ResponseWriter) { <-hang })
	t.Cleanup(func() { close(hang) }) // before the server closes
	var told []uint64
	now := &hands{at: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	c, err := sentry.New(sentry.Options{DSN: dsn, Clock: now, Dropped: func(lost uint64) { told = append(told, lost) }})
	if err != nil {
		t.Fatal(err)
	}
	c.Send("a", report())
	<-got
	for range 1000 { // ten times what may wait
		c.Send("a", report())
	}
	if unqueued, untried, refused := c.Counts(); unqueued != 900 || untried != 0 || refused != 0 {
		t.Errorf("counted are %d, %d, %d", unqueued, untried, refused)
	}
	now.turn(time.Minute)
	c.Send("a", report())
	if want := []uint64{1, 900}; !slices.Equal(told, want) {
		t.Errorf("told are %v, want %v: the first at once, the others a minute later", told, want)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if c.Close(ended) == nil {
		t.Error("all was sent to a service that hangs")
	}
	c.Send("a", report())
	if unqueued, _, _ := c.Counts(); unqueued != 902 {
		t.Errorf("%d were dropped, with one after the end", unqueued)
	}
}

// hands are those of a clock that a test turns.
type hands struct {
	mu sync.Mutex
	at time.Time
}

func (h *hands) Now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.at
}

func (h *hands) turn(by time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.at = h.at.Add(by)
}

func TestNew_RefusesWhatIsNoDSN(t *testing.T) {
	t.Parallel()
	for _, dsn := range []string{"", "https://sentry.example.com/42", "https://hunter2@/42", "hunter2"} {
		if _, err := sentry.New(sentry.Options{DSN: dsn}); err == nil || !strings.Contains(err.Error(), "SENTRY_DSN") || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: %v", dsn, err)
		}
	}
}
