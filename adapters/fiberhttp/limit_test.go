package fiberhttp_test

import (
	"context"
	"errors"
	"io/fs"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/fiberhttptest"
	"github.com/neoforge-dev/neoforge/adapters/memory/ratemem"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/ratelimit"
	"github.com/neoforge-dev/neoforge/web/docs"
)

// still is a clock that stands.
type still struct{}

func (still) Now() time.Time { return time.Unix(1_800_000_000, 0) }

// raised is the limit that everybody with a personal access token has, if of is not empty.
type raised struct {
	of    string
	limit ratelimit.Limit
	err   error
	hangs bool // until the time for it is over
	asked int
}

func (r *raised) answer(ctx context.Context, _ identity.Actor) (fiberhttp.RaisedLimit, bool, error) {
	r.asked++
	if r.hangs {
		<-ctx.Done()
		return fiberhttp.RaisedLimit{}, false, ctx.Err()
	}
	return fiberhttp.RaisedLimit{Policy: "organization", Key: r.of, Limit: r.limit}, r.of != "", r.err
}

// limitedSite has one operation for those who are signed in, one for everybody, and one
// that is kept.
func limitedSite(t *testing.T, change func(*fiberhttp.Config)) fiberhttptest.Client {
	t.Helper()
	settings := fiberhttptest.Settings(t)
	settings.Limiter = ratemem.New(still{})
	change(&settings)
	s := fiberhttptest.MustNew(t, settings)
	type answer struct{ Body string }
	done := func(context.Context, *struct{}) (*answer, error) { return &answer{"done"}, nil }
	fiberhttp.Operation(s, fiberhttp.SignedIn(), huma.Operation{OperationID: "own", Method: "GET", Path: "/own"}, done)
	fiberhttp.Operation(s, fiberhttp.SignedIn(), huma.Operation{OperationID: "change", Method: "POST", Path: "/own", DefaultStatus: 200}, done)
	fiberhttp.Operation(s, fiberhttp.Public(), huma.Operation{OperationID: "open", Method: "GET", Path: "/open"}, done)
	fiberhttp.Operation(s, fiberhttp.Public(), huma.Operation{OperationID: "kept", Method: "GET", Path: "/kept"}, done,
		fiberhttp.CachedRead(func(*fiberhttp.Request) []string { return nil }, func(context.Context, *fiberhttp.Request) (fiberhttp.Reply, error) {
			return fiberhttp.JSON("done")
		}, "q"), fiberhttp.ByClass(fiberhttp.SameForAll))
	s.Page("GET", "/page", fiberhttp.Public(), html("page"))
	return fiberhttptest.Serve(t, s)
}

func withToken(token string) []string { return []string{"Authorization", "Bearer " + token} }

func limitsOf(a fiberhttptest.Answer) [2]string {
	return [2]string{strings.Join(a.Header.Values("RateLimit-Policy"), ", "), strings.Join(a.Header.Values("RateLimit"), ", ")}
}

