//go:build !release

package wire

import (
	"context"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/valyala/fasthttp"
	"go.uber.org/zap"

	"github.com/neoforge-dev/neoforge/adapters/entstore/billingstore"
	"github.com/neoforge-dev/neoforge/app/config"
	"github.com/neoforge-dev/neoforge/modules/billing"
	"github.com/neoforge-dev/neoforge/modules/billing/billingtest"
	"github.com/neoforge-dev/neoforge/web/docs"
)

// documentedRow is a metric as the page has it, and as a scrape does.
type documentedRow struct{ kind, labels string }

var metricRow = regexp.MustCompile("(?m)^\\| `([a-z_]+)` \\| (counter|gauge|histogram|summary) \\| ([^|]*?) *\\| (.*) \\|$")

var (
	scrapedType  = regexp.MustCompile(`(?m)^# TYPE (\w+) (\w+)$`)
	scrapedLabel = regexp.MustCompile(`(?:^|,)(\w+)="(?:[^"\\]|\\.)*"`)
)

func documentedMetrics(t *testing.T) map[string]documentedRow {
	t.Helper()
	page, err := docs.FS.ReadFile("metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]documentedRow{}
	for _, m := range metricRow.FindAllStringSubmatch(string(page), -1) {
		if _, twice := out[m[1]]; twice {
			t.Errorf("the page has %s twice", m[1])
		}
		labels := strings.FieldsFunc(m[3], func(r rune) bool { return r == '`' || r == ',' || r == ' ' })
		slices.Sort(labels)
		out[m[1]] = documentedRow{m[2], strings.Join(labels, " ")}
	}
	return out
}

// scraped are the metrics of a program with everything that some programs are without.
func scraped(t *testing.T) map[string]documentedRow {
	t.Helper()
	folder := t.TempDir()
	collector := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(collector.Close)
	hashes := filepath.Join(folder, "hashes.txt")
	if err := os.WriteFile(hashes, []byte(strings.Repeat("A", 40)+":1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Load([]string{
		"DATABASE_URL=sqlite://" + filepath.Join(folder, "neoforge.db"), "REDIS_URL=redis://127.0.0.1:1", "SECRET_KEY=" + config.SampleKey, "ADMIN_ADDR=off",
		"MAIL_URL=smtp://127.0.0.1:1", "MAIL_FROM=Forge <hello@forge.example>", "BREACHED_PASSWORDS_URL=file://" + hashes,
		"OTEL_EXPORTER_OTLP_ENDPOINT=" + collector.URL, "AUDIT_STREAM=file://" + filepath.Join(folder, "audit.jsonl"),
		"SENTRY_DSN=http://key@127.0.0.1:1/42",
	}, Sections(Identity, Billing, Content)...)
	if err != nil {
		t.Fatal(err)
	}
	a, err := Open(t.Context(), cfg, zap.NewNop(), Product{Name: "NeoForge", Modules: []Module{Identity, Billing, Content}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := a.BringUp(t.Context(), io.Discard); err != nil {
		t.Fatal(err)
	}
	if err := a.Seed(t.Context(), io.Discard); err != nil {
		t.Fatal(err)
	}
	mustSell(t, a) // what the sample people have costs nothing
	server, err := a.server(false)
	if err != nil {
		t.Fatal(err)
	}
	handler, err := server.Handler()
	if err != nil {
		t.Fatal(err)
	}
	var ctx fasthttp.RequestCtx
	ctx.Init(&fasthttp.Request{}, nil, nil)
	cachedRead{path: "/healthz"}.ask(&ctx, handler)

	// What has not happened has no labels yet.
	count := a.countFiguresHandler()
	if err := measured(a.infra.metrics, count).Run(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	a.infra.metrics.JobEnded(count.Kind, time.Second, errors.New("refused"))
	for _, vital := range []string{"lcp", "inp", "cls", "ttfb"} {
		a.infra.metrics.WebVital("/", vital, 0.1)
	}
	a.infra.metrics.MailRefused("identity.mail")
	if err := a.watchCertificate("forge.example", func() (time.Time, bool) { return time.Time{}, false }); err != nil {
		t.Fatal(err)
	}
	if err := a.infra.queue.QueueSchedules(context.WithoutCancel(t.Context())); err != nil {
		t.Fatal(err)
	}

	w := httptest.NewRecorder()
	a.infra.metrics.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	out := map[string]documentedRow{}
	for _, m := range scrapedType.FindAllStringSubmatch(w.Body.String(), -1) {
		labels := map[string]bool{}
		samples := regexp.MustCompile(`(?m)^` + m[1] + `(?:_bucket|_sum|_count)?\{(.*)\} `)
		for _, sample := range samples.FindAllStringSubmatch(w.Body.String(), -1) {
			for _, l := range scrapedLabel.FindAllStringSubmatch(sample[1], -1) {
				labels[l[1]] = true
			}
		}
		switch m[2] { // theirs by their type
		case "histogram":
			delete(labels, "le")
		case "summary":
			delete(labels, "quantile")
		}
		out[m[1]] = documentedRow{m[2], strings.Join(slices.Sorted(maps.Keys(labels)), " ")}
	}
	return out
}

// mustSell has somebody pay for a plan.
func mustSell(t *testing.T, a *Application) {
	t.Helper()
	store, err := billingstore.New(a.infra.db, a.infra.events)
	if err != nil {
		t.Fatal(err)
	}
	plan, account := billingtest.Plan("gold"), billingtest.Account()
	err = store.Do(t.Context(), func(ctx context.Context, s billing.Stores) error {
		if _, err := s.Accounts.Ensure(ctx, account); err != nil {
			return err
		}
		bought := billing.Activate(a.infra.ids.New(), "sub_1", billingtest.Checkout(account.ID, "").State(), plan.Prices[0], a.infra.clock.Now())
		return errors.Join(s.Plans.Put(ctx, plan), s.Subscriptions.Insert(ctx, bought))
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestMetrics_AreDocumentedAsAScrapeShowsThem(t *testing.T) {
	t.Parallel()
	documented, scraped := documentedMetrics(t), scraped(t)
	if len(documented) < 50 {
		t.Fatalf("%d metrics were found on the page", len(documented))
	}
	for name, want := range documented {
		if have, ok := scraped[name]; !ok {
			t.Errorf("%s is documented, and no scrape has it", name)
		} else if have != want {
			t.Errorf("%s is documented as %+v, and is %+v", name, want, have)
		}
	}
	for name := range scraped {
		if _, ok := documented[name]; !ok && strings.HasPrefix(name, "neoforge_") {
			t.Errorf("%s is not in web/docs/metrics.md", name)
		}
	}
	for name := range documented {
		if strings.HasSuffix(name, "_total") != (documented[name].kind == "counter") {
			t.Errorf("%s is a %s: counters end in _total, and nothing else does", name, documented[name].kind)
		}
	}
}
