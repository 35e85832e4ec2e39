package fiberhttp_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/a-h/templ"
	"github.com/danielgtaylor/huma/v2"
	"github.com/valyala/fasthttp/fasthttputil"
	"go.uber.org/zap"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/assets"
	"github.com/neoforge-dev/neoforge/adapters/memory/cachemem"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/cache"
	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

const baseURL = "http://forge.test"

// sessions knows two credentials.
type sessions struct{}

func (sessions) AuthenticateSession(_ context.Context, s identity.Secret) (identity.Actor, error) {
	switch s.Reveal() {
	case "ben":
		return identity.Actor{UserID: "u-ben", SessionID: "s-ben", Name: "Ben", Permissions: []identityport.Permission{"content.post.write"}}, nil
	case "cleo":
		return identity.Actor{UserID: "u-cleo", SessionID: "s-cleo", Name: "Cleo"}, nil
	}
	return identity.Actor{}, identity.ErrNotSignedIn
}

func (sessions) AuthenticateToken(_ context.Context, token string) (identity.Actor, error) {
	if token == "good" {
		return identity.Actor{UserID: "u-cleo", SessionID: "s-api"}, nil
	}
	return identity.Actor{}, identity.ErrInvalidToken
}

// files is an asset store with one script.
type files struct{ assets.Store }

func (files) Lookup(path, accept string) (assets.Asset, bool) {
	if path != "/assets/a.js" {
		return assets.Asset{}, false
	}
	return assets.Asset{Body: []byte("export {}"), ContentType: "text/javascript; charset=utf-8", ETag: `"a"`, CacheControl: "public, max-age=31536000, immutable"}, true
}
func (files) Roots() []string          { return []string{"/sw.js"} }
func (files) Stylesheets() []string    { return []string{"/assets/main.css"} }
func (files) ImportMap() string        { return `{"imports":{}}` }
func (files) ImportMapHash() string    { return "'sha256-map'" }
func (files) LoaderURL() string        { return "/assets/loader.js" }
func (files) IslandsMap() string       { return "{}" }
func (files) Preloads() []string       { return nil }
func (files) ServiceWorkerURL() string { return "" }
func (files) ManifestURL() string      { return "/manifest.webmanifest" }
func (files) IconURL() string          { return "/favicon.svg" }
func (files) TouchIconURL() string     { return "/apple-touch-icon.png" }
func (files) SSRVersion() string       { return "1" }