func TestRateLimitFields_TellWhatIsCounted(t *testing.T) {
	t.Parallel()
	c := limitedSite(t, func(s *fiberhttp.Config) {
		s.PerAddress, s.PerToken = ratelimit.Limit{Count: 60, Per: time.Minute}, ratelimit.Limit{Count: 2, Per: 10 * time.Second}
	})
	for _, row := range []struct {
		name, path string
		headers    []string
		status     int
		want       [2]string
		retry      string
	}{
		{"a visitor", "/api/v1/open", nil, 200, [2]string{`"address";q=60;w=60`, `"address";r=59;t=1`}, ""},
		{"nobody", "/api/v1/own", nil, 401, [2]string{`"address";q=60;w=60`, `"address";r=58;t=2`}, ""},
		{"a session", "/api/v1/own", []string{"Cookie", "session=cleo"}, 200, [2]string{`"address";q=60;w=60`, `"address";r=57;t=3`}, ""},
		{"an access token", "/api/v1/own", withToken("good"), 200, [2]string{`"address";q=60;w=60, "person";q=600;w=60`, `"address";r=56;t=4, "person";r=599;t=1`}, ""},
		{"a token", "/api/v1/own", withToken(fiberhttptest.ReadingToken), 200, [2]string{`"address";q=60;w=60, "token";q=2;w=10`, `"address";r=55;t=5, "token";r=1;t=5`}, ""},
		{"what is kept, with a token", "/api/v1/kept", withToken(fiberhttptest.ReadingToken), 200, [2]string{`"address";q=60;w=60, "token";q=2;w=10`, `"address";r=54;t=6, "token";r=0;t=10`}, ""},
		{"too much", "/api/v1/own", withToken(fiberhttptest.ReadingToken), 429, [2]string{`"address";q=60;w=60, "token";q=2;w=10`, `"address";r=53;t=7, "token";r=0;t=10`}, "5"},
		{"no token", "/api/v1/own", withToken("nfp_none"), 401, [2]string{`"address";q=60;w=60`, `"address";r=52;t=8`}, ""},
		{"what is made to be kept", "/api/v1/kept?q=1", nil, 200, [2]string{}, ""},
		{"what is kept", "/api/v1/kept?q=1", nil, 200, [2]string{}, ""},
		{"a page", "/page", nil, 200, [2]string{}, ""},
	} {
		a := c.Do("GET", row.path, "", row.headers...)
		if a.StatusCode != row.status || limitsOf(a) != row.want || a.Header.Get("Retry-After") != row.retry {
			t.Errorf("%s: %d %q, Retry-After %q, want %d %q %q", row.name, a.StatusCode, limitsOf(a), a.Header.Get("Retry-After"), row.status, row.want, row.retry)
		}
	}
}

func TestRateLimitFields_AreTherePastTheLimitOfAnAddress(t *testing.T) {
	t.Parallel()
	c := limitedSite(t, func(s *fiberhttp.Config) { s.PerAddress = ratelimit.Limit{Count: 1, Per: time.Minute} })
	c.Do("GET", "/api/v1/open", "")
	for _, path := range []string{"/api/v1/open", "/api/v1/kept"} {
		a := c.Do("GET", path, "")
		if a.StatusCode != http.StatusTooManyRequests || limitsOf(a) != [2]string{`"address";q=1;w=60`, `"address";r=0;t=60`} || a.Header.Get("Retry-After") != "60" {
			t.Errorf("%s: %d %q, Retry-After %q", path, a.StatusCode, limitsOf(a), a.Header.Get("Retry-After"))
		}
	}
}

func TestRaisedLimit_IsSharedByTokensAndTakesNothingFromTheAddress(t *testing.T) {
	t.Parallel()
	sold := &raised{of: "o-1", limit: ratelimit.Limit{Count: 4, Per: time.Minute}}
	c := limitedSite(t, func(s *fiberhttp.Config) {
		s.RaisedLimit = sold.answer
		s.PerAddress, s.PerToken = ratelimit.Limit{Count: 3, Per: time.Minute}, ratelimit.Limit{Count: 1, Per: time.Minute}
	})
	ask := func(headers ...string) fiberhttptest.Answer { return c.Do("GET", "/api/v1/own", "", headers...) }
	for i, row := range []struct{ method, token, left string }{ // more than the address has
		{"GET", fiberhttptest.ReadingToken, "r=3;t=15"}, {"POST", fiberhttptest.WritingToken, "r=2;t=30"},
		{"GET", fiberhttptest.ReadingToken, "r=1;t=45"}, {"POST", fiberhttptest.WritingToken, "r=0;t=60"},
	} {
		if a := c.Do(row.method, "/api/v1/own", "", withToken(row.token)...); a.StatusCode != 200 || limitsOf(a) != [2]string{`"organization";q=4;w=60`, `"organization";` + row.left} {
			t.Errorf("request %d: %d %q", i+1, a.StatusCode, limitsOf(a))
		}
	}
	// What is refused counts for the address, so that a plan does not buy floods.
	for i, left := range []string{"r=2;t=20", "r=1;t=40", "r=0;t=60"} {
		a := ask(withToken(fiberhttptest.ReadingToken)...)
		if a.StatusCode != 429 || limitsOf(a) != [2]string{`"address";q=3;w=60, "organization";q=4;w=60`, `"address";` + left + `, "organization";r=0;t=60`} {
			t.Errorf("refusal %d: %d %q", i+1, a.StatusCode, limitsOf(a))
		}
	}
	if a := ask("Cookie", "session=cleo"); a.StatusCode != 429 || !strings.Contains(a.Body, `"http.too_many_requests"`) {
		t.Errorf("the address has more left: %d %s", a.StatusCode, a.Body)
	}
}

