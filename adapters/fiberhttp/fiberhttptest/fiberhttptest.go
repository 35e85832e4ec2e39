// Package fiberhttptest serves a [fiberhttp.Server] over connections in memory, so
// that tests see what a browser would. It knows two people, ben and cleo, by the
// session cookies "ben" and "cleo", and cleo by the bearer token "good" and by her
// personal access tokens.
package fiberhttptest

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/valyala/fasthttp/fasthttputil"
	"go.uber.org/zap"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/assets"
	"github.com/neoforge-dev/neoforge/adapters/memory/cachemem"
	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/cache"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// BaseURL is the origin of the site under test.
const BaseURL = "http://forge.test"

// Ben writes and publishes.
func Ben() identity.Actor {
	return identity.Actor{
		UserID: "u-ben", SessionID: "s-ben", Name: "Ben", Email: "ben@forge.test", Role: identityport.RoleAuthor,
		Permissions:   []identityport.Permission{content.PermissionWrite, content.PermissionPublish},
		Organizations: []identityport.OrganizationID{"o-ben"},
	}
}

// Cleo reads.
func Cleo() identity.Actor {
	return identity.Actor{
		UserID: "u-cleo", SessionID: "s-cleo", Name: "Cleo", Email: "cleo@forge.test", Role: identityport.RoleMember,
		Organizations: []identityport.OrganizationID{"o-cleo"},
	}
}

// Dan reads what is free.
func Dan() identity.Actor {
	return identity.Actor{
		UserID: "u-dan", SessionID: "s-dan", Name: "Dan", Email: "dan@forge.test", Role: identityport.RoleMember,
		Organizations: []identityport.OrganizationID{"o-dan"},
	}
}

type sessions struct{}

func (sessions) AuthenticateSession(_ context.Context, s identity.Secret) (identity.Actor, error) {
	switch s.Reveal() {
	case "ben":
		return Ben(), nil
	case "cleo":
		return Cleo(), nil
	case "dan":
		return Dan(), nil
	case "cleo just now": // who has proved who they are
		actor := Cleo()
		actor.AuthenticatedAt = time.Now()
		return actor, nil
	}
	return identity.Actor{}, identity.ErrNotSignedIn
}

func (sessions) AuthenticateToken(_ context.Context, token string) (identity.Actor, error) {
	if token == "good" {
		return Cleo(), nil
	}
	return identity.Actor{}, identity.ErrInvalidToken
}

// Cleo's personal access tokens: one reads, one writes.
const (
	ReadingToken = "nfp_reads"
	WritingToken = "nfp_writes"
)

func (sessions) AuthenticatePersonalToken(_ context.Context, s identity.Secret, _ string) (identity.Actor, error) {
	scope, known := map[string]identity.Scope{ReadingToken: identity.ScopeRead, WritingToken: identity.ScopeWrite}[s.Reveal()]
	if !known {
		return identity.Actor{}, identity.ErrInvalidToken
	}
	return identity.PersonalToken{ID: "t-cleo", User: "u-cleo", Scopes: []identity.Scope{scope}}.Narrow(Cleo()), nil
}

// files is an asset store with one script.
type files struct{ assets.Store }

func (files) Lookup(path, _ string) (assets.Asset, bool) {
	if path != "/assets/a.js" {
		return assets.Asset{}, false
	}
	return assets.Asset{
		Body: []byte("export {}"), ContentType: "text/javascript; charset=utf-8", ETag: `"a"`, CacheControl: "public, max-age=31536000, immutable",
	}, true
}
func (files) Roots() []string          { return []string{"/sw.js"} }
func (files) Stylesheets() []string    { return []string{"/assets/main.css"} }
func (files) Critical() string         { return "" }
func (files) CriticalHash() string     { return "" }
func (files) Modules(string) []string  { return nil }
func (files) ImportMap() string        { return `{"imports":{}}` }
func (files) ImportMapHash() string    { return "'sha256-map'" }
func (files) LoaderURL() string        { return "/assets/loader.js" }
func (files) IslandsMap() string       { return "{}" }
func (files) ServiceWorkerURL() string { return "" }
func (files) ManifestURL() string      { return "/manifest.webmanifest" }
func (files) IconURL() string          { return "/favicon.svg" }
func (files) OwnIcons() bool           { return false }
func (files) TouchIconURL() string     { return "/apple-touch-icon.png" }
func (files) SSRVersion() string       { return "1" }

