package fiberhttp_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/fiberhttptest"
)

const (
	appOrigin   = "https://app.example.org"
	otherOrigin = "https://app.example.org.evil.test"
)

// sharedSite has a few operations that pages of appOrigin and http://localhost:3000 may use.
func sharedSite(t *testing.T, origins ...string) fiberhttptest.Client {
	t.Helper()
	settings := fiberhttptest.Settings(t)
	settings.CORSOrigins = origins
	s := fiberhttptest.MustNew(t, settings)
	type given struct {
		ID    string `path:"id"`
		Match string `header:"If-Match"`
	}
	type answer struct {
		ETag string `header:"ETag"`
		Body string
	}
	echo := func(context.Context, *given) (*answer, error) { return &answer{`"1"`, "done"}, nil }
	fiberhttp.Operation(s, fiberhttp.SignedIn(), huma.Operation{OperationID: "get", Method: "GET", Path: "/things/{id}"}, echo)
	fiberhttp.Operation(s, fiberhttp.SignedIn(), huma.Operation{OperationID: "patch", Method: "PATCH", Path: "/things/{id}"}, echo)
	fiberhttp.Operation(s, fiberhttp.SignedIn(), huma.Operation{OperationID: "act", Method: "POST", Path: "/things/{id}/act"}, echo)
	fiberhttp.Operation(s, fiberhttp.Public(), huma.Operation{OperationID: "kept", Method: "GET", Path: "/kept"},
		func(context.Context, *struct{}) (*struct{ Body string }, error) {
			return &struct{ Body string }{"kept"}, nil
		},
		fiberhttp.CachedRead(func(*fiberhttp.Request) []string { return nil }, func(context.Context, *fiberhttp.Request) (fiberhttp.Reply, error) {
			return fiberhttp.JSON("kept")
		}), fiberhttp.ByClass(fiberhttp.SameForAll))
	s.Page("GET", "/page", fiberhttp.Public(), html("page"))
	return fiberhttptest.Serve(t, s)
}

func allowed(a fiberhttptest.Answer) string { return a.Header.Get("Access-Control-Allow-Origin") }

func vary(a fiberhttptest.Answer) string { return strings.Join(a.Header.Values("Vary"), ", ") }

func TestCORS_LetsAListedOriginUseABearerTokenAndNothingElse(t *testing.T) {
	t.Parallel()
	c := sharedSite(t, appOrigin, "http://localhost:3000")
	for name, tc := range map[string]struct {
		method, path string
		headers      []string
		status       int
		allowed      string
	}{
		"a token":                         {"GET", "/api/v1/things/1", []string{"Origin", appOrigin, "Authorization", "Bearer good"}, 200, appOrigin},
		"the other origin":                {"GET", "/api/v1/things/1", []string{"Origin", "http://localhost:3000", "Authorization", "Bearer good"}, 200, "http://localhost:3000"},
		"a personal token":                {"GET", "/api/v1/things/1", []string{"Origin", appOrigin, "Authorization", "Bearer " + fiberhttptest.ReadingToken}, 200, appOrigin},
		"a change":                        {"PATCH", "/api/v1/things/1", []string{"Origin", appOrigin, "Sec-Fetch-Site", "cross-site", "Authorization", "Bearer good"}, 200, appOrigin},
		"a token that is none":            {"GET", "/api/v1/things/1", []string{"Origin", appOrigin, "Authorization", "Bearer bad"}, 401, appOrigin},
		"what is not there":               {"GET", "/api/v1/nothing", []string{"Origin", appOrigin, "Authorization", "Bearer good"}, 404, appOrigin},
		"what is kept, by class":          {"GET", "/api/v1/kept", []string{"Origin", appOrigin, "Authorization", "Bearer good"}, 200, appOrigin},
		"no token":                        {"GET", "/api/v1/kept", []string{"Origin", appOrigin}, 200, ""},
		"another scheme":                  {"GET", "/api/v1/kept", []string{"Origin", appOrigin, "Authorization", "Basic YTpi"}, 200, ""},
		"a cookie":                        {"GET", "/api/v1/things/1", []string{"Origin", appOrigin, "Cookie", "session=cleo"}, 200, ""},
		"a cookie and a token":            {"GET", "/api/v1/things/1", []string{"Origin", appOrigin, "Cookie", "session=ben", "Authorization", "Bearer good"}, 200, ""},
		"a change with a cookie":          {"PATCH", "/api/v1/things/1", []string{"Origin", appOrigin, "Sec-Fetch-Site", "cross-site", "Cookie", "session=cleo"}, 403, ""},
		"the same, of an older browser":   {"PATCH", "/api/v1/things/1", []string{"Origin", appOrigin, "Cookie", "session=cleo"}, 403, ""},
		"an origin that begins with it":   {"GET", "/api/v1/things/1", []string{"Origin", otherOrigin, "Authorization", "Bearer good"}, 200, ""},
		"an origin that ends with it":     {"GET", "/api/v1/things/1", []string{"Origin", "https://evil-app.example.org", "Authorization", "Bearer good"}, 200, ""},
		"another port":                    {"GET", "/api/v1/things/1", []string{"Origin", appOrigin + ":8443", "Authorization", "Bearer good"}, 200, ""},
		"another scheme of the origin":    {"GET", "/api/v1/things/1", []string{"Origin", "http://app.example.org", "Authorization", "Bearer good"}, 200, ""},
		"capitals":                        {"GET", "/api/v1/things/1", []string{"Origin", "https://APP.example.org", "Authorization", "Bearer good"}, 200, ""},
		"no origin that anybody knows of": {"GET", "/api/v1/things/1", []string{"Origin", "null", "Authorization", "Bearer good"}, 200, ""},
		"a page":                          {"GET", "/page", []string{"Origin", appOrigin, "Authorization", "Bearer good"}, 200, ""},
		"the description of the API":      {"GET", "/api/openapi.json", []string{"Origin", appOrigin, "Authorization", "Bearer good"}, 200, ""},
	} {
		a := c.Do(tc.method, tc.path, "", tc.headers...)
		if a.StatusCode != tc.status || allowed(a) != tc.allowed {
			t.Errorf("%s: %d for %q, want %d for %q", name, a.StatusCode, allowed(a), tc.status, tc.allowed)
		}
		if exposed := a.Header.Get("Access-Control-Expose-Headers"); (exposed != "") != (tc.allowed != "") {
			t.Errorf("%s: exposes %q", name, exposed)
		}
		if _, said := a.Header["Access-Control-Allow-Credentials"]; said {
			t.Errorf("%s: credentials are allowed", name)
		}
		if strings.HasPrefix(tc.path, "/api/v1/") != strings.Contains(vary(a), "Origin") {
			t.Errorf("%s: Vary is %q", name, vary(a))
		}
	}
}

