package stories_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/adapters/entstore/errorstore"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/app/wire"
	"github.com/neoforge-dev/neoforge/ports/cursor"
	"github.com/neoforge-dev/neoforge/ports/errortracking"
	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/ports/jobs"
	"github.com/neoforge-dev/neoforge/tests/harness"
	"github.com/neoforge-dev/neoforge/tests/harness/program"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

// breaking is a module whose routes and job fail, each in its way.
func breaking() wire.Module {
	answer := func(err error) fiberhttp.Handler {
		return func(context.Context, *fiberhttp.Request) (fiberhttp.Reply, error) { return fiberhttp.Reply{}, err }
	}
	return wire.Module{Name: "breaking", Summary: "Fails.", Build: wire.Build0(func(*wire.Platform) (wire.Parts, error) {
		return wire.Parts{
			Routes: func(s *fiberhttp.Server) error {
				s.Page(http.MethodGet, "/breaking/fails/{id}", fiberhttp.Public(), answer(errors.New("the row of ada@example.org is broken")))
				s.Page(http.MethodGet, "/breaking/late", fiberhttp.Public(), answer(errors.New("broken just before the end")))
				s.Page(http.MethodGet, "/breaking/panics", fiberhttp.Public(), func(context.Context, *fiberhttp.Request) (fiberhttp.Reply, error) {
					var none []int
					none[len(none)]++
					return fiberhttp.Reply{}, nil
				})
				s.Page(http.MethodGet, "/breaking/missing", fiberhttp.Public(), answer(fault.New(fault.NotFound, "breaking.missing", "It is not there.")))
				s.Page(http.MethodGet, "/breaking/invalid", fiberhttp.Public(), answer(fault.New(fault.Invalid, "breaking.invalid", "It is wrong.")))
				s.Page(http.MethodGet, "/breaking/left", fiberhttp.Public(), answer(context.Canceled))
				return nil
			},
			Handlers:  []jobs.Handler{{Kind: "breaking.dies", MaxAttempts: 1, Run: func(context.Context, []byte) error { return errors.New("no disk") }}},
			Schedules: []jobs.Schedule{{Kind: "breaking.dies", Every: 24 * time.Hour}},
		}, nil
	})}
}

// sentryService keeps what is sent to Sentry's envelope endpoint.
type sentryService struct {
	mu   sync.Mutex
	text string
}

func (s *sentryService) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.text += r.URL.Path + "\n" + string(body) + "\n"
}

func (s *sentryService) got() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text
}

// TestErrors_AreGroupedSentAndDecidedAbout has a program fail in every way, and an
// administrator look at what there is and decide, on the page and over the API.
func TestErrors_AreGroupedSentAndDecidedAbout(t *testing.T) {
	t.Parallel()
	for name, at := range map[string]func(t *testing.T) string{
		"sqlite":   func(t *testing.T) string { return "sqlite://" + filepath.Join(t.TempDir(), "neoforge.db") },
		"postgres": func(t *testing.T) string { return harness.Database(t, nil) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address, sent := at(t), &sentryService{}
			service := httptest.NewServer(sent)
			t.Cleanup(service.Close)
			t.Cleanup(func() { flushedAtTheEnd(t, address, sent) }) // after the program has ended
			p := program.Start(t, program.Options{
				DatabaseURL: address, Modules: append(slices.Clone(program.Modules), breaking()),
				Environ: []string{"RATE_LIMIT=off", "SENTRY_DSN=" + strings.Replace(service.URL, "://", "://key@", 1) + "/42", "SENTRY_ENVIRONMENT=trial"},
			})
			decideAboutErrors(t, p, sent)
		})
	}
}

type errorList struct {
	Items []struct {
		ID, Kind, Title, Where, State string
		Times                         int
	}
}

