package fiberhttp_test

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/fiberhttptest"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/clock"
)

// fullFor refuses everybody but one person.
func fullFor(one identity.UserID) fiberhttp.Admit {
	return func(ctx context.Context, _ identity.Secret, actor identity.Actor) (context.Context, func(), error) {
		if actor.UserID != one || one == "" {
			return ctx, nil, identity.ErrBusy
		}
		return ctx, func() {}, nil
	}
}

func TestAdmitted_TakesNoPlaceForARequestWithoutTheField(t *testing.T) {
	t.Parallel()
	s := fiberhttptest.MustNew(t, fiberhttptest.Settings(t))
	s.Page("POST", "/verify", fiberhttp.Public(), text("done"), fiberhttp.Admitted(fullFor(""), "password"))
	c := fiberhttptest.Serve(t, s)
	for name, want := range map[string]struct {
		answer fiberhttptest.Answer
		status int
	}{
		"a form without":       {c.Submit("/verify", "", url.Values{"token": {"t"}}), 200},
		"a form with nothing":  {c.Submit("/verify", "", url.Values{"password": {""}}), 200},
		"a form with one":      {c.Submit("/verify", "", url.Values{"password": {"p"}}), 503},
		"a program without":    {c.JSON("POST", "/verify", "", `{"token":"t","password":""}`), 200},
		"a program with null":  {c.JSON("POST", "/verify", "", `{"password":null}`), 200},
		"a program with one":   {c.JSON("POST", "/verify", "", `{"PassWord":"p"}`), 503},
		"what cannot be read":  {c.JSON("POST", "/verify", "", `{"password":`), 503},
		"an escape in the key": {c.JSON("POST", "/verify", "", `{"p\u0061ssword":"p"}`), 503},
	} {
		if want.answer.StatusCode != want.status {
			t.Errorf("%s: %d, want %d: %.200s", name, want.answer.StatusCode, want.status, want.answer.Body)
		}
	}
}

func TestAdmitted_KnowsWhoIsSignedInWhereTheyMustBe(t *testing.T) {
	t.Parallel()
	s := fiberhttptest.MustNew(t, fiberhttptest.Settings(t))
	s.Page("POST", "/own", fiberhttp.SignedIn(), text("done"), fiberhttp.Admitted(fullFor(fiberhttptest.Cleo().UserID)))
	s.Page("POST", "/public", fiberhttp.Public(), text("done"), fiberhttp.Admitted(fullFor(fiberhttptest.Cleo().UserID)))
	c := fiberhttptest.Serve(t, s)
	if a := c.Submit("/own", "cleo", nil); a.StatusCode != 200 {
		t.Errorf("who has a place: %d", a.StatusCode)
	}
	if a := c.Submit("/own", "ben", nil); a.StatusCode != 503 {
		t.Errorf("who has none: %d", a.StatusCode)
	}
	if a := c.Submit("/own", "", nil); a.StatusCode != 303 {
		t.Errorf("a visitor: %d", a.StatusCode)
	}
	if a := c.Submit("/public", "cleo", nil); a.StatusCode != 503 { // before a session is read
		t.Errorf("a public route looked who asks: %d", a.StatusCode)
	}
}

func TestRefused_GivesPeopleTheirFormAndProgramsTheProblem(t *testing.T) {
	t.Parallel()
	s := fiberhttptest.MustNew(t, fiberhttptest.Settings(t))
	s.Page("POST", "/login", fiberhttp.Public(), text("done"), fiberhttp.ProgramsToo(), fiberhttp.Admitted(fullFor("")),
		fiberhttp.Refused(func(_ context.Context, r *fiberhttp.Request, refusal error) (fiberhttp.Reply, error) {
			return fiberhttp.Bytes("text/plain", []byte(r.Form("email")+", come back")).Status(503).Header("Retry-After", fiberhttp.RetryAfter(refusal)), nil
		}))
	c := fiberhttptest.Serve(t, s)
	a := c.Submit("/login", "", url.Values{"email": {"cleo@neoforge.test"}})
	if a.StatusCode != 503 || a.Body != "cleo@neoforge.test, come back" || a.Header.Get("Retry-After") != "5" {
		t.Errorf("a person: %d %q, Retry-After %q", a.StatusCode, a.Body, a.Header.Get("Retry-After"))
	}
	a = c.JSON("POST", "/login", "", `{}`)
	if a.StatusCode != 503 || a.Header.Get("Content-Type") != "application/problem+json" || a.Header.Get("Retry-After") != "5" || !strings.Contains(a.Body, "identity.busy") {
		t.Errorf("a program: %d %q, Retry-After %q", a.StatusCode, a.Body, a.Header.Get("Retry-After"))
	}
	if a := c.Submit("/login", "", url.Values{"email": {"nul\x00"}}); a.StatusCode != http.StatusBadRequest {
		t.Errorf("a form that is not text: %d", a.StatusCode)
	}
}