func TestCORS_PreflightTellsTheMethodsAndHeadersOfThePath(t *testing.T) {
	t.Parallel()
	c := sharedSite(t, appOrigin)
	ask := func(path, origin, method, headers string) fiberhttptest.Answer {
		return c.Do("OPTIONS", path, "", "Origin", origin, "Access-Control-Request-Method", method, "Access-Control-Request-Headers", headers)
	}
	for path, want := range map[string][2]string{
		"/api/v1/things/7":     {"GET, HEAD, PATCH", "Authorization, Content-Type, If-Match, If-None-Match, X-Request-Id"},
		"/api/v1/things/7/act": {"POST", "Authorization, Content-Type, If-Match, If-None-Match, X-Request-Id"},
		"/api/v1/kept":         {"GET, HEAD", "Authorization, Content-Type, If-None-Match, X-Request-Id"},
	} {
		a := ask(path, appOrigin, "PATCH", "content-type,authorization")
		have := [2]string{a.Header.Get("Access-Control-Allow-Methods"), a.Header.Get("Access-Control-Allow-Headers")}
		if a.StatusCode != http.StatusNoContent || allowed(a) != appOrigin || have != want || a.Body != "" {
			t.Errorf("%s: %d %q %q", path, a.StatusCode, allowed(a), have)
		}
		if a.Header.Get("Access-Control-Max-Age") != "7200" || !strings.Contains(vary(a), "Origin") || a.Header.Get("Access-Control-Allow-Credentials") != "" {
			t.Errorf("%s: %v", path, a.Header)
		}
	}
	for name, tc := range map[string]struct {
		a    fiberhttptest.Answer
		want int
		code string
	}{
		"another origin":       {ask("/api/v1/things/7", otherOrigin, "GET", "authorization"), 403, "http.cors_origin"},
		"null":                 {ask("/api/v1/things/7", "null", "GET", "authorization"), 403, "http.cors_origin"},
		"no token to be sent":  {ask("/api/v1/things/7", appOrigin, "POST", "content-type"), 403, "http.cors_token"},
		"nothing there":        {ask("/api/v1/nothing", appOrigin, "GET", "authorization"), 404, "http.not_found"},
		"beyond what is there": {ask("/api/v1/things/7/act/more", appOrigin, "GET", "authorization"), 404, "http.not_found"},
		"an empty segment":     {ask("/api/v1/things/", appOrigin, "GET", "authorization"), 404, "http.not_found"},
		"a page":               {ask("/page", appOrigin, "GET", "authorization"), 405, "does not take requests of this kind"},
		"no preflight":         {c.Do("OPTIONS", "/api/v1/things/7", "", "Origin", appOrigin), 405, "http.method_not_allowed"},
	} {
		if tc.a.StatusCode != tc.want || !strings.Contains(tc.a.Body, tc.code) || allowed(tc.a) != "" || tc.a.Header.Get("Access-Control-Allow-Methods") != "" {
			t.Errorf("%s: %d %s %v", name, tc.a.StatusCode, tc.a.Body, tc.a.Header)
		}
	}
}