// Settings are those of a small site: a cache in memory, no limit of requests.
func Settings(tb testing.TB) fiberhttp.Config {
	tb.Helper()
	return fiberhttp.Config{
		SiteName: "Forge", BaseURL: BaseURL, Logger: zap.NewNop(), Sessions: sessions{}, Cache: memory(tb), Assets: files{},
	}
}

func memory(tb testing.TB) cache.Cache {
	tb.Helper()
	c, err := cachemem.New(1 << 20)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = c.Close() })
	return c
}

// MustNew makes a server.
func MustNew(tb testing.TB, c fiberhttp.Config) *fiberhttp.Server {
	tb.Helper()
	s, err := fiberhttp.New(c)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// Client sends requests as they are: it follows no redirect and decodes nothing.
type Client struct {
	tb   testing.TB
	http *http.Client
	dial func() (net.Conn, error)
}

// Serve answers requests until the test ends.
func Serve(tb testing.TB, s *fiberhttp.Server) Client {
	tb.Helper()
	ln := fasthttputil.NewInmemoryListener()
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ln) }()
	tb.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := errors.Join(s.Shutdown(ctx), <-ended); err != nil {
			tb.Errorf("serve: %v", err)
		}
	})
	transport := &http.Transport{
		DialContext:        func(context.Context, string, string) (net.Conn, error) { return ln.Dial() },
		DisableCompression: true,
	}
	tb.Cleanup(transport.CloseIdleConnections)
	return Client{tb: tb, dial: ln.Dial, http: &http.Client{
		Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Answer is a response with its body read.
type Answer struct {
	*http.Response
	Body string
}

// Cookie returns a cookie that the answer sets; nil for none.
func (a Answer) Cookie(name string) *http.Cookie {
	for _, c := range a.Cookies() {
		if c.Name == name {
			return c
		}
	}
	return nil
}

// Do sends a request with the headers, given as names and values in turn.
func (c Client) Do(method, path, body string, headers ...string) Answer {
	c.tb.Helper()
	req, err := http.NewRequestWithContext(c.tb.Context(), method, BaseURL+path, strings.NewReader(body))
	if err != nil {
		c.tb.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Add(headers[i], headers[i+1])
	}
	res, err := c.http.Do(req)
	if err != nil {
		c.tb.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		c.tb.Fatal(err)
	}
	return Answer{res, string(raw)}
}

// Get asks for a page as a browser does; session is a cookie, empty for a visitor.
func (c Client) Get(path, session string, headers ...string) Answer {
	c.tb.Helper()
	return c.Do(http.MethodGet, path, "", append(cookie(session), headers...)...)
}

// Submit sends a form of this site.
func (c Client) Submit(path, session string, fields url.Values, headers ...string) Answer {
	c.tb.Helper()
	headers = append(headers, "Content-Type", "application/x-www-form-urlencoded", "Sec-Fetch-Site", "same-origin")
	return c.Do(http.MethodPost, path, fields.Encode(), append(cookie(session), headers...)...)
}

// JSON calls the API as a script of this site does.
func (c Client) JSON(method, path, session, body string, headers ...string) Answer {
	c.tb.Helper()
	headers = append(headers, "Content-Type", "application/json", "Sec-Fetch-Site", "same-origin")
	return c.Do(method, path, body, append(cookie(session), headers...)...)
}

func cookie(session string) []string {
	if session == "" {
		return nil
	}
	return []string{"Cookie", "session=" + session}
}

// Raw sends bytes as they are and reads until the server closes the connection.
func (c Client) Raw(request string) string {
	c.tb.Helper()
	conn, err := c.dial()
	if err != nil {
		c.tb.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := io.WriteString(conn, request); err != nil {
		c.tb.Fatal(err)
	}
	out, err := io.ReadAll(conn)
	if err != nil {
		c.tb.Fatal(err)
	}
	return string(out)
}