func memory(t testing.TB) cache.Cache {
	t.Helper()
	c, err := cachemem.New(1 << 20)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func settings(t testing.TB) fiberhttp.Config {
	return fiberhttp.Config{
		SiteName: "Forge", BaseURL: baseURL, Logger: zap.NewNop(), Sessions: sessions{}, Cache: memory(t), Assets: files{},
	}
}

func newServer(t testing.TB, c fiberhttp.Config) *fiberhttp.Server {
	t.Helper()
	s, err := fiberhttp.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// client sends requests over a connection in memory, as the wire would carry them.
type client struct {
	*http.Client
	t    testing.TB
	dial func() (net.Conn, error)
}

func serve(t testing.TB, s *fiberhttp.Server) client {
	t.Helper()
	ln := fasthttputil.NewInmemoryListener()
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ln) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := s.Shutdown(ctx); err != nil {
			t.Errorf("shutdown: %v", err)
		}
		if err := <-ended; err != nil {
			t.Errorf("serve: %v", err)
		}
	})
	tr := &http.Transport{
		DialContext:        func(context.Context, string, string) (net.Conn, error) { return ln.Dial() },
		DisableCompression: true,
	}
	t.Cleanup(tr.CloseIdleConnections)
	return client{t: t, dial: ln.Dial, Client: &http.Client{Transport: tr, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

type answer struct {
	*http.Response
	body string
}

func (c client) do(method, path, body string, headers ...string) answer {
	c.t.Helper()
	req, err := http.NewRequest(method, baseURL+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Add(headers[i], headers[i+1])
	}
	res, err := c.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return answer{res, string(raw)}
}

// raw sends bytes as they are and reads until the server closes the connection.
func (c client) raw(request string) string {
	c.t.Helper()
	conn, err := c.dial()
	if err != nil {
		c.t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, request); err != nil {
		c.t.Fatal(err)
	}
	out, err := io.ReadAll(conn)
	if err != nil {
		c.t.Fatal(err)
	}
	return string(out)
}

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

func TestAPageCarriesThePolicyAndNoCacheKeepsIt(t *testing.T) {
	t.Parallel()
	s := newServer(t, settings(t))
	s.Page("GET", "/page", fiberhttp.Public(), html("<h1>Hello</h1>"))
	a := serve(t, s).do("GET", "/page", "")
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

func TestUnderHTTPSTheTransportIsStrictAndCookiesBelongToTheHost(t *testing.T) {
	t.Parallel()
	c := settings(t)
	c.BaseURL = "https://forge.test"
	s := newServer(t, c)
	s.Page("GET", "/in", fiberhttp.Public(), func(context.Context, *fiberhttp.Request) (fiberhttp.Reply, error) {
		return fiberhttp.Redirect("/").SetCookie(s.SignedInCookies("secret")...), nil
	})
	a := serve(t, s).do("GET", "/in", "")
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
	if hint.Name != "signed_in" || hint.Value != "1" || hint.HttpOnly || !hint.Secure {
		t.Errorf("hint cookie %+v", hint)
	}
}

func TestOnlyRequestsOfThisSiteChangeSomething(t *testing.T) {
	t.Parallel()
	s := newServer(t, settings(t))
	s.Page("POST", "/form", fiberhttp.Public(), text("done"))
	s.Page("POST", "/hook", fiberhttp.Public(), text("done"), fiberhttp.Program(), fiberhttp.CrossOrigin("signed"))
	fiberhttp.Operation(s, fiberhttp.Public(), huma.Operation{OperationID: "x", Method: "POST", Path: "/x", DefaultStatus: 200},
		func(context.Context, *struct{}) (*struct{}, error) { return nil, nil })
	c := serve(t, s)
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
		if a := c.do("POST", row.path, "", row.headers...); a.StatusCode != row.status {
			t.Errorf("%s: %d, want %d", name, a.StatusCode, row.status)
		}
	}
}

func TestAccessIsWhatTheRouteDeclares(t *testing.T) {
	t.Parallel()
	s := newServer(t, settings(t))
	s.Page("GET", "/open", fiberhttp.Public(), text("open"))
	s.Page("GET", "/own", fiberhttp.SignedIn(), text("own"))
	s.Page("GET", "/write", fiberhttp.Permitted("content.post.write"), text("write"))
	fiberhttp.Operation(s, fiberhttp.SignedIn(), huma.Operation{OperationID: "me", Method: "GET", Path: "/me"},
		func(ctx context.Context, _ *struct{}) (*struct{ Body string }, error) {
			return &struct{ Body string }{Body: string(fiberhttp.ActorFrom(ctx).UserID)}, nil
		})
	c := serve(t, s)
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
		a := c.do("GET", row.path+"?a=b", "", headers...)
		if a.StatusCode != row.status || a.Header.Get("Location") != row.location {
			t.Errorf("%+v: %d %q", row, a.StatusCode, a.Header.Get("Location"))
		}
	}
}

func TestACookieOfNobodyIsTakenBack(t *testing.T) {
	t.Parallel()
	s := newServer(t, settings(t))
	s.Page("GET", "/open", fiberhttp.Public(), text("open"))
	a := serve(t, s).do("GET", "/open", "", "Cookie", "session=ended")
	gone := map[string]bool{}
	for _, k := range a.Cookies() {
		gone[k.Name] = k.Value == "" && k.Expires.Before(time.Now())
	}
	if !gone["session"] || !gone["signed_in"] {
		t.Fatalf("cookies are left: %v", a.Cookies())
	}
}

func TestAHostileSpellingOfAPathLeadsNowhere(t *testing.T) {
	t.Parallel()
	s := newServer(t, settings(t))
	s.Page("GET", "/studio", fiberhttp.SignedIn(), text("inside"))
	s.Page("GET", "/studio/posts/{id}", fiberhttp.SignedIn(), text("inside"))
	c := serve(t, s)
	for _, path := range []string{
		"//studio", "/./studio", "/x/../studio", "/studio/", "/studio//", "/Studio", "/STUDIO", "/%73tudio", "/studio%2f", "/studio%2Fposts%2F1",
		"/studio;x", "/studio%00", "/studio/posts/1/", "/studio/posts//1", "/studio\\posts\\1", "/studio/posts/..%2f1", "/studio/%2e%2e/studio", "/studio/posts/1%2f..",
		"http://evil.test/studio", "/studio?x#y", "/studio/posts/%ff",
	} {
		out := c.raw("GET " + path + " HTTP/1.1\r\nHost: forge.test\r\nConnection: close\r\n\r\n")
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
	if a := c.do("GET", "/studio/?a=b", ""); a.StatusCode != 308 || a.Header.Get("Location") != "/studio?a=b" {
		t.Errorf("a slash at the end: %d %q", a.StatusCode, a.Header.Get("Location"))
	}
}

func TestAMalformedRequestIsRefusedWithoutHarm(t *testing.T) {
	t.Parallel()
	c := settings(t)
	c.HeaderLimit, c.BodyLimit, c.IdleTimeout = 4096, 100_000, time.Second
	s := newServer(t, c)
	s.Page("POST", "/form", fiberhttp.Public(), text("done"), fiberhttp.MaxBody(10))
	s.Page("POST", "/wide", fiberhttp.Public(), text("done"), fiberhttp.MaxBody(100_000))
	cl := serve(t, s)
	for name, row := range map[string]struct{ request, status string }{
		"no request":              {"nonsense\r\n\r\n", "400"},
		"two lengths":             {"POST /form HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", "400"},
		"a length and chunks":     {"POST /form HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400"},
		"headers without end":     {"GET / HTTP/1.1\r\nHost: a\r\nX: " + strings.Repeat("x", 8000) + "\r\n\r\n", "431"},
		"a body beyond the bound": {"POST /form HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\n", "413"},
		"a method of its own":     {"BREW /form HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "400"},
	} {
		out := cl.raw(row.request)
		if !strings.HasPrefix(out, "HTTP/1.1 "+row.status) {
			t.Errorf("%s: %.60q", name, out)
		}
	}
	if a := cl.do("POST", "/form", "more than ten bytes", "Sec-Fetch-Site", "same-origin"); a.StatusCode != 413 {
		t.Errorf("a body beyond the route's bound: %d", a.StatusCode)
	}
	if a := cl.do("POST", "/wide", "more than ten bytes", "Sec-Fetch-Site", "same-origin"); a.StatusCode != 200 {
		t.Errorf("a body within the route's bound: %d", a.StatusCode)
	}
	if a := cl.do("GET", "/form", ""); a.StatusCode != 405 || a.Header.Get("Allow") != "POST" {
		t.Errorf("another method: %d, allowed %q", a.StatusCode, a.Header.Get("Allow"))
	}
}

func TestARouteWithoutADeclarationKeepsTheServerFromStarting(t *testing.T) {
	t.Parallel()
	s := newServer(t, settings(t))
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

func TestEveryRouteIsListedWithItsAccess(t *testing.T) {
	t.Parallel()
	s := newServer(t, settings(t))
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

func TestErrorsBecomeProblemsOrPagesByTheirKind(t *testing.T) {
	t.Parallel()
	s := newServer(t, settings(t))
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
	c := serve(t, s)
	for name, k := range kinds {
		a := c.do("GET", "/p/"+name, "", "Accept", "application/json", "X-Request-Id", "request-12345")
		if a.StatusCode != k.status || a.Header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %d %s", name, a.StatusCode, a.Header.Get("Content-Type"))
		}
		if strings.Contains(a.body, "swordfish") {
			t.Errorf("%s shows its text: %s", name, a.body)
		}
		if !strings.Contains(a.body, `"request_id":"request-12345"`) || a.Header.Get("X-Request-Id") != "request-12345" {
			t.Errorf("%s does not name the request: %s", name, a.body)
		}
		page := c.do("GET", "/p/"+name, "", "Accept", "text/html,*/*")
		if page.StatusCode != k.status || !strings.HasPrefix(page.Header.Get("Content-Type"), "text/html") || strings.Contains(page.body, "swordfish") {
			t.Errorf("%s as a page: %d %s", name, page.StatusCode, page.Header.Get("Content-Type"))
		}
	}
	if a := c.do("GET", "/p/invalid", "", "Accept", "application/json"); !strings.Contains(a.body, `"errors":[{"field":"tags[2]","message":"Too long."}]`) ||
		!strings.Contains(a.body, `"code":"x.invalid"`) {
		t.Errorf("fields are missing: %s", a.body)
	}
	if a := c.do("GET", "/p/busy", ""); a.Header.Get("Retry-After") != "2" {
		t.Errorf("Retry-After %q", a.Header.Get("Retry-After"))
	}
	if a := c.do("GET", "/nowhere", "", "Accept", "text/html"); a.StatusCode != 404 || !strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") {
		t.Errorf("a missing page: %d", a.StatusCode)
	}
	if a := c.do("GET", "/api/v1/nowhere", "", "Accept", "text/html"); a.StatusCode != 404 || a.Header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("a missing operation: %d %s", a.StatusCode, a.Header.Get("Content-Type"))
	}
}

func TestReadinessNamesWhatIsMissingAndEndsWithDraining(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var trouble error
	c := settings(t)
	c.Health = func(context.Context) []fiberhttp.Check {
		mu.Lock()
		defer mu.Unlock()
		return []fiberhttp.Check{{Name: "database", Err: trouble}, {Name: "jobs"}}
	}
	s := newServer(t, c)
	cl := serve(t, s)
	if a := cl.do("GET", "/readyz", ""); a.StatusCode != 200 {
		t.Fatalf("%d %s", a.StatusCode, a.body)
	}
	mu.Lock()
	trouble = errors.New("dial tcp 10.0.0.7: refused")
	mu.Unlock()
	if a := cl.do("GET", "/readyz", ""); a.StatusCode != 503 || !strings.Contains(a.body, `"database"`) || strings.Contains(a.body, "10.0.0.7") {
		t.Fatalf("%d %s", a.StatusCode, a.body)
	}
	mu.Lock()
	trouble = nil
	mu.Unlock()
	s.Drain()
	if a := cl.do("GET", "/readyz", ""); a.StatusCode != 503 || !strings.Contains(a.body, `"server"`) {
		t.Fatalf("%d %s", a.StatusCode, a.body)
	}
	if a := cl.do("GET", "/healthz", ""); a.StatusCode != 200 {
		t.Fatalf("%d %s", a.StatusCode, a.body)
	}
}

func TestAssetsAreServedAsTheStoreSays(t *testing.T) {
	t.Parallel()
	c := serve(t, newServer(t, settings(t)))
	a := c.do("GET", "/assets/a.js", "")
	if a.StatusCode != 200 || a.Header.Get("Cache-Control") != "public, max-age=31536000, immutable" || a.Header.Get("ETag") != `"a"` || a.body != "export {}" {
		t.Fatalf("%d %v %q", a.StatusCode, a.Header, a.body)
	}
	if a := c.do("GET", "/assets/a.js", "", "If-None-Match", `"b", W/"a"`); a.StatusCode != 304 || a.body != "" {
		t.Errorf("%d %q", a.StatusCode, a.body)
	}
	if a := c.do("GET", "/assets/b.js", ""); a.StatusCode != 404 || a.Header.Get("Cache-Control") != "private, no-store" {
		t.Errorf("%d", a.StatusCode)
	}
	if a := c.do("HEAD", "/assets/a.js", ""); a.StatusCode != 200 || a.body != "" || a.ContentLength != 9 {
		t.Errorf("%d %q %d", a.StatusCode, a.body, a.ContentLength)
	}
}