// What is refused before a route is looked for is shared as any other error: the client would
// otherwise see a network error without a word.
func TestCORS_SharesWhatCouldNotBeRead(t *testing.T) {
	t.Parallel()
	c := sharedSite(t, appOrigin)
	ask := func(origin, encoding, body string) fiberhttptest.Answer {
		headers := []string{"Origin", origin, "Authorization", "Bearer good", "Content-Type", "application/json"}
		if encoding != "" {
			headers = append(headers, "Content-Encoding", encoding)
		}
		return c.Do("POST", "/api/v1/things/1/act", body, headers...)
	}
	for name, tc := range map[string]struct {
		encoding, body string
		status         int
	}{
		"a body that came compressed": {"gzip", "{}", 415},
		"a body that is not UTF-8":    {"", "\"\xff\"", 400},
	} {
		if a := ask(appOrigin, tc.encoding, tc.body); a.StatusCode != tc.status || allowed(a) != appOrigin || !strings.Contains(vary(a), "Origin") {
			t.Errorf("%s: %d for %q, Vary %q", name, a.StatusCode, allowed(a), vary(a))
		}
		if a := ask(otherOrigin, tc.encoding, tc.body); a.StatusCode != tc.status || allowed(a) != "" {
			t.Errorf("%s, to another origin: %d for %q", name, a.StatusCode, allowed(a))
		}
	}
}

// What every visitor gets must not hold what was said to one origin, and a cache before the
// program must not give a page of another origin what it kept of a visitor.
func TestCORS_KeepsOriginsOutOfCachedAnswers(t *testing.T) {
	t.Parallel()
	c := sharedSite(t, appOrigin)
	for range 3 { // made, kept, and found at hand
		for _, headers := range [][]string{
			{"Origin", appOrigin, "Authorization", "Bearer good"}, {"Origin", appOrigin}, {"Origin", otherOrigin}, nil,
		} {
			a := c.Do("GET", "/api/v1/kept", "", headers...)
			want := ""
			if len(headers) == 4 {
				want = appOrigin
			}
			if a.StatusCode != 200 || allowed(a) != want || !slices.Contains(strings.Split(vary(a), ", "), "Origin") {
				t.Errorf("%q: %d for %q, Vary %q", headers, a.StatusCode, allowed(a), vary(a))
			}
			if shared := strings.HasPrefix(a.Header.Get("Cache-Control"), "public"); shared == (want != "") {
				t.Errorf("%q: %s", headers, a.Header.Get("Cache-Control"))
			}
			again := c.Do("GET", "/api/v1/kept", "", append(headers, "If-None-Match", a.Header.Get("ETag"))...)
			if again.StatusCode != 304 || allowed(again) != want || !strings.Contains(vary(again), "Origin") {
				t.Errorf("%q, again: %d for %q, Vary %q", headers, again.StatusCode, allowed(again), vary(again))
			}
		}
	}
}

func TestCORS_IsOffUnlessAnOriginIsListed(t *testing.T) {
	t.Parallel()
	c := sharedSite(t)
	a := c.Do("GET", "/api/v1/kept", "", "Origin", appOrigin, "Authorization", "Bearer good")
	if a.StatusCode != 200 || allowed(a) != "" || strings.Contains(vary(a), "Origin") {
		t.Errorf("%d %v", a.StatusCode, a.Header)
	}
	// A shared cache must not give who sends a token what it keeps for visitors, whether or not
	// an origin is listed.
	for range 2 { // made, and kept
		if a := c.Do("GET", "/api/v1/kept", ""); vary(a) != "Accept-Encoding, Authorization, Cookie, Origin" || !strings.HasPrefix(a.Header.Get("Cache-Control"), "public") {
			t.Errorf("what visitors get: Vary %q, %s", vary(a), a.Header.Get("Cache-Control"))
		}
	}
	if p := c.Do("OPTIONS", "/api/v1/kept", "", "Origin", appOrigin, "Access-Control-Request-Method", "GET"); p.StatusCode != 405 || allowed(p) != "" {
		t.Errorf("a preflight: %d %v", p.StatusCode, p.Header)
	}
	for _, origin := range []string{"*", "null", "https://*.example.org", "app.example.org", "https://app.example.org/", "https://app.example.org/path", "https://u@app.example.org"} {
		settings := fiberhttptest.Settings(t)
		settings.CORSOrigins = []string{origin}
		if _, err := fiberhttp.New(settings); err == nil {
			t.Errorf("%s is taken for an origin", origin)
		}
	}
}
