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

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/fiberhttptest"
	"github.com/neoforge-dev/neoforge/adapters/memory/ratemem"
	"github.com/neoforge-dev/neoforge/ports/billingport"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/ports/ratelimit"
	"github.com/neoforge-dev/neoforge/web/docs"
)

// still is a clock that stands.
type still struct{}

func (still) Now() time.Time { return time.Unix(1_800_000_000, 0) }

// plans says what the organizations of everybody include.
type plans struct {
	more bool
	err  error
}

func (p *plans) Entitled(_ context.Context, organizations []identityport.OrganizationID, e billingport.Entitlement) (bool, error) {
	return p.more && len(organizations) > 0 && e == billingport.APIRequests, p.err
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
		{"an access token", "/api/v1/own", withToken("good"), 200, [2]string{`"address";q=60;w=60`, `"address";r=56;t=4`}, ""},
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

func TestTokenLimit_IsRaisedByAPlan(t *testing.T) {
	t.Parallel()
	sold := &plans{more: true}
	c := limitedSite(t, func(s *fiberhttp.Config) {
		s.Entitlements = sold
		s.PerAddress, s.PerToken, s.PerTokenOfPlan = ratelimit.Limit{Count: 3, Per: time.Minute}, ratelimit.Limit{Count: 1, Per: time.Minute}, ratelimit.Limit{Count: 6, Per: time.Minute}
	})
	ask := func(headers ...string) fiberhttptest.Answer { return c.Do("GET", "/api/v1/own", "", headers...) }
	for i, left := range []string{"r=5;t=10", "r=4;t=20", "r=3;t=30", "r=2;t=40"} { // more than the address has
		if a := ask(withToken(fiberhttptest.ReadingToken)...); a.StatusCode != 200 || limitsOf(a) != [2]string{`"token";q=6;w=60`, `"token";` + left} {
			t.Errorf("request %d: %d %q", i+1, a.StatusCode, limitsOf(a))
		}
	}
	if a := ask("Cookie", "session=cleo"); limitsOf(a)[1] != `"address";r=2;t=20` {
		t.Errorf("requests with the token count for their address: %q", limitsOf(a))
	}
	// Whose plan cannot be looked up has the limit of everybody, as who has none.
	sold.err = errors.New("away")
	if a := ask(withToken(fiberhttptest.ReadingToken)...); a.StatusCode != 200 && a.StatusCode != 429 || !strings.Contains(limitsOf(a)[0], `"token";q=1;w=60`) {
		t.Errorf("while nobody knows: %d %q", a.StatusCode, limitsOf(a))
	}
}

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
	sold := &plans{}
	c := limitedSite(t, func(s *fiberhttp.Config) { s.Entitlements = sold })
	own := func() string {
		return limitsOf(c.Do("GET", "/api/v1/own", "", withToken(fiberhttptest.ReadingToken)...))[0]
	}
	without := own()
	sold.more = true
	with := own()
	for policies, says := range map[string]string{
		without: "RateLimit-Policy: " + without,
		with:    "| 6,000 a minute |",
	} {
		if !strings.Contains(string(text), says) {
			t.Errorf("/docs/api does not say %q where the program has %s", says, policies)
		}
	}
	if without != `"address";q=600;w=60, "token";q=600;w=60` || with != `"token";q=6000;w=60` || strings.Count(string(text), "| 600 a minute |") != 2 {
		t.Errorf("the program has %s and %s; /docs/api says something else in its table", without, with)
	}
}
