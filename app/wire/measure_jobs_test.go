package wire

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/zap"

	"github.com/neoforge-dev/neoforge/adapters/observe"
	"github.com/neoforge-dev/neoforge/adapters/zaplog"
	"github.com/neoforge-dev/neoforge/app/config"
	"github.com/neoforge-dev/neoforge/app/version"
	"github.com/neoforge-dev/neoforge/ports/jobs"
	"github.com/neoforge-dev/neoforge/ports/mail"
)

func TestMetrics_ShowWhatAnOperatorAlertsOn(t *testing.T) {
	t.Parallel()
	cfg, err := config.Load([]string{
		"DATABASE_URL=sqlite://" + filepath.Join(t.TempDir(), "neoforge.db"), "REDIS_URL=redis://127.0.0.1:1",
		"SECRET_KEY=AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
	}, Sections(Identity, Billing, Content)...)
	if err != nil {
		t.Fatal(err)
	}
	a, err := Open(t.Context(), cfg, zap.NewNop(), Product{Name: "NeoForge", Modules: []Module{Identity, Billing, Content}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	}()
	if err := a.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := a.infra.mail.Send(t.Context(), mail.Message{To: "ada@neoforge.test", Subject: "Hello", Text: "Hello"}); err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	a.infra.metrics.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	body, err := io.ReadAll(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`neoforge_job_queue_oldest_seconds{queue="default"} `, `neoforge_job_queue_oldest_seconds{queue="mail"} `, `neoforge_jobs_dead 0`, `neoforge_jobs_stuck 0`,
		`neoforge_redis_away 1`, `neoforge_cache_invalidations_waiting `, `neoforge_password_hashes_refused_total 0`, `neoforge_password_requests 0`,
		`neoforge_password_requests_refused_total{from="strangers"} 0`, `neoforge_password_requests_refused_total{from="known"} 0`, `neoforge_webhooks{state="waiting"} 0`,
		`neoforge_webhooks{state="received"} 0`, `neoforge_accounts_deletion_overdue 0`, `neoforge_job_queue_oldest_seconds{queue="outside"} `,
		`neoforge_scrape_errors_total{group="jobs"} 0`, `neoforge_scrape_errors_total{group="webhooks"} 0`, `neoforge_scrape_errors_total{group="accounts_deletion_overdue"} 0`,
		`neoforge_mails_total{outcome="sent"} 1`, `version="` + version.Name() + `"`, `neoforge_build_info{build="` + version.Build() + `"`,
	} {
		if !strings.Contains(string(body), want) {
			t.Errorf("%s is not there", want)
		}
	}
}

func TestMetrics_LogOnceThatTheyCannotBeRead(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	log, err := zaplog.New("info", true, &out)
	if err != nil {
		t.Fatal(err)
	}
	m := observe.New()
	m.OnScrapeChange(loggedScrapes(log))
	var failure error
	if err := m.WatchGroup([]observe.Gauge{{Name: "jobs", Help: "Jobs."}}, func() ([]observe.Sample, error) { return nil, failure }); err != nil {
		t.Fatal(err)
	}
	for _, failure = range []error{nil, errors.New("the database is away"), errors.New("still away"), nil, nil} {
		m.Handler().ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/metrics", nil))
	}
	if err := log.Sync(); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 2 || !strings.Contains(lines[0], `"group":"jobs"`) || !strings.Contains(lines[0], "the database is away") || !strings.Contains(lines[1], "can be read again") {
		t.Errorf("%q", lines)
	}
}

func TestJobs_LogTheRequestThatCausedThem(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	log, err := zaplog.New("info", true, &out)
	if err != nil {
		t.Fatal(err)
	}
	h := logged(log, jobs.Handler{Kind: "test.mail", Run: func(context.Context, []byte) error { return nil }})
	if err := h.Run(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if err := h.Run(zaplog.WithIDs(t.Context(), "req-1", "trace-1"), nil); err != nil {
		t.Fatal(err)
	}
	if err := log.Sync(); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 1 || !strings.Contains(lines[0], `"request_id":"req-1"`) || !strings.Contains(lines[0], `"kind":"test.mail"`) {
		t.Errorf("%q", lines)
	}
}