// Whose limit cannot be looked up has that of a token, counted apart from the raised one; and
// one failure is enough for a while.
func TestRaisedLimit_IsNotAwaitedWhileItCannotBeLookedUp(t *testing.T) {
	t.Parallel()
	for name, sold := range map[string]*raised{
		"it fails": {of: "o-1", limit: ratelimit.Limit{Count: 9, Per: time.Minute}, err: errors.New("away")},
		"it hangs": {of: "o-1", limit: ratelimit.Limit{Count: 9, Per: time.Minute}, hangs: true},
	} {
		now := &moved{at: time.Unix(1_800_000_000, 0)}
		logged, log := observer.New(zap.WarnLevel)
		c := limitedSite(t, func(s *fiberhttp.Config) {
			s.RaisedLimit, s.Clock, s.Logger = sold.answer, now, zap.New(logged)
			s.PerToken = ratelimit.Limit{Count: 5, Per: time.Minute}
		})
		ask := func() string {
			return limitsOf(c.Do("GET", "/api/v1/own", "", withToken(fiberhttptest.ReadingToken)...))[1]
		}
		for _, left := range []string{`"token";r=4;`, `"token";r=3;`, `"token";r=2;`} {
			if have := ask(); !strings.Contains(have, left) {
				t.Errorf("%s: %s, want %s", name, have, left)
			}
		}
		if n := log.FilterMessageSnippet("whose limit of requests").Len(); sold.asked != 1 || n != 1 {
			t.Errorf("%s: looked up %d times, logged %d times", name, sold.asked, n)
		}
		sold.err, sold.hangs = nil, false
		now.at = now.at.Add(5 * time.Second)
		if have := ask(); have != `"organization";r=8;t=7` {
			t.Errorf("%s, and then not: %s", name, have)
		}
	}
}

// moved is a clock that a test moves between requests.
type moved struct{ at time.Time }

func (m *moved) Now() time.Time { return m.at }

func TestTokenLimit_RefusesNobodyWhileNobodyCounts(t *testing.T) {
	t.Parallel()
	c := limitedSite(t, func(s *fiberhttp.Config) { s.Limiter = &gate{err: errors.New("away")} })
	a := c.Do("GET", "/api/v1/own", "", withToken(fiberhttptest.ReadingToken)...)
	if a.StatusCode != 200 || limitsOf(a) != [2]string{} {
		t.Errorf("%d %q", a.StatusCode, limitsOf(a))
	}
}

// The documentation gives the figures that the program has.
func TestLimits_AreThoseOfTheDocumentation(t *testing.T) {
	t.Parallel()
	text, err := fs.ReadFile(docs.FS, "api.md")
	if err != nil {
		t.Fatal(err)
	}
	c := limitedSite(t, func(*fiberhttp.Config) {})
	with := func(token string) string {
		return limitsOf(c.Do("GET", "/api/v1/own", "", withToken(token)...))[0]
	}
	personal, signedIn := with(fiberhttptest.ReadingToken), with("good")
	if personal != `"address";q=600;w=60, "token";q=600;w=60` || signedIn != `"address";q=600;w=60, "person";q=600;w=60` ||
		!strings.Contains(string(text), "RateLimit-Policy: "+personal) || strings.Count(string(text), "| 600 a minute |") != 3 {
		t.Errorf("the program has %s and %s; /docs/api says something else", personal, signedIn)
	}
}
