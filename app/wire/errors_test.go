//go:build !release

package wire

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"go.uber.org/zap"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/assets"
	"github.com/neoforge-dev/neoforge/app/config"
	"github.com/neoforge-dev/neoforge/ports/cursor"
	"github.com/neoforge-dev/neoforge/ports/errortracking"
	"github.com/neoforge-dev/neoforge/web/docs"
)

// errorsTold is a program that tells of errors at dsn.
func errorsTold(t *testing.T, dsn string) *Application {
	t.Helper()
	cfg, err := config.Load([]string{
		"DATABASE_URL=sqlite://" + filepath.Join(t.TempDir(), "neoforge.db"), "SECRET_KEY=" + config.SampleKey, "ADMIN_ADDR=off", "SENTRY_DSN=" + dsn,
	}, Sections(Identity, Billing, Content)...)
	if err != nil {
		t.Fatal(err)
	}
	a, err := Open(t.Context(), cfg, zap.NewNop(), Product{Name: "NeoForge", Modules: []Module{Identity, Billing, Content}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ended, cancel := context.WithCancel(context.Background())
		cancel()
		_ = a.infra.sentry.Close(ended)
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := a.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return a
}

// droppedByReason reads a scrape.
func droppedByReason(t *testing.T, a *Application) map[string]string {
	t.Helper()
	w := httptest.NewRecorder()
	a.infra.metrics.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	out := map[string]string{}
	for _, m := range regexp.MustCompile(`(?m)^neoforge_errors_dropped_total\{reason="(\w+)"\} (\S+)$`).FindAllStringSubmatch(w.Body.String(), -1) {
		out[m[1]] = m[2]
	}
	return out
}

func TestErrors_ThatSentryDoesNotGetAreCountedByReason(t *testing.T) {
	t.Parallel()
	asked, hang := make(chan struct{}, 200), make(chan struct{})
	service := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked <- struct{}{}; <-hang }))
	t.Cleanup(service.Close)
	t.Cleanup(func() { close(hang) })
	a := errorsTold(t, strings.Replace(service.URL, "://", "://key@", 1)+"/42")
	a.infra.errors.Report(errortracking.Report{Kind: errortracking.Request, Message: "first"})
	<-asked
	for _, route := range strings.Split("abcdefghijklmnopqrstuvwxyz", "") { // of each group five are sent
		for range 5 {
			a.infra.errors.Report(errortracking.Report{Kind: errortracking.Request, Message: "broken", Route: "/" + route})
		}
	}
	have := droppedByReason(t, a)
	if have["queue_full"] != "30" || have["left_alone"] != "0" || have["not_taken"] != "0" || have["too_many"] != "0" {
		t.Errorf("have %v", have)
	}
	page, err := docs.FS.ReadFile("metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	for reason := range have {
		if !strings.Contains(string(page), "`"+reason+"`") {
			t.Errorf("the page about metrics does not name the reason %s", reason)
		}
	}
}

// brokenIslands are assets whose islands fail on the server.
type brokenIslands struct {
	assets.Store
	script string
	err    error
}

func (b brokenIslands) SSRBundle(context.Context) ([]byte, error) { return []byte(b.script), b.err }
func (b brokenIslands) SSRVersion() string                        { return "" }

func TestErrors_OfIslandsThatFailOnTheServerAreTracked(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		assets brokenIslands
		want   string
	}{
		"it throws":        {brokenIslands{script: `globalThis.neoforgeIslands = {renderIsland() { throw new TypeError("likes is undefined of ada@example.org"); }, islandStyles() { return []; }}`}, "render nf-content-like"},
		"it does not run":  {brokenIslands{script: `throw new Error("at the start")`}, "at the start"},
		"it is no script":  {brokenIslands{script: `function (`}, "compile the script"},
		"it cannot be had": {brokenIslands{err: errors.New("the folder is away")}, "the folder is away"},
	} {
		a := errorsTold(t, "http://key@127.0.0.1:1/42")
		if err := a.openPages(c.assets); err != nil {
			t.Fatal(err)
		}
		for range 3 {
			out, err := a.islands.Render(t.Context(), "nf-content-like", nil, nil, "<p>Like</p>")
			if err != nil || out != "<nf-content-like><p>Like</p></nf-content-like>" {
				t.Errorf("%s: %v, %s", name, err, out)
			}
		}
		if err := a.infra.errors.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		groups, err := a.infra.errorGroups.Groups(t.Context(), errortracking.Filter{State: errortracking.Open, Kind: errortracking.Island}, cursor.Position{}, 10)
		if err != nil {
			t.Fatal(err)
		}
		if len(groups) != 1 || groups[0].Times != 3 || !strings.Contains(groups[0].Sample.Message, c.want) || strings.Contains(groups[0].Sample.Message, "ada@") {
			t.Errorf("%s: %+v", name, groups)
		}
	}
}

func TestErrors_OfAnIslandThatNobodyWaitsForAreNone(t *testing.T) {
	t.Parallel()
	a := errorsTold(t, "http://key@127.0.0.1:1/42")
	if err := a.openPages(brokenIslands{script: `throw new Error("at the start")`}); err != nil {
		t.Fatal(err)
	}
	left, leave := context.WithCancel(t.Context())
	leave()
	if _, err := a.islands.Render(left, "nf-content-like", nil, nil, ""); err != nil {
		t.Fatal(err)
	}
	if err := a.infra.errors.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	groups, err := a.infra.errorGroups.Groups(t.Context(), errortracking.Filter{State: errortracking.Open}, cursor.Position{}, 10)
	if err != nil || len(groups) != 0 {
		t.Errorf("%v, %+v", err, groups)
	}
}