func decideAboutErrors(t *testing.T, p *program.Program, sent *sentryService) {
	t.Helper()
	ada := fixture.Correspondent{T: t, HTTP: p.SignedIn(t, "ada@neoforge.test"), Site: p.URL}
	ben := fixture.Correspondent{T: t, HTTP: p.SignedIn(t, "ben@neoforge.test"), Site: p.URL}
	for path, status := range map[string]int{"/breaking/missing": 404, "/breaking/invalid": 422, "/breaking/panics": 500, "/breaking/fails/1": 500, "/nowhere": 404} {
		ben.Send("GET", path, "", "", status, "X-Request-Id", "req-before")
	}
	ben.Send("GET", "/breaking/fails/2?token=swordfish", "", "", 500, "X-Request-Id", "req-of-the-error")
	if answer, err := ben.HTTP.Get(p.URL + "/breaking/left"); err != nil {
		t.Error(err)
	} else if err := answer.Body.Close(); err != nil {
		t.Error(err)
	}

	const api = "/api/v1/admin/errors"
	var list errorList
	ada.Eventually("a route, a panic and a job are there", func() bool {
		ada.JSON("GET", api, "", 200, &list)
		return len(list.Items) == 3
	}, func() { t.Errorf("%+v", list) })
	id := ""
	for _, g := range list.Items {
		switch g.Kind {
		case "request":
			id = g.ID
			if g.Where != "GET /breaking/fails/{id}" || g.Times != 2 || g.Title != "the row of [email] is broken" {
				t.Errorf("%+v", g)
			}
		case "panic":
			if g.Where != "GET /breaking/panics" || g.Times != 1 {
				t.Errorf("%+v", g)
			}
		case "job":
			if g.Where != "breaking.dies" || g.Title != "no disk" {
				t.Errorf("%+v", g)
			}
		default:
			t.Errorf("%+v", g)
		}
	}
	var detail struct {
		Message   string
		RequestID string `json:"request_id"`
		Types     []string
	}
	ada.JSON("GET", api+"/"+id, "", 200, &detail)
	if detail.RequestID != "req-of-the-error" || detail.Message != "the row of [email] is broken" || len(detail.Types) == 0 {
		t.Errorf("%+v", detail)
	}
	ada.Eventually("Sentry has all of them", func() bool {
		text := sent.got()
		return strings.Contains(text, "/api/42/envelope/") && strings.Contains(text, "breaking.dies") && strings.Contains(text, "/breaking/panics") && strings.Contains(text, "req-of-the-error")
	})
	if text := sent.got(); strings.Contains(text, "ada@example.org") || strings.Contains(text, "swordfish") || !strings.Contains(text, `"environment":"trial"`) {
		t.Errorf("Sentry got %s", text)
	}

	for _, path := range []string{"/admin/errors", "/admin/errors/" + id, api, api + "/" + id} {
		ben.Send("GET", path, "", "", 403)
	}
	ben.JSON("POST", api+"/"+id+"/resolve", "", 403, nil)
	for _, none := range []string{"x", strings.Repeat("0", 32)} {
		ada.JSON("GET", api+"/"+none, "", 404, nil)
		ada.JSON("POST", api+"/"+none+"/resolve", "", 404, nil)
	}
	for _, wrong := range []string{"?state=gone", "?kind=gone", "?cursor=x"} {
		ada.JSON("GET", api+wrong, "", 422, nil)
		ada.Send("GET", "/admin/errors"+wrong, "", "", 422)
	}

	page := string(ada.Send("GET", "/admin/errors?kind=request", "", "", 200))
	if !strings.Contains(page, "/admin/errors/"+id) || strings.Contains(page, "breaking.dies") || !strings.Contains(page, "3 groups are open.") {
		t.Errorf("the list says %.3000s", page)
	}
	press := func(what, says string) {
		t.Helper()
		page := string(ada.Send("POST", "/admin/errors/"+id+"/"+what, "application/x-www-form-urlencoded", "", 0, "Sec-Fetch-Site", "same-origin"))
		if !strings.Contains(page, says) || !strings.Contains(page, "req-of-the-error") {
			t.Errorf("after %s the page says %.3000s", what, page)
		}
	}
	press("resolve", "The error is resolved.")
	press("resolve", "The error is resolved.") // pressed twice: one decision
	ada.JSON("GET", api+"?state=resolved", "", 200, &list)
	if len(list.Items) != 1 || list.Items[0].ID != id {
		t.Errorf("resolved: %+v", list)
	}
	press("ignore", "The error is ignored.")
	ada.JSON("POST", api+"/"+id+"/reopen", "", 204, nil)
	var trail struct {
		Items []struct{ Action, Resource, Detail string }
	}
	for _, action := range []string{"error_resolved", "error_ignored", "error_reopened"} {
		ada.JSON("GET", "/api/v1/admin/audit?action=identity."+action, "", 200, &trail)
		if len(trail.Items) != 1 || trail.Items[0].Resource != "error:"+id || trail.Items[0].Detail != "request GET /breaking/fails/{id}" {
			t.Errorf("%s: %+v", action, trail)
		}
	}
	ben.Send("GET", "/breaking/late", "", "", 500)
}

// flushedAtTheEnd finds what failed just before the program was stopped.
func flushedAtTheEnd(t *testing.T, address string, sent *sentryService) {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	db, err := entstore.Open(ctx, address, entstore.Options{})
	if err != nil {
		t.Error(err)
		return
	}
	defer func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}()
	store, err := errorstore.New(db)
	if err != nil {
		t.Error(err)
		return
	}
	groups, err := store.Groups(ctx, errortracking.Filter{State: errortracking.Open}, cursor.Position{}, 10)
	if err != nil || len(groups) != 4 || groups[0].Where != "GET /breaking/late" {
		t.Errorf("after the end: %v, %+v", err, groups)
	}
	if !strings.Contains(sent.got(), "broken just before the end") {
		t.Error("Sentry was not sent what failed just before the end")
	}
}
