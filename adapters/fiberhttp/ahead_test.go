package fiberhttp_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/assets"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/fiberhttptest"
	"github.com/neoforge-dev/neoforge/tests/harness"
	"github.com/neoforge-dev/neoforge/web/pages/layout"
)

// released is a store as a release has it.
type released struct{ assets.Store }

func (released) ImportMap() string     { return "" }
func (released) ImportMapHash() string { return "" }
func (released) Critical() string      { return "body{margin:0}" }
func (released) CriticalHash() string  { return "'sha256-critical'" }
func (released) Modules(element string) []string {
	return map[string][]string{
		"":        {"/assets/loader.js"},
		"nf-x-a":  {"/assets/a.js", "/assets/lit.js"},
		"nf-x-b":  {"/assets/b.js", "/assets/lit.js"},
		"nf-x-no": {"/assets/no.js"},
	}[element]
}

// plainIslands renders islands as tags.
type plainIslands struct{}

func (plainIslands) Render(_ context.Context, element string, _ map[string]string, _ any, children string) (string, error) {
	return "<" + element + ">" + children + "</" + element + ">", nil
}
func (plainIslands) StyleHashes(context.Context) ([]string, error) { return nil, nil }

func release(t *testing.T, change func(*fiberhttp.Config)) *fiberhttp.Server {
	t.Helper()
	settings := fiberhttptest.Settings(t)
	settings.Assets, settings.Islands = released{settings.Assets}, plainIslands{}
	if change != nil {
		change(&settings)
	}
	s := fiberhttptest.MustNew(t, settings)
	none := func(*fiberhttp.Request) []string { return nil }
	page := func(tags ...layout.IslandTag) fiberhttp.Handler {
		return func(_ context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
			shell := layout.Shell(s.View(r, fiberhttp.View{Title: "Page"}))
			return fiberhttp.HTML(templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
				return shell.Render(templ.WithChildren(ctx, templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
					for _, tag := range tags {
						if err := layout.Island(tag).Render(ctx, w); err != nil {
							return err
						}
					}
					return nil
				})), w)
			})), nil
		}
	}
	s.Page("GET", "/posts", fiberhttp.Public(), page(), fiberhttp.Cached(none, "page"))
	s.Page("GET", "/posts/{slug}", fiberhttp.Public(), page(
		layout.IslandTag{Element: "nf-x-a"}, layout.IslandTag{Element: "nf-x-b", On: "load"}, layout.IslandTag{Element: "nf-x-no", On: "interaction"},
	), fiberhttp.Cached(none))
	s.Page("GET", "/terms", fiberhttp.Public(), page(), fiberhttp.Cached(none), fiberhttp.Revalidated())
	s.Page("GET", "/feed.xml", fiberhttp.Public(), page(), fiberhttp.Cached(none))
	s.Page("GET", "/login", fiberhttp.Public(), page())
	s.Page("GET", "/account", fiberhttp.SignedIn(), page(layout.IslandTag{Element: "nf-x-a"}))
	s.Page("POST", "/logout", fiberhttp.Public(), page())
	return s
}

func TestPages_TellWhatTheyLoadAtOnce(t *testing.T) {
	t.Parallel()
	c := fiberhttptest.Serve(t, release(t, nil))
	const loader, both = "</assets/loader.js>; rel=modulepreload",
		"</assets/loader.js>; rel=modulepreload, </assets/a.js>; rel=modulepreload, </assets/lit.js>; rel=modulepreload, </assets/b.js>; rel=modulepreload"
	for path, want := range map[string]string{"/posts": loader, "/posts/first": both, "/login": loader} {
		for range 2 { // made, and from the cache
			if got := c.Get(path, "").Header.Values("Link"); len(got) != 1 || got[0] != want {
				t.Errorf("%s: %q, want %q", path, got, want)
			}
		}
	}
	want := "</assets/main.css>; rel=preload; as=style, </assets/loader.js>; rel=modulepreload, </assets/a.js>; rel=modulepreload, </assets/lit.js>; rel=modulepreload"
	if got := c.Get("/account", "cleo").Header.Get("Link"); got != want {
		t.Errorf("/account: %q, want %q", got, want)
	}
	if a := c.Do("POST", "/nowhere", ""); a.Header.Get("Link") != "" {
		t.Errorf("an error loads %q", a.Header.Get("Link"))
	}
}

func TestCriticalStyles_PaintThePagesOfVisitorsAndAreInTheirPolicy(t *testing.T) {
	t.Parallel()
	c := fiberhttptest.Serve(t, release(t, nil))
	const style, sheet = "<style>body{margin:0}</style>", `<link rel="stylesheet" href="/assets/main.css">`
	visitor := c.Get("/posts/first", "")
	head, body, _ := strings.Cut(visitor.Body, "</head>")
	if !strings.Contains(head, style) || strings.Contains(head, sheet) || !strings.Contains(body, sheet) || strings.Index(body, sheet) < strings.Index(body, "</footer>") {
		t.Errorf("the page waits for its styles:\n%s", visitor.Body)
	}
	if policy := visitor.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "style-src 'self' 'sha256-critical';") {
		t.Errorf("the policy is %s", policy)
	}
	// What people who are signed in see is more than the critical rules.
	if member := c.Get("/account", "cleo"); strings.Contains(member.Body, style) || !strings.Contains(member.Body[:strings.Index(member.Body, "</head>")], sheet) {
		t.Errorf("the account is painted without its styles:\n%s", member.Body)
	}
}

