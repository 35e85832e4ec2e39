package fiberhttp_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/a-h/templ"
	"github.com/danielgtaylor/huma/v2"
	"github.com/valyala/fasthttp/fasthttputil"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/fiberhttptest"
	"github.com/neoforge-dev/neoforge/ports/fault"
)

const baseURL = fiberhttptest.BaseURL

func text(s string) fiberhttp.Handler {
	return func(context.Context, *fiberhttp.Request) (fiberhttp.Reply, error) {
		return fiberhttp.Bytes("text/plain; charset=utf-8", []byte(s)), nil
	}
}

func fails(err error) fiberhttp.Handler {
	return func(context.Context, *fiberhttp.Request) (fiberhttp.Reply, error) { return fiberhttp.Reply{}, err }
}

func html(s string) fiberhttp.Handler {
	return func(context.Context, *fiberhttp.Request) (fiberhttp.Reply, error) {
		return fiberhttp.HTML(templ.Raw(s)), nil
	}
}

func TestPage_CarriesThePolicyAndNoCacheKeepsIt(t *testing.T) {
	t.Parallel()
	s := fiberhttptest.MustNew(t, fiberhttptest.Settings(t))
	s.Page("GET", "/page", fiberhttp.Public(), html("<h1>Hello</h1>"))
	a := fiberhttptest.Serve(t, s).Do("GET", "/page", "")
	for name, want := range map[string]string{
		"Cache-Control":              "private, no-store",
		"X-Content-Type-Options":     "nosniff",
		"Referrer-Policy":            "strict-origin-when-cross-origin",
		"Cross-Origin-Opener-Policy": "same-origin",
		"X-Frame-Options":            "DENY",
		"Content-Type":               "text/html; charset=utf-8",
		"Content-Security-Policy": "default-src 'none'; script-src 'self' 'sha256-map'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
			"connect-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; " +
			"require-trusted-types-for 'script'; trusted-types lit-html neoforge",
	} {
		if got := a.Header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if a.Header.Get("Strict-Transport-Security") != "" || a.Header.Get("Access-Control-Allow-Origin") != "" || a.Header.Get("Server") != "" {
		t.Errorf("headers that do not belong: %v", a.Header)
	}
}

func TestHTTPS_IsStrictAndCookiesBelongToTheHost(t *testing.T) {
	t.Parallel()
	c := fiberhttptest.Settings(t)
	c.BaseURL = "https://forge.test"
	s := fiberhttptest.MustNew(t, c)
	s.Page("GET", "/in", fiberhttp.Public(), func(context.Context, *fiberhttp.Request) (fiberhttp.Reply, error) {
		return fiberhttp.Redirect("/").SetCookie(s.SignedInCookies("secret")...), nil
	})
	s.Page("GET", "/any", fiberhttp.Public(), func(_ context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
		return fiberhttp.Bytes("text/plain", []byte(r.Cookie("any"))).SetCookie(fiberhttp.Cookie{Name: "any", Value: "value", MaxAge: time.Hour}).Flash("saved"), nil
	})
	browser := fiberhttptest.Serve(t, s)
	a := browser.Do("GET", "/in", "")
	if !strings.HasPrefix(a.Header.Get("Strict-Transport-Security"), "max-age=63072000") {
		t.Errorf("no strict transport: %v", a.Header)
	}
	cookies := a.Cookies()
	if len(cookies) != 2 {
		t.Fatalf("cookies %v", cookies)
	}
	session, hint := cookies[0], cookies[1]
	if session.Name != "__Host-session" || session.Value != "secret" || !session.Secure || !session.HttpOnly || session.Path != "/" || session.Domain != "" || session.SameSite != http.SameSiteLaxMode {
		t.Errorf("session cookie %+v", session)
	}
	if hint.Name != "__Host-signed_in" || hint.Path != "/" || hint.Value != "1" || hint.HttpOnly || !hint.Secure {
		t.Errorf("hint cookie %+v", hint)
	}
	// Whoever signs in by a browser that still holds the cookie of a session that ended.
	if again := browser.Do("GET", "/in", "", "Cookie", "__Host-session=ended"); len(again.Cookies()) != 2 || again.Cookie("__Host-session").Value != "secret" {
		t.Errorf("signed in over an ended session: %v", again.Cookies())
	}
	planted := browser.Do("GET", "/any", "", "Cookie", "any=planted by another host of the domain")
	for _, k := range planted.Cookies() {
		if !strings.HasPrefix(k.Name, "__Host-") || k.Path != "/" || k.Domain != "" || !k.Secure || k.SameSite != http.SameSiteLaxMode {
			t.Errorf("a cookie %+v", k)
		}
	}
	if len(planted.Cookies()) != 2 || planted.Body != "" {
		t.Errorf("%v, read %q", planted.Cookies(), planted.Body)
	}
	if own := browser.Do("GET", "/any", "", "Cookie", "__Host-any=value"); own.Body != "value" {
		t.Errorf("read %q", own.Body)
	}
}

func TestOrigin_OnlyRequestsOfThisSiteChangeSomething(t *testing.T) {
	t.Parallel()
	s := fiberhttptest.MustNew(t, fiberhttptest.Settings(t))
	s.Page("POST", "/form", fiberhttp.Public(), text("done"))
	s.Page("POST", "/shared", fiberhttp.Public(), text("done"), fiberhttp.FromBrowser("fills a form"))
	s.Page("POST", "/hook", fiberhttp.Public(), text("done"), fiberhttp.Program(), fiberhttp.CrossOrigin("signed"))
	fiberhttp.Operation(s, fiberhttp.Public(), huma.Operation{OperationID: "x", Method: "POST", Path: "/x", DefaultStatus: 200},
		func(context.Context, *struct{}) (*struct{}, error) { return nil, nil })
	c := fiberhttptest.Serve(t, s)
	for name, row := range map[string]struct {
		path    string
		headers []string
		status  int
	}{
		"a form of this site":                  {"/form", []string{"Sec-Fetch-Site", "same-origin"}, 200},
		"an older browser on this site":        {"/form", []string{"Origin", baseURL}, 200},
		"a form of another site":               {"/form", []string{"Sec-Fetch-Site", "cross-site"}, 403},
		"a form of another host of the domain": {"/form", []string{"Sec-Fetch-Site", "same-site"}, 403},
		"an address typed by hand":             {"/form", []string{"Sec-Fetch-Site", "none"}, 403},
		"what a person shares":                 {"/shared", []string{"Sec-Fetch-Site", "none", "Origin", "null"}, 200},
		"another site that shares":             {"/shared", []string{"Sec-Fetch-Site", "cross-site"}, 403},
		"who shares, and does not say":         {"/shared", nil, 403},
		"another origin":                       {"/form", []string{"Origin", "http://evil.test"}, 403},
		"an origin that begins like ours":      {"/form", []string{"Origin", baseURL + ".evil.test"}, 403},
		"no origin":                            {"/form", []string{"Origin", "null"}, 403},
		"nothing said, for a page":             {"/form", nil, 403},
		"a bearer token, for a page":           {"/form", []string{"Authorization", "Bearer good"}, 403},
		"another site with ours as origin":     {"/form", []string{"Sec-Fetch-Site", "cross-site", "Origin", baseURL}, 403},
		"a program without credentials":        {"/api/v1/x", nil, 200},
		"a program with a cookie":              {"/api/v1/x", []string{"Cookie", "session=cleo"}, 403},
		"a program with a token":               {"/api/v1/x", []string{"Authorization", "Bearer good"}, 200},
		"a program with a token and a cookie":  {"/api/v1/x", []string{"Authorization", "bearer good", "Cookie", "session=cleo"}, 200},
		"a script of another site":             {"/api/v1/x", []string{"Sec-Fetch-Site", "cross-site"}, 403},
		"a script of this site":                {"/api/v1/x", []string{"Sec-Fetch-Site", "same-origin", "Cookie", "session=cleo"}, 200},
		"a webhook, which proves itself":       {"/hook", []string{"Origin", "http://pay.test"}, 200},
	} {
		if a := c.Do("POST", row.path, "", row.headers...); a.StatusCode != row.status {
			t.Errorf("%s: %d, want %d", name, a.StatusCode, row.status)
		}
	}
}

func TestOperation_SetsEveryCookieInAHeaderOfItsOwn(t *testing.T) {
	t.Parallel()
	s := fiberhttptest.MustNew(t, fiberhttptest.Settings(t))
	type cookies struct {
		SetCookie []http.Cookie `header:"Set-Cookie"`
	}
	fiberhttp.Operation(s, fiberhttp.Public(), huma.Operation{OperationID: "x", Method: "GET", Path: "/x"},
		func(context.Context, *struct{}) (*cookies, error) {
			return &cookies{SetCookie: []http.Cookie{
				s.HTTPCookie(fiberhttp.Cookie{Name: "one", Value: "1", MaxAge: time.Minute}), s.HTTPCookie(fiberhttp.Cookie{Name: "two"}),
			}}, nil
		})
	a := fiberhttptest.Serve(t, s).Get("/api/v1/x", "")
	one, two := a.Cookie("one"), a.Cookie("two")
	if len(a.Cookies()) != 2 || one == nil || one.Value != "1" || one.SameSite != http.SameSiteLaxMode || two == nil || two.Value != "" || two.MaxAge >= 0 {
		t.Errorf("%q", a.Header.Values("Set-Cookie"))
	}
}

func TestHead_RunsInsteadOfWhatAGetDoes(t *testing.T) {
	t.Parallel()
	s := fiberhttptest.MustNew(t, fiberhttptest.Settings(t))
	done := 0
	nothing := fiberhttp.Head(func(context.Context, *fiberhttp.Request) (fiberhttp.Reply, error) { return fiberhttp.NoContent(), nil })
	s.Page("GET", "/page", fiberhttp.SignedIn(), func(context.Context, *fiberhttp.Request) (fiberhttp.Reply, error) {
		done++
		return fiberhttp.Bytes("text/plain", []byte("done")), nil
	}, nothing)
	fiberhttp.Operation(s, fiberhttp.SignedIn(), huma.Operation{OperationID: "x", Method: "GET", Path: "/x"},
		func(context.Context, *struct{}) (*struct{}, error) { done++; return nil, nil }, nothing)
	c := fiberhttptest.Serve(t, s)
	for _, path := range []string{"/page", "/api/v1/x"} {
		if a := c.Do("HEAD", path, "", "Cookie", "session=cleo"); a.StatusCode != 204 || done != 0 {
			t.Errorf("HEAD %s: %d, done %d times", path, a.StatusCode, done)
		}
		if a := c.Do("HEAD", path, ""); a.StatusCode == 204 {
			t.Errorf("HEAD %s by a visitor: %d", path, a.StatusCode)
		}
		if c.Get(path, "cleo"); done != 1 {
			t.Errorf("GET %s: done %d times", path, done)
		}
		done = 0
	}
}

func TestAccess_IsWhatTheRouteDeclares(t *testing.T) {
	t.Parallel()
	s := fiberhttptest.MustNew(t, fiberhttptest.Settings(t))
	s.Page("GET", "/open", fiberhttp.Public(), text("open"))
	s.Page("GET", "/own", fiberhttp.SignedIn(), text("own"))
	s.Page("GET", "/write", fiberhttp.Permitted("content.post.write"), text("write"))
	fiberhttp.Operation(s, fiberhttp.SignedIn(), huma.Operation{OperationID: "me", Method: "GET", Path: "/me"},
		func(ctx context.Context, _ *struct{}) (*struct{ Body string }, error) {
			return &struct{ Body string }{Body: string(fiberhttp.ActorFrom(ctx).UserID)}, nil
		})
	c := fiberhttptest.Serve(t, s)
	for _, row := range []struct {
		path, cookie, token string
		status              int
		location            string
	}{
		{"/open", "", "", 200, ""},
		{"/own", "", "", 303, "/login?return_to=%2Fown%3Fa%3Db"},
		{"/own", "nobody", "", 303, "/login?return_to=%2Fown%3Fa%3Db"},
		{"/own", "cleo", "", 200, ""},
		{"/write", "cleo", "", 403, ""},
		{"/write", "ben", "", 200, ""},
		{"/own", "", "good", 303, "/login?return_to=%2Fown%3Fa%3Db"}, // tokens are for the API
		{"/api/v1/me", "", "", 401, ""},
		{"/api/v1/me", "", "good", 200, ""},
		{"/api/v1/me", "", "bad", 401, ""},
		{"/api/v1/me", "cleo", "bad", 401, ""},
		{"/api/v1/me", "cleo", "", 200, ""},
	} {
		var headers []string
		if row.cookie != "" {
			headers = append(headers, "Cookie", "session="+row.cookie)
		}
		if row.token != "" {
			headers = append(headers, "Authorization", "Bearer "+row.token)
		}
		a := c.Do("GET", row.path+"?a=b", "", headers...)
		if a.StatusCode != row.status || a.Header.Get("Location") != row.location {
			t.Errorf("%+v: %d %q", row, a.StatusCode, a.Header.Get("Location"))
		}
	}
}

func TestSessionCookie_OfNobodyIsDeleted(t *testing.T) {
	t.Parallel()
	s := fiberhttptest.MustNew(t, fiberhttptest.Settings(t))
	s.Page("GET", "/open", fiberhttp.Public(), text("open"))
	a := fiberhttptest.Serve(t, s).Do("GET", "/open", "", "Cookie", "session=ended")
	deleted := map[string]bool{}
	for _, k := range a.Cookies() {
		deleted[k.Name] = k.Value == "" && k.Expires.Before(time.Now())
	}
	if !deleted["session"] || !deleted["signed_in"] {
		t.Fatalf("cookies are left: %v", a.Cookies())
	}
}

// An image or a call of a script is sent beside pages: its answer may come after the next
// page has brought a new session.
func TestSessionCookie_OfNobodyIsLeftByWhatIsNoPage(t *testing.T) {
	t.Parallel()
	s := fiberhttptest.MustNew(t, fiberhttptest.Settings(t))
	s.Page("GET", "/open", fiberhttp.Public(), text("open"))
	s.Page("GET", "/closed", fiberhttp.SignedIn(), text("closed"))
	c := fiberhttptest.Serve(t, s)
	for _, path := range []string{"/open", "/closed", "/there-is-none"} {
		for name, tc := range map[string]struct {
			headers []string
			deletes bool
		}{
			"an older browser":         {nil, true},
			"navigate":                 {[]string{"Sec-Fetch-Mode", "navigate"}, true},
			"navigate, a tab":          {[]string{"Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document"}, true},
			"navigate, a frame":        {[]string{"Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "iframe"}, false},
			"navigate, an object":      {[]string{"Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "object"}, false},
			"prefetch":                 {[]string{"Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document", "Sec-Purpose", "prefetch"}, false},
			"prerender":                {[]string{"Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document", "Sec-Purpose", "prefetch;prerender"}, false},
			"prefetch, older browsers": {[]string{"Purpose", "prefetch"}, false},
			"no-cors":                  {[]string{"Sec-Fetch-Mode", "no-cors"}, false},
			"cors":                     {[]string{"Sec-Fetch-Mode", "cors"}, false},
			"same-origin":              {[]string{"Sec-Fetch-Mode", "same-origin"}, false},
		} {
			a := c.Do("GET", path, "", append([]string{"Cookie", "session=ended"}, tc.headers...)...)
			if deleted := slices.ContainsFunc(a.Cookies(), func(k *http.Cookie) bool { return k.Name == "session" }); deleted != tc.deletes {
				t.Errorf("%s of %s deletes the cookie: %v", name, path, deleted)
			}
		}
	}
}

func TestPath_OfHostileSpellingLeadsNowhere(t *testing.T) {
	t.Parallel()
	s := fiberhttptest.MustNew(t, fiberhttptest.Settings(t))
	s.Page("GET", "/studio", fiberhttp.SignedIn(), text("inside"))
	s.Page("GET", "/studio/posts/{id}", fiberhttp.SignedIn(), text("inside"))
	c := fiberhttptest.Serve(t, s)
	for _, path := range []string{
		"//studio", "/./studio", "/x/../studio", "/studio/", "/studio//", "/Studio", "/STUDIO", "/%73tudio", "/studio%2f", "/studio%2Fposts%2F1",
		"/studio;x", "/studio%00", "/studio/posts/1/", "/studio/posts//1", "/studio\\posts\\1", "/studio/posts/..%2f1", "/studio/%2e%2e/studio", "/studio/posts/1%2f..",
		"http://evil.test/studio", "/studio?x#y", "/studio/posts/%ff",
	} {
		out := c.Raw("GET " + path + " HTTP/1.1\r\nHost: forge.test\r\nConnection: close\r\n\r\n")
		status, _, _ := strings.Cut(out, "\r\n")
		if strings.Contains(out, "inside") {
			t.Errorf("%s leads inside: %s", path, status)
		}
		if strings.Contains(out, "Location: //") || strings.Contains(out, "Location: http") {
			t.Errorf("%s leads elsewhere: %s", path, out)
		}
		if strings.Contains(status, " 5") {
			t.Errorf("%s: %s", path, status)
		}
	}
	if a := c.Do("GET", "/studio/?a=b", ""); a.StatusCode != 308 || a.Header.Get("Location") != "/studio?a=b" {
		t.Errorf("a slash at the end: %d %q", a.StatusCode, a.Header.Get("Location"))
	}
}

func TestMalformedRequest_IsRefusedWithoutHarm(t *testing.T) {
	t.Parallel()
	c := fiberhttptest.Settings(t)
	c.HeaderLimit, c.BodyLimit, c.IdleTimeout = 4096, 100_000, time.Second
	s := fiberhttptest.MustNew(t, c)
	s.Page("POST", "/form", fiberhttp.Public(), text("done"), fiberhttp.MaxBody(10))
	s.Page("POST", "/wide", fiberhttp.Public(), text("done"), fiberhttp.MaxBody(100_000))
	cl := fiberhttptest.Serve(t, s)
	for name, row := range map[string]struct{ request, status string }{
		"no request":              {"nonsense\r\n\r\n", "400"},
		"two lengths":             {"POST /form HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", "400"},
		"a length and chunks":     {"POST /form HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400"},
		"headers without end":     {"GET / HTTP/1.1\r\nHost: a\r\nX: " + strings.Repeat("x", 8000) + "\r\n\r\n", "431"},
		"a body beyond the bound": {"POST /form HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\n", "413"},
		"a method of its own":     {"BREW /form HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "400"},
	} {
		out := cl.Raw(row.request)
		if !strings.HasPrefix(out, "HTTP/1.1 "+row.status) {
			t.Errorf("%s: %.60q", name, out)
		}
	}
	if a := cl.Do("POST", "/form", "more than ten bytes", "Sec-Fetch-Site", "same-origin"); a.StatusCode != 413 {
		t.Errorf("a body beyond the route's bound: %d", a.StatusCode)
	}
	if a := cl.Do("POST", "/wide", "more than ten bytes", "Sec-Fetch-Site", "same-origin"); a.StatusCode != 200 {
		t.Errorf("a body within the route's bound: %d", a.StatusCode)
	}
	if a := cl.Do("GET", "/form", ""); a.StatusCode != 405 || a.Header.Get("Allow") != "POST" {
		t.Errorf("another method: %d, allowed %q", a.StatusCode, a.Header.Get("Allow"))
	}
}

func TestRoute_WithoutADeclarationKeepsTheServerFromStarting(t *testing.T) {
	t.Parallel()
	s := fiberhttptest.MustNew(t, fiberhttptest.Settings(t))
	s.Page("GET", "/forgotten", fiberhttp.Access{}, text(""))
	fiberhttp.Operation(s, fiberhttp.Access{}, huma.Operation{OperationID: "f", Method: "GET", Path: "/also"},
		func(context.Context, *struct{}) (*struct{}, error) { return nil, nil })
	s.Page("GET", "/nameless", fiberhttp.Permitted(""), text(""))
	s.Page("POST", "/kept", fiberhttp.Public(), text(""), fiberhttp.Cached(func(*fiberhttp.Request) []string { return nil }))
	s.Page("GET", "/twice", fiberhttp.Public(), text(""))
	s.Page("GET", "/twice", fiberhttp.Public(), text(""))
	err := s.Serve(fasthttputil.NewInmemoryListener())
	if err == nil {
		t.Fatal("it started")
	}
	for _, want := range []string{"GET /forgotten", "GET /api/v1/also", "GET /nameless", "POST /kept", "GET /twice"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not named in: %v", want, err)
		}
	}
}

func TestRoutes_AreListedWithTheirAccess(t *testing.T) {
	t.Parallel()
	s := fiberhttptest.MustNew(t, fiberhttptest.Settings(t))
	s.Page("GET", "/studio", fiberhttp.Permitted("content.post.write"), text(""))
	if err := s.Validate(); err != nil {
		t.Fatal(err)
	}
	for _, r := range s.Routes() {
		if r.Access == "" {
			t.Errorf("%s %s has no access", r.Method, r.Path)
		}
		if r.Path == "/studio" && r.Access == "content.post.write" {
			return
		}
	}
	t.Fatal("/studio is not listed")
}

func TestErrors_BecomeProblemsOrPagesByTheirKind(t *testing.T) {
	t.Parallel()
	s := fiberhttptest.MustNew(t, fiberhttptest.Settings(t))
	kinds := map[string]struct {
		err    error
		status int
	}{
		"invalid":     {fault.New(fault.Invalid, "x.invalid", "Mend it.").WithFields(fault.Field{Name: "tags[2]", Message: "Too long."}), 422},
		"missing":     {fault.New(fault.NotFound, "x.missing", "Not here."), 404},
		"forbidden":   {fault.New(fault.Forbidden, "x.forbidden", "Not you."), 403},
		"conflict":    {fault.New(fault.Conflict, "x.conflict", "Not now."), 409},
		"outdated":    {fault.New(fault.Outdated, "x.outdated", "Look again."), 412},
		"busy":        {fault.New(fault.TooMany, "x.many", "Wait.").WithRetryAfter(1500 * time.Millisecond), 429},
		"unavailable": {fault.New(fault.Unavailable, "x.away", "Later."), 503},
		"unknown":     {fault.New(fault.Unauthenticated, "x.who", "Who?"), 401},
		"internal":    {errors.New("the password is swordfish"), 500},
		"slow":        {context.DeadlineExceeded, 503},
	}
	for name, k := range kinds {
		s.Page("GET", "/p/"+name, fiberhttp.Public(), fails(k.err))
	}
	s.Page("GET", "/p/panic", fiberhttp.Public(), func(context.Context, *fiberhttp.Request) (fiberhttp.Reply, error) { panic("swordfish") })
	kinds["panic"] = struct {
		err    error
		status int
	}{nil, 500}
	c := fiberhttptest.Serve(t, s)
	for name, k := range kinds {
		a := c.Do("GET", "/p/"+name, "", "Accept", "application/json", "X-Request-Id", "request-12345")
		if a.StatusCode != k.status || a.Header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %d %s", name, a.StatusCode, a.Header.Get("Content-Type"))
		}
		if strings.Contains(a.Body, "swordfish") {
			t.Errorf("%s shows its text: %s", name, a.Body)
		}
		if !strings.Contains(a.Body, `"request_id":"request-12345"`) || a.Header.Get("X-Request-Id") != "request-12345" {
			t.Errorf("%s does not name the request: %s", name, a.Body)
		}
		page := c.Do("GET", "/p/"+name, "", "Accept", "text/html,*/*")
		if page.StatusCode != k.status || !strings.HasPrefix(page.Header.Get("Content-Type"), "text/html") || strings.Contains(page.Body, "swordfish") {
			t.Errorf("%s as a page: %d %s", name, page.StatusCode, page.Header.Get("Content-Type"))
		}
	}
	if a := c.Do("GET", "/p/invalid", "", "Accept", "application/json"); !strings.Contains(a.Body, `"errors":[{"field":"tags[2]","message":"Too long."}]`) ||
		!strings.Contains(a.Body, `"code":"x.invalid"`) {
		t.Errorf("fields are missing: %s", a.Body)
	}
	if a := c.Do("GET", "/p/busy", ""); a.Header.Get("Retry-After") != "2" {
		t.Errorf("Retry-After %q", a.Header.Get("Retry-After"))
	}
	if a := c.Do("GET", "/nowhere", "", "Accept", "text/html"); a.StatusCode != 404 || !strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") {
		t.Errorf("a missing page: %d", a.StatusCode)
	}
	if a := c.Do("GET", "/api/v1/nowhere", "", "Accept", "text/html"); a.StatusCode != 404 || a.Header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("a missing operation: %d %s", a.StatusCode, a.Header.Get("Content-Type"))
	}
}

func TestReadyz_NamesWhatIsMissingAndEndsWithDraining(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var trouble error
	c := fiberhttptest.Settings(t)
	c.Health = func(context.Context) []fiberhttp.Check {
		mu.Lock()
		defer mu.Unlock()
		return []fiberhttp.Check{{Name: "database", Err: trouble}, {Name: "jobs"}}
	}
	s := fiberhttptest.MustNew(t, c)
	cl := fiberhttptest.Serve(t, s)
	if a := cl.Do("GET", "/readyz", ""); a.StatusCode != 200 {
		t.Fatalf("%d %s", a.StatusCode, a.Body)
	}
	mu.Lock()
	trouble = errors.New("dial tcp 10.0.0.7: refused")
	mu.Unlock()
	if a := cl.Do("GET", "/readyz", ""); a.StatusCode != 503 || !strings.Contains(a.Body, `"database"`) || strings.Contains(a.Body, "10.0.0.7") {
		t.Fatalf("%d %s", a.StatusCode, a.Body)
	}
	mu.Lock()
	trouble = nil
	mu.Unlock()
	s.Drain()
	if a := cl.Do("GET", "/readyz", ""); a.StatusCode != 503 || !strings.Contains(a.Body, `"server"`) {
		t.Fatalf("%d %s", a.StatusCode, a.Body)
	}
	if a := cl.Do("GET", "/healthz", ""); a.StatusCode != 200 {
		t.Fatalf("%d %s", a.StatusCode, a.Body)
	}
}

func TestDrain_ServesOnAndEndsEveryConnection(t *testing.T) {
	t.Parallel()
	s := fiberhttptest.MustNew(t, fiberhttptest.Settings(t))
	s.Page("GET", "/here", fiberhttp.Public(), func(context.Context, *fiberhttp.Request) (fiberhttp.Reply, error) {
		return fiberhttp.Bytes("text/plain", []byte("served")), nil
	})
	s.Page("GET", "/kept", fiberhttp.Public(), func(context.Context, *fiberhttp.Request) (fiberhttp.Reply, error) {
		return fiberhttp.Bytes("text/plain", []byte("served")), nil
	}, fiberhttp.Cached(func(*fiberhttp.Request) []string { return nil }))
	cl := fiberhttptest.Serve(t, s)
	asked := map[string]int{"/here": 200, "/kept": 200, "/nowhere": 404, "/readyz": 200}
	for path, status := range asked {
		if a := cl.Do("GET", path, ""); a.StatusCode != status || a.Close {
			t.Errorf("%s: %d, its connection ends: %t", path, a.StatusCode, a.Close)
		}
	}
	s.Drain()
	asked["/readyz"] = 503
	for path, status := range asked {
		if a := cl.Do("GET", path, ""); a.StatusCode != status || !a.Close {
			t.Errorf("%s while it drains: %d, its connection ends: %t", path, a.StatusCode, a.Close)
		}
	}
	if out := cl.Raw("GET /here HTTP/1.1\r\nHost: forge.test\r\nTransfer-Encoding: nonsense\r\n\r\n"); !strings.Contains(out, "Connection: close") {
		t.Errorf("%q", out)
	}
}

// Anybody may ask for /readyz, as often as they like.
func TestReadiness_IsLoggedOnceASecond(t *testing.T) {
	t.Parallel()
	core, logs := observer.New(zap.WarnLevel)
	c := fiberhttptest.Settings(t)
	c.Logger = zap.New(core)
	c.Health = func(context.Context) []fiberhttp.Check {
		return []fiberhttp.Check{{Name: "database", Err: errors.New("refused")}, {Name: "disk", Err: errors.New("full")}}
	}
	cl := fiberhttptest.Serve(t, fiberhttptest.MustNew(t, c))
	begun := time.Now()
	for range 100 {
		if a := cl.Do("GET", "/readyz", ""); a.StatusCode != 503 {
			t.Fatalf("%d", a.StatusCode)
		}
	}
	seconds := int(time.Since(begun)/time.Second) + 1
	if n := logs.FilterMessage("not ready").Len(); n < 2 || n > 2*seconds {
		t.Errorf("%d lines in %d s", n, seconds)
	}
}

func TestAssets_AreServedAsTheStoreSays(t *testing.T) {
	t.Parallel()
	c := fiberhttptest.Serve(t, fiberhttptest.MustNew(t, fiberhttptest.Settings(t)))
	a := c.Do("GET", "/assets/a.js", "")
	if a.StatusCode != 200 || a.Header.Get("Cache-Control") != "public, max-age=31536000, immutable" || a.Header.Get("ETag") != `"a"` || a.Body != "export {}" {
		t.Fatalf("%d %v %q", a.StatusCode, a.Header, a.Body)
	}
	if policy := a.Header.Get("Content-Security-Policy"); strings.Contains(policy, "sandbox") || !strings.Contains(policy, "connect-src 'self'") {
		t.Errorf("a worker could ask for nothing: %s", policy)
	}
	if a := c.Do("GET", "/assets/a.js", "", "If-None-Match", `"b", W/"a"`); a.StatusCode != 304 || a.Body != "" {
		t.Errorf("%d %q", a.StatusCode, a.Body)
	}
	if a := c.Do("GET", "/assets/b.js", ""); a.StatusCode != 404 || a.Header.Get("Cache-Control") != "private, no-store" {
		t.Errorf("%d", a.StatusCode)
	}
	if a := c.Do("HEAD", "/assets/a.js", ""); a.StatusCode != 200 || a.Body != "" || a.ContentLength != 9 {
		t.Errorf("%d %q %d", a.StatusCode, a.Body, a.ContentLength)
	}
}
