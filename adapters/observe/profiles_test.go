package observe

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestAdmin_ShowsProfilesToThisMachineAlone(t *testing.T) {
	t.Parallel()
	admin := NewAdmin(New(), NewHealth(time.Second, time.Second))
	for _, c := range []struct {
		local, remote string
		want          int
	}{
		{"127.0.0.1", "127.0.0.1:4000", http.StatusOK},
		{"::1", "[::1]:4000", http.StatusOK},
		{"172.30.0.5", "172.30.0.9:4000", http.StatusNotFound},
		{"172.30.0.5", "127.0.0.1:4000", http.StatusNotFound},
		{"127.0.0.1", "172.30.0.9:4000", http.StatusNotFound},
	} {
		ask := func(path string) int {
			r := httptest.NewRequest(http.MethodGet, path, nil)
			r.RemoteAddr = c.remote
			r = r.WithContext(context.WithValue(r.Context(), http.LocalAddrContextKey, &net.TCPAddr{IP: net.ParseIP(c.local), Port: 9090}))
			w := httptest.NewRecorder()
			admin.server.Handler.ServeHTTP(w, r)
			return w.Code
		}
		for _, path := range []string{"/debug/pprof/", "/debug/pprof/cmdline", "/debug/pprof/symbol"} {
			if have := ask(path); have != c.want {
				t.Errorf("%s at %s for %s: %d, want %d", path, c.local, c.remote, have, c.want)
			}
		}
		if have := ask("/metrics"); have != http.StatusOK {
			t.Errorf("the metrics at %s for %s: %d", c.local, c.remote, have)
		}
	}
}

func TestWatchGroup_ShowsWhatCanBeRead(t *testing.T) {
	t.Parallel()
	m := New()
	var failed error
	gauges := []Gauge{{Name: "jobs", Help: "Jobs.", Labels: []string{"queue"}}, {Name: "jobs_dead", Help: "Dead jobs."}}
	err := m.WatchGroup(gauges, func() ([]Sample, error) {
		return []Sample{{Labels: []string{"mail"}, Value: 7}, {Of: 1, Value: 2}}, failed
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := m.WatchGroup(gauges, func() ([]Sample, error) { return nil, nil }); err == nil {
		t.Error("one name was taken twice")
	}
	if err := m.WatchCount("refused_total", "Refused.", nil, func() float64 { return 4 }); err != nil {
		t.Fatal(err)
	}
	m.MailEnded("sent")
	scrape := func() string {
		w := httptest.NewRecorder()
		m.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
		return w.Body.String()
	}
	have := scrape()
	for _, want := range []string{`neoforge_jobs{queue="mail"} 7`, `neoforge_jobs_dead 2`, `neoforge_refused_total 4`, `neoforge_mails_total{outcome="sent"} 1`, "# TYPE neoforge_refused_total counter"} {
		if !strings.Contains(have, want+"\n") {
			t.Errorf("%s is not there", want)
		}
	}
	failed = errors.New("the database is away")
	if have := scrape(); strings.Contains(have, "neoforge_jobs") || !strings.Contains(have, "neoforge_refused_total 4") {
		t.Error("what cannot be read is claimed, or takes the others along")
	}
}

// TestWatchGroup_TellsOfEachChangeAndCountsEachFailure: an operator sees that nothing is
// read, and their log is not filled with it.
func TestWatchGroup_TellsOfEachChangeAndCountsEachFailure(t *testing.T) {
	t.Parallel()
	m := New()
	var told []string
	m.OnScrapeChange(func(group string, err error) { told = append(told, fmt.Sprint(group, ": ", err)) })
	var failure error
	for _, name := range []string{"jobs", "webhooks"} {
		failing := func() error { return failure }
		if name == "webhooks" {
			failing = func() error { return nil }
		}
		err := m.WatchGroup([]Gauge{{Name: name, Help: "Some."}}, func() ([]Sample, error) { return []Sample{{Value: 1}}, failing() })
		if err != nil {
			t.Fatal(err)
		}
	}
	away := errors.New("the database is away")
	for n, step := range []struct {
		failure error
		failed  int
	}{{nil, 0}, {away, 1}, {away, 2}, {away, 3}, {nil, 3}, {nil, 3}, {away, 4}} {
		failure = step.failure
		w := httptest.NewRecorder()
		m.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
		for _, want := range []string{fmt.Sprintf(`neoforge_scrape_errors_total{group="jobs"} %d`, step.failed), `neoforge_scrape_errors_total{group="webhooks"} 0`, "neoforge_webhooks 1"} {
			if !strings.Contains(w.Body.String(), want+"\n") {
				t.Errorf("scrape %d: %s is not there", n, want)
			}
		}
	}
	want := []string{"jobs: the database is away", "jobs: <nil>", "jobs: the database is away"}
	if !slices.Equal(told, want) {
		t.Errorf("told %q, want %q", told, want)
	}
}