func TestSpeculationRules_NameWhatVisitorsGetFromTheCacheAlone(t *testing.T) {
	t.Parallel()
	c := fiberhttptest.Serve(t, release(t, nil))
	const open = `<script type="speculationrules">`
	a := c.Get("/posts", "")
	_, rest, found := strings.Cut(a.Body, open)
	text, _, _ := strings.Cut(rest, "</script>")
	var rules struct {
		Prefetch []struct {
			Where struct {
				And []struct {
					Href []string `json:"href_matches"`
				} `json:"and"`
			} `json:"where"`
			Eagerness string `json:"eagerness"`
		} `json:"prefetch"`
	}
	if err := json.Unmarshal([]byte(text), &rules); err != nil || !found || len(rules.Prefetch) != 1 || len(rules.Prefetch[0].Where.And) == 0 {
		t.Fatalf("%q: %v", text, err)
	}
	if got, want := rules.Prefetch[0].Where.And[0].Href, []string{"/posts", "/posts/*", `/posts\?*`}; !slices.Equal(got, want) {
		t.Errorf("fetched ahead: %q, want %q", got, want)
	}
	if rules.Prefetch[0].Eagerness != "moderate" {
		t.Errorf("eagerness %q", rules.Prefetch[0].Eagerness)
	}
	sum := sha256.Sum256([]byte(text))
	if policy := a.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "script-src 'self' 'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'") {
		t.Errorf("the policy refuses them: %s", policy)
	}
	if member := c.Get("/account", "cleo"); strings.Contains(member.Body, open) {
		t.Error("somebody who is signed in fetches pages ahead, each of which is made for them")
	}
}

// throughHaproxy serves over a port and answers the address of a haproxy before it, and its own.
func throughHaproxy(t *testing.T, s *fiberhttp.Server) (proxy, direct string) {
	t.Helper()
	haproxy := harness.Tool(t, "haproxy")
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ln) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := s.Shutdown(ctx); err != nil {
			t.Error(err)
		}
		<-ended
	})
	proxy, direct = fmt.Sprintf("127.0.0.1:%d", harness.Port(t)), ln.Addr().String()
	file := filepath.Join(t.TempDir(), "haproxy.cfg")
	text := "defaults\n\tmode http\n\ttimeout connect 5s\n\ttimeout client 30s\n\ttimeout server 30s\n" +
		"frontend site\n\tbind " + proxy + "\n\tdefault_backend program\nbackend program\n\tserver program " + direct + "\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	cmd := exec.Command(haproxy, "-db", "-f", file)
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	gone := make(chan struct{})
	go func() { _ = cmd.Wait(); close(gone) }()
	t.Cleanup(func() { _ = cmd.Process.Kill(); <-gone })
	for {
		conn, err := net.Dial("tcp", proxy)
		if err == nil {
			_ = conn.Close()
			return proxy, direct
		}
		select {
		case <-gone:
			t.Fatalf("haproxy ended: %s", said.String())
		case <-t.Context().Done():
			t.Fatal(t.Context().Err())
		default:
		}
	}
}

// raw sends a request over a connection of its own, and answers all that comes back.
func raw(t *testing.T, addr, request string) string {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	out, err := io.ReadAll(conn)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func TestEarlyHints_ReachBrowsersOfPeopleWhoAreSignedInThroughAProxy(t *testing.T) {
	t.Parallel()
	const (
		cleo     = "Cookie: session=cleo\r\n"
		browser  = "Sec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\n"
		hint     = "HTTP/1.1 103 Early Hints\r\n"
		hintLink = "</assets/main.css>; rel=preload; as=style, </assets/loader.js>; rel=modulepreload\r\n"
	)
	request := func(path, version, headers string) string {
		return "GET " + path + " HTTP/" + version + "\r\nHost: forge.test\r\nConnection: close\r\n" + headers + "\r\n"
	}
	on, off := release(t, func(c *fiberhttp.Config) { c.EarlyHints = true }), release(t, nil)
	proxy, direct := throughHaproxy(t, on)
	for name, addr := range map[string]string{"through haproxy": proxy, "directly": direct} {
		answer := raw(t, addr, request("/account", "1.1", cleo+browser))
		first, rest, _ := strings.Cut(answer, "\r\n\r\n")
		if !strings.HasPrefix(first+"\r\n", hint) || !strings.Contains(strings.ToLower(first)+"\r\n", "link: "+hintLink) {
			t.Errorf("%s, the first that comes is no hint:\n%s", name, answer)
		}
		if !strings.HasPrefix(rest, "HTTP/1.1 200") || !strings.HasSuffix(strings.TrimSpace(rest), "</html>") || strings.Count(strings.ToLower(rest), "\r\nlink: ") != 1 {
			t.Errorf("%s, the page after the hint:\n%s", name, rest)
		}
		for what, plain := range map[string]string{
			"a visitor's page":      request("/posts", "1.1", browser),
			"a page of the cache":   request("/posts", "1.1", browser),
			"a program's request":   request("/account", "1.1", cleo),
			"a fetch ahead of need": request("/account", "1.1", cleo+browser+"Sec-Purpose: prefetch\r\n"),
			"an older client":       request("/account", "1.0", cleo+browser),
		} {
			if answer := raw(t, addr, plain); strings.Contains(answer, " 103 ") || !strings.Contains(answer[:min(len(answer), 20)], " 200") {
				t.Errorf("%s, %s:\n%s", name, what, answer)
			}
		}
	}
	if answer := fiberhttptest.Serve(t, off).Raw(request("/account", "1.1", cleo+browser)); strings.Contains(answer, " 103 ") || !strings.HasPrefix(answer, "HTTP/1.1 200") {
		t.Errorf("without the setting:\n%s", answer)
	}
}
