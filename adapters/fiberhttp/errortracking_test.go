package fiberhttp_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/fiberhttptest"
	"github.com/neoforge-dev/neoforge/ports/errortracking"
	"github.com/neoforge-dev/neoforge/ports/fault"
)

type reported struct {
	mu  sync.Mutex
	all []errortracking.Report
}

func (r *reported) Report(one errortracking.Report) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all = append(r.all, one)
}

func TestErrors_OfRequestsAreTrackedWhenTheyAreDefects(t *testing.T) {
	t.Parallel()
	got := &reported{}
	settings := fiberhttptest.Settings(t)
	settings.Errors = got
	s := fiberhttptest.MustNew(t, settings)
	for path, err := range map[string]error{
		"/fails/{id}":  fmt.Errorf("reading: %w", errors.New("broken")),
		"/missing":     fault.New(fault.NotFound, "test.missing", "It is not there."),
		"/invalid":     fault.New(fault.Invalid, "test.invalid", "It is wrong."),
		"/away":        fault.New(fault.Unavailable, "test.away", "It is away."),
		"/client-left": fmt.Errorf("reading: %w", context.Canceled),
		"/slow":        fmt.Errorf("reading: %w", context.DeadlineExceeded),
	} {
		s.Page("GET", path, fiberhttp.Public(), func(context.Context, *fiberhttp.Request) (fiberhttp.Reply, error) {
			return fiberhttp.Reply{}, err
		})
	}
	s.Page("GET", "/panics", fiberhttp.Public(), func(context.Context, *fiberhttp.Request) (fiberhttp.Reply, error) {
		var none []int
		none[len(none)] = 1
		return fiberhttp.Reply{}, nil
	})
	cl := fiberhttptest.Serve(t, s)
	for _, path := range []string{"/missing", "/invalid", "/away", "/client-left", "/slow", "/nowhere", "/fails/7?token=swordfish", "/panics"} {
		cl.Do("GET", path, "", "X-Request-Id", "a-request-id", "Accept", "text/html")
	}
	got.mu.Lock()
	defer got.mu.Unlock()
	if len(got.all) != 2 {
		t.Fatalf("%d were tracked: %+v", len(got.all), got.all)
	}
	if r := got.all[0]; r.Kind != errortracking.Request || r.Route != "/fails/{id}" || r.Method != "GET" || r.Message != "reading: broken" || r.RequestID != "a-request-id" || len(r.Types) != 2 {
		t.Errorf("%+v", r)
	}
	if r := got.all[1]; r.Kind != errortracking.Panic || r.Route != "/panics" || len(r.Frames) == 0 || r.Frames[0].File != "errortracking_test.go" {
		t.Errorf("%+v", r)
	}
}

// TestErrors_OfWhatIsAnsweredAllTheSameAreTrackedAndLogged once, and those of others are not.
func TestErrors_OfWhatIsAnsweredAllTheSameAreTrackedAndLogged(t *testing.T) {
	t.Parallel()
	got := &reported{}
	settings := fiberhttptest.Settings(t)
	core, lines := observer.New(zap.InfoLevel)
	settings.Errors, settings.Logger = got, zap.New(core)
	s := fiberhttptest.MustNew(t, settings)
	for path, err := range map[string]error{"/half": errors.New("half of it broke"), "/half-away": fault.New(fault.Unavailable, "test.away", "It is away.")} {
		s.Page("GET", path, fiberhttp.Public(), func(ctx context.Context, _ *fiberhttp.Request) (fiberhttp.Reply, error) {
			fiberhttp.AnswerDespite(ctx, err)
			return fiberhttp.Bytes("text/plain", []byte("The other half.")), nil
		})
	}
	cl := fiberhttptest.Serve(t, s)
	for _, path := range []string{"/half", "/half-away"} {
		if res := cl.Do("GET", path, "", "X-Request-Id", "a-request-id"); res.StatusCode != 200 || res.Body != "The other half." {
			t.Errorf("%s is answered by %d: %s", path, res.StatusCode, res.Body)
		}
	}
	got.mu.Lock()
	defer got.mu.Unlock()
	if len(got.all) != 1 || got.all[0].Message != "half of it broke" || got.all[0].Route != "/half" || got.all[0].RequestID != "a-request-id" {
		t.Errorf("tracked are %+v", got.all)
	}
	if logged := lines.FilterLevelExact(zap.ErrorLevel).All(); len(logged) != 2 || logged[0].ContextMap()["error"] != "half of it broke" {
		t.Errorf("logged are %+v", logged)
	}
}

type unsayable struct{ words *string }

func (u unsayable) Error() string { return *u.words }

// The library recovers nothing, so what is done around a handler must break a request alone.
func TestPanics_AroundAHandlerBreakNothingElse(t *testing.T) {
	t.Parallel()
	s := fiberhttptest.MustNew(t, fiberhttptest.Settings(t))
	s.Page("GET", "/counted", fiberhttp.Public(), text("done"), fiberhttp.Counted(func() { panic("swordfish") }))
	s.Page("GET", "/unsayable", fiberhttp.Public(), func(context.Context, *fiberhttp.Request) (fiberhttp.Reply, error) {
		return fiberhttp.Reply{}, unsayable{}
	})
	s.Page("GET", "/nothing", fiberhttp.Public(), func(context.Context, *fiberhttp.Request) (fiberhttp.Reply, error) {
		return fiberhttp.Reply{}, (*fiberhttp.Problem)(nil)
	})
	s.Page("GET", "/well", fiberhttp.Public(), text("done"))
	client := fiberhttptest.Serve(t, s)
	for range 2 {
		for _, path := range []string{"/counted", "/unsayable", "/nothing"} {
			if a := client.Get(path, ""); a.StatusCode != 500 || strings.Contains(a.Body, "swordfish") {
				t.Errorf("%s: %d %.300q", path, a.StatusCode, a.Body)
			}
		}
		if a := client.Get("/well", ""); a.StatusCode != 200 {
			t.Errorf("afterwards: %d", a.StatusCode)
		}
	}
}
