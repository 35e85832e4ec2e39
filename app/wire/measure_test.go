package wire

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/neoforge-dev/neoforge/adapters/observe"
	"github.com/neoforge-dev/neoforge/ports/jobs"
)

func TestMeasured_CountsWhatFailedAndWhatPanicked(t *testing.T) {
	t.Parallel()
	m := observe.New()
	for _, run := range []func(context.Context, []byte) error{
		func(context.Context, []byte) error { return nil },
		func(context.Context, []byte) error { return errors.New("refused") },
		func(context.Context, []byte) error { panic("a defect") },
	} {
		func() {
			defer func() { _ = recover() }()
			_ = measured(m, jobs.Handler{Kind: "test.kind", Run: run}).Run(t.Context(), nil)
		}()
	}
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	for _, want := range []string{`neoforge_job_duration_seconds_count{kind="test.kind"} 3`, `neoforge_job_failures_total{kind="test.kind"} 2`} {
		if !strings.Contains(w.Body.String(), want+"\n") {
			t.Errorf("%s is not there", want)
		}
	}
}