// Who asks again at once would take the processor from those who have a place.
func TestRefused_KeepsAStrangerWaitingUntilTheServerStops(t *testing.T) {
	t.Parallel()
	settings := fiberhttptest.Settings(t)
	settings.RefusalDelay, settings.RequestTimeout = time.Hour, time.Hour
	s := fiberhttptest.MustNew(t, settings)
	came := make(chan struct{}, 1)
	s.Page("POST", "/login", fiberhttp.Public(), text("done"), fiberhttp.Admitted(func(ctx context.Context, _ identity.Secret, _ identity.Actor) (context.Context, func(), error) {
		came <- struct{}{}
		return ctx, nil, identity.ErrBusy
	}))
	s.Page("POST", "/own", fiberhttp.SignedIn(), text("done"), fiberhttp.Admitted(fullFor("")))
	c := fiberhttptest.Serve(t, s)
	stranger := make(chan fiberhttptest.Answer, 1)
	go func() { stranger <- c.JSON("POST", "/login", "", `{}`) }()
	<-came
	for range 50 {
		if a := c.Submit("/own", "cleo", nil); a.StatusCode != 503 {
			t.Fatalf("who is signed in: %d", a.StatusCode)
		}
	}
	select {
	case a := <-stranger:
		t.Fatalf("a stranger is answered %d before those who came later", a.StatusCode)
	default:
	}
	ended, end := context.WithCancel(t.Context())
	end()
	if err := s.Shutdown(ended); err == nil {
		t.Error("nobody was waiting")
	}
	if a := <-stranger; a.StatusCode != 503 || !strings.Contains(a.Body, "identity.busy") {
		t.Errorf("a stranger: %d %q", a.StatusCode, a.Body)
	}
}

// A flood's forms cost more than what they are refused for: beyond a few each second, the
// answer is bare. Whoever is signed in was counted, and gets theirs always.
func TestRefused_MakesAFewFormsASecond(t *testing.T) {
	t.Parallel()
	settings := fiberhttptest.Settings(t)
	now := clock.NewAdjustable(clock.At(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)))
	settings.Clock = now
	s := fiberhttptest.MustNew(t, settings)
	form := fiberhttp.Refused(func(context.Context, *fiberhttp.Request, error) (fiberhttp.Reply, error) {
		return fiberhttp.Bytes("text/plain", []byte("the form")).Status(503), nil
	})
	s.Page("POST", "/login", fiberhttp.Public(), text("done"), fiberhttp.Admitted(fullFor("")), form)
	s.Page("POST", "/own", fiberhttp.SignedIn(), text("done"), fiberhttp.Admitted(fullFor("")), form)
	c := fiberhttptest.Serve(t, s)
	forms := func(path, as string) (n int) {
		for range 30 {
			a := c.Submit(path, as, nil)
			if a.StatusCode != 503 {
				t.Fatalf("%s: %d", path, a.StatusCode)
			}
			if a.Body == "the form" {
				n++
			} else if a.Header.Get("Retry-After") != "5" {
				t.Fatalf("%s: Retry-After %q of the bare answer", path, a.Header.Get("Retry-After"))
			}
		}
		return n
	}
	if n := forms("/login", ""); n != 20 {
		t.Errorf("%d forms in the first second, want 20", n)
	}
	if n := forms("/own", "cleo"); n != 30 {
		t.Errorf("%d of 30 who are signed in got their form", n)
	}
	now.Advance(time.Second)
	if n := forms("/login", ""); n != 20 {
		t.Errorf("%d forms in the next second, want 20", n)
	}
}

func TestOpenAPI_DeclaresBusyWhereAPasswordIsHashed(t *testing.T) {
	t.Parallel()
	doc, err := described(t).OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	var api struct {
		Paths map[string]map[string]struct {
			Responses map[string]struct {
				Headers map[string]any
				Content map[string]any
			}
		}
	}
	if err := json.Unmarshal(doc, &api); err != nil {
		t.Fatal(err)
	}
	have := map[string]bool{}
	for path, operations := range api.Paths {
		for method, op := range operations {
			busy, ok := op.Responses["503"]
			if ok && busy.Headers["Retry-After"] != nil && busy.Content["application/problem+json"] != nil {
				have[method+" "+strings.TrimPrefix(path, "/api/v1")] = true
			}
		}
	}
	want := []string{"post /auth/login", "post /auth/password/reset", "post /auth/register", "post /auth/verify-email", "post /me/confirm", "put /me/password"}
	if got := slices.Sorted(maps.Keys(have)); !slices.Equal(got, want) {
		t.Errorf("have %q, want %q", got, want)
	}
}

func TestAdmitted_LogsARefusalAsNoFault(t *testing.T) {
	t.Parallel()
	seen, logs := observer.New(zapcore.InfoLevel)
	settings := fiberhttptest.Settings(t)
	settings.Logger = zap.New(seen)
	s := fiberhttptest.MustNew(t, settings)
	s.Page("GET", "/full", fiberhttp.Public(), text("done"), fiberhttp.Admitted(fullFor("")))
	s.Page("GET", "/away", fiberhttp.Public(), func(context.Context, *fiberhttp.Request) (fiberhttp.Reply, error) {
		return fiberhttp.Reply{}, identity.ErrBusy
	})
	c := fiberhttptest.Serve(t, s)
	c.Get("/full", "")
	c.Get("/away", "")
	levels := map[any]zapcore.Level{}
	for _, e := range logs.FilterMessage("request").All() {
		levels[e.ContextMap()["path"]] = e.Level
	}
	if levels["/full"] != zapcore.InfoLevel || levels["/away"] != zapcore.ErrorLevel || len(levels) != 2 {
		t.Errorf("have %v", levels)
	}
}
