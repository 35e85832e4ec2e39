package wire

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/neoforge-dev/neoforge/adapters/observe"
	"github.com/neoforge-dev/neoforge/app/config"
	"github.com/neoforge-dev/neoforge/app/config/identityconfig"
	"github.com/neoforge-dev/neoforge/modules/identity"
)

// openWith opens identity with these settings, and answers the platform it was built on.
func openWith(t *testing.T, log *zap.Logger, collection string) (*Application, *Platform, error) {
	t.Helper()
	cfg, err := config.Load([]string{"DATABASE_URL=sqlite://:memory:", "SECRET_KEY=" + config.SampleKey, "ADMIN_ADDR=off", "BREACHED_PASSWORDS_URL=" + collection}, Sections(Identity)...)
	if err != nil {
		t.Fatal(err)
	}
	var platform *Platform
	a, err := Open(t.Context(), cfg, log, Product{Name: "Test", Modules: []Module{Identity, {Name: "probe", Build: Build0(func(p *Platform) (Parts, error) {
		platform = p
		return Parts{}, nil
	})}}})
	if err == nil {
		t.Cleanup(func() {
			if err := a.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	return a, platform, err
}

func (a *Application) metricsText(t *testing.T) string {
	t.Helper()
	w := httptest.NewRecorder()
	a.infra.metrics.Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", http.NoBody))
	return w.Body.String()
}

func TestBreachedPasswords_AreLoggedAndCountedWhenTheyCannotBeAsked(t *testing.T) {
	t.Parallel()
	var answer atomic.Int64
	answer.Store(http.StatusOK)
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(int(answer.Load())) }))
	t.Cleanup(service.Close)
	core, logs := observer.New(zapcore.InfoLevel)
	a, p, err := openWith(t, zap.New(core), service.URL)
	if err != nil {
		t.Fatal(err)
	}
	if logs.FilterMessageSnippet("looked up among breached ones").Len() != 1 {
		t.Error("the start does not say where passwords are looked up")
	}
	p.Metrics = observe.New() // those of the start have the count already
	a.infra.metrics = p.Metrics
	collection, err := p.openBreached(identityconfig.Passwords{Breached: service.URL})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := identity.TimesBreached(t.Context(), collection, "seven lanterns drift"); err != nil {
		t.Fatal(err)
	}
	answer.Store(http.StatusBadGateway)
	if _, err := identity.TimesBreached(t.Context(), collection, "another that is not kept"); err == nil {
		t.Fatal("502 is an answer")
	}
	if warned := logs.FilterLevelExact(zapcore.WarnLevel).FilterMessageSnippet("is accepted").All(); len(warned) != 1 || !strings.Contains(warned[0].ContextMap()["error"].(string), "502") {
		t.Errorf("warned %+v", warned)
	}
	for _, want := range []string{`breached_password_lookups_total{outcome="answered"} 1`, `breached_password_lookups_total{outcome="failed"} 1`} {
		if text := a.metricsText(t); !strings.Contains(text, want) {
			t.Errorf("the metrics lack %s", want)
		}
	}
}

func TestBreachedPasswords_OfAFile(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "hashes.txt")
	_, p, err := openWith(t, zap.NewNop(), "")
	if err != nil {
		t.Fatal(err)
	}
	if collection, err := p.openBreached(identityconfig.Passwords{}); err != nil || collection != nil {
		t.Errorf("by default: %v, %v", collection, err)
	}
	for text, good := range map[string]bool{"": false, "garfield\n": false, strings.Repeat("A", 40) + ":1\n": true} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, _, err := openWith(t, zap.NewNop(), "file://"+file)
		if (err == nil) != good {
			t.Errorf("%q: %v", text, err)
		}
		if err != nil && (!strings.Contains(err.Error(), "BREACHED_PASSWORDS_URL") || !strings.Contains(err.Error(), "in the order of their hashes")) {
			t.Errorf("%q is explained as %v", text, err)
		}
	}
}
