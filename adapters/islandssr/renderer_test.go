//go:build !release

package islandssr_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/assets/bundle"
	"github.com/neoforge-dev/neoforge/adapters/islandssr"
	"github.com/neoforge-dev/neoforge/tests/harness/skips"
)

func TestMain(m *testing.M) { os.Exit(skips.Main(m)) }

const webDir = "../../web"

var joined = sync.OnceValues(func() ([]byte, error) {
	source, err := bundle.Folder(webDir)
	if err != nil {
		return nil, err
	}
	return bundle.SSR(source)
})

func realBundle(t *testing.T) func(context.Context) ([]byte, error) {
	t.Helper()
	if _, err := os.Stat(filepath.Join(webDir, "node_modules", "@lit-labs", "ssr")); err != nil {
		skips.Missing(t, skips.Web, "the page's packages are not installed: run `npm ci --omit=dev` in web/")
	}
	return func(context.Context) ([]byte, error) { return joined() }
}

func fixed(script string) func(context.Context) ([]byte, error) {
	return func(context.Context) ([]byte, error) { return []byte(script), nil }
}

func open(t *testing.T, source func(context.Context) ([]byte, error), opts islandssr.Options) *islandssr.Renderer {
	t.Helper()
	r, err := islandssr.New(source, opts)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// noFaults fails the test when an island is left to the browser. A render has as long
// as a starved machine may need.
func noFaults(t *testing.T) islandssr.Options {
	return islandssr.Options{Timeout: time.Minute, Log: func(msg string, err error) { t.Errorf("%s: %v", msg, err) }}
}

var hostile = map[string]string{
	"url":   `https://example.test/"><script>alert(1)</script>?a=1&b='2'`,
	"title": "</template></nf-content-share><img src=x onerror=alert(1)>\u2028 \x00 ${alert(1)} `quoted` <!-- --> ]]>",
}

func TestRender_GivesTheBytesOfNode(t *testing.T) {
	t.Parallel()
	source := realBundle(t)
	node, err := exec.LookPath("node")
	if err != nil {
		skips.Missing(t, skips.Web, "node was not found: install Node.js 20 or later to compare the rendering with its own")
	}
	script, err := source(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "ssr.cjs")
	if err := os.WriteFile(file, script, 0o600); err != nil {
		t.Fatal(err)
	}
	r := open(t, source, noFaults(t))
	cases := []struct {
		element    string
		attributes map[string]string
		data       any
	}{
		{"nf-content-share", map[string]string{"on": "visible"}, map[string]string{"title": "Welcome", "url": "https://example.test/posts/welcome"}},
		{"nf-content-share", map[string]string{"on": "visible", "id": "share"}, hostile},
		{"nf-content-share", nil, nil},
		{"nf-content-editor", map[string]string{"on": "load"}, map[string]any{"key": "new"}},
		{"nf-identity-copy", map[string]string{"on": "load", "data-from": "codes"}, nil},
		{"nf-content-draft-state", map[string]string{"on": "load"}, nil},
		{"nf-content-open-editors", nil, map[string]any{"others": []string{"Ada", "Cleo"}}},
		{"nf-identity-menu", map[string]string{"on": "signed-in", "data-menu": `[{"label":"Account","path":"/account"}]`}, nil},
		{"nf-identity-acting", map[string]string{"on": "signed-in"}, nil},
		{"nf-identity-passkey", map[string]string{"on": "load", "autofill": "", "data-options-url": "/api/v1/auth/passkey/options"}, nil},
	}
	for _, c := range cases {
		got, err := r.Render(t.Context(), c.element, c.attributes, c.data, "")
		if err != nil {
			t.Fatal(err)
		}
		pairs := [][2]string{}
		for name, value := range c.attributes {
			pairs = append(pairs, [2]string{name, value})
		}
		slices.SortFunc(pairs, func(a, b [2]string) int { return strings.Compare(a[0], b[0]) })
		if c.data != nil {
			raw, err := json.Marshal(c.data)
			if err != nil {
				t.Fatal(err)
			}
			pairs = append(pairs, [2]string{"data", string(raw)})
		}
		arguments, err := json.Marshal([]any{c.element, pairs})
		if err != nil {
			t.Fatal(err)
		}
		cmd := exec.CommandContext(t.Context(), node, "-e",
			`require(process.argv[1]); process.stdout.write(globalThis.neoforgeIslands.renderIsland(...JSON.parse(process.argv[2])))`,
			file, string(arguments))
		want, err := cmd.Output()
		if err != nil {
			t.Fatalf("node: %v", err)
		}
		if got != string(want)+"</"+c.element+">" {
			t.Errorf("%s: the program rendered\n%s\nand Node\n%s", c.element, got, want)
		}
	}
}

func TestRender_EscapesWhatComesFromOutside(t *testing.T) {
	t.Parallel()
	r := open(t, realBundle(t), noFaults(t))
	out, err := r.Render(t.Context(), "nf-content-share", map[string]string{"on": "visible", "id": `"><script>x</script>`}, hostile, "<p>child</p>")
	if err != nil {
		t.Fatal(err)
	}
	tokens := html.NewTokenizer(strings.NewReader(out))
	var islands, closed, children int
	for {
		kind := tokens.Next()
		if kind == html.ErrorToken {
			break
		}
		token := tokens.Token()
		switch {
		case token.Data == "script" || token.Data == "img":
			t.Errorf("data became the element %s", token)
		case token.Data == "nf-content-share" && kind == html.StartTagToken:
			islands++
		case token.Data == "nf-content-share" && kind == html.EndTagToken:
			closed++
		case token.Data == "p" && kind == html.StartTagToken && closed == 0 && len(token.Attr) == 0:
			children++
		}
		for _, attribute := range token.Attr {
			if strings.HasPrefix(attribute.Key, "on") && attribute.Key != "on" {
				t.Errorf("data became the attribute %s", attribute.Key)
			}
			if attribute.Key == "href" && !strings.HasPrefix(attribute.Val, "mailto:") && !strings.HasPrefix(attribute.Val, "https://") {
				t.Errorf("a link leads to %q", attribute.Val)
			}
		}
	}
	if islands != 1 || closed != 1 || children != 1 {
		t.Errorf("found %d opening tags, %d closing tags, %d children; want one each", islands, closed, children)
	}
}

func TestRender_IsTheSameForTheSameInput(t *testing.T) {
	t.Parallel()
	source := realBundle(t)
	attributes := map[string]string{"on": "visible", "id": "a", "class": "b", "lang": "de"}
	first, err := open(t, source, noFaults(t)).Render(t.Context(), "nf-content-share", attributes, hostile, "")
	if err != nil {
		t.Fatal(err)
	}
	second, err := open(t, source, noFaults(t)).Render(t.Context(), "nf-content-share", attributes, hostile, "")
	if err != nil {
		t.Fatal(err)
	}
	if first != second {
		t.Errorf("one renderer gave\n%s\nanother\n%s", first, second)
	}
	if !strings.Contains(first, `<template shadowroot="open" shadowrootmode="open">`) {
		t.Errorf("no declarative shadow root in %s", first)
	}
}

func TestRender_DoesNotMixConcurrentCalls(t *testing.T) {
	t.Parallel()
	opts := noFaults(t)
	opts.Engines = 2
	r := open(t, realBundle(t), opts)
	var wg sync.WaitGroup
	for i := range 40 {
		wg.Go(func() {
			id := string(rune('a'+i%26)) + strings.Repeat("x", i)
			out, err := r.Render(t.Context(), "nf-content-share", nil, map[string]string{"url": "https://example.test/" + id}, "<i>"+id+"</i>")
			if err != nil {
				t.Error(err)
				return
			}
			if !strings.Contains(out, "url="+"https%3A%2F%2Fexample.test%2F"+id+`"`) || !strings.HasSuffix(out, "<i>"+id+"</i></nf-content-share>") {
				t.Errorf("the render of %s gave %s", id, out)
			}
		})
	}
	wg.Wait()
}

func TestStyleHashes_NameEveryStyleElement(t *testing.T) {
	t.Parallel()
	r := open(t, realBundle(t), noFaults(t))
	hashes, err := r.StyleHashes(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !slices.IsSorted(hashes) {
		t.Errorf("the hashes %v are in no fixed order", hashes)
	}
	source, err := bundle.Folder(webDir)
	if err != nil {
		t.Fatal(err)
	}
	islands, err := source.Islands()
	if err != nil {
		t.Fatal(err)
	}
	styled := 0
	for _, island := range islands {
		if island.Name == "nf-platform-vitals" {
			continue // draws nothing, and is no Lit element
		}
		out, err := r.Render(t.Context(), island.Name, nil, nil, "")
		if err != nil {
			t.Fatal(err)
		}
		for rest := out; ; {
			_, after, found := strings.Cut(rest, "<style>")
			if !found {
				break
			}
			text, remainder, _ := strings.Cut(after, "</style>")
			sum := sha256.Sum256([]byte(text))
			if hash := "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"; !slices.Contains(hashes, hash) {
				t.Errorf("a style of %s has the hash %s, which is not among %v", island.Name, hash, hashes)
			}
			styled++
			rest = remainder
		}
	}
	if styled == 0 {
		t.Error("no island has a style; the check saw nothing")
	}
}

func TestRenderer_LeavesASlowIslandToTheBrowser(t *testing.T) {
	t.Parallel()
	var told atomic.Value
	r := open(t, fixed(`var neoforgeIslands = {renderIsland: function (name) { if (name === 'nf-x-slow') { while (true) {} } return '<' + name + '>done'; }, styles: function () { return []; }};`),
		islandssr.Options{Engines: 1, Timeout: 20 * time.Millisecond, Log: func(_ string, err error) { told.Store(err) }})
	out, err := r.Render(t.Context(), "nf-x-slow", map[string]string{"on": "load"}, map[string]string{"a": `"<b>`}, "<p>still here</p>")
	if err != nil {
		t.Fatal(err)
	}
	if want := `<nf-x-slow on="load" data="{&#34;a&#34;:&#34;\&#34;\u003cb\u003e&#34;}"><p>still here</p></nf-x-slow>`; out != want {
		t.Errorf("got %s; want %s", out, want)
	}
	if err, _ := told.Load().(error); !errors.Is(err, islandssr.ErrTimeout) {
		t.Errorf("the log was told %v; want the timeout", err)
	}
	out, err = r.Render(t.Context(), "nf-x-quick", nil, nil, "")
	if err != nil || out != "<nf-x-quick>done</nf-x-quick>" {
		t.Errorf("after a stopped render the next gave %q, %v", out, err)
	}
}

func TestRenderer_NeverFailsAPageForAnIsland(t *testing.T) {
	t.Parallel()
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	cases := map[string]struct {
		ctx    context.Context
		source func(context.Context) ([]byte, error)
		data   any
	}{
		"the script cannot be had":    {t.Context(), func(context.Context) ([]byte, error) { return nil, errors.New("gone") }, nil},
		"the script does not compile": {t.Context(), fixed(`function (`), nil},
		"the script fails":            {t.Context(), fixed(`throw new Error('no')`), nil},
		"the script sets nothing":     {t.Context(), fixed(``), nil},
		"the island fails":            {t.Context(), fixed(`var neoforgeIslands = {renderIsland() { throw new TypeError('no') }, styles() { return [] }}`), nil},
		"the island calls itself":     {t.Context(), fixed(`var neoforgeIslands = {renderIsland: function f() { return f() + f(); }, styles() { return [] }}`), nil},
		"the data is not JSON":        {t.Context(), fixed(`var neoforgeIslands = {renderIsland() { return 'x' }, styles() { return [] }}`), make(chan int)},
		"the reader has left":         {cancelled, fixed(`var neoforgeIslands = {renderIsland() { while (true) {} }, styles() { return [] }}`), nil},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var told atomic.Int32
			r := open(t, c.source, islandssr.Options{Log: func(string, error) { told.Add(1) }})
			out, err := r.Render(c.ctx, "nf-x-y", map[string]string{"on": "idle"}, c.data, "<a href=\"/\">plain</a>")
			if err != nil {
				t.Fatal(err)
			}
			if want := `<nf-x-y on="idle"><a href="/">plain</a></nf-x-y>`; out != want {
				t.Errorf("got %s; want %s", out, want)
			}
			want := int32(1)
			if c.ctx.Err() != nil {
				want = 0 // who left is no fault
			}
			if told.Load() != want {
				t.Errorf("the log was told %d times; want %d", told.Load(), want)
			}
			if hashes, err := r.StyleHashes(t.Context()); err != nil || len(hashes) > 0 {
				t.Errorf("the styles of the page are %v, %v; want none and no error", hashes, err)
			}
		})
	}
}

func TestRender_RefusesNamesThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	r := open(t, fixed(``), islandssr.Options{})
	for _, element := range []string{"", "div", "nf-", "nf-x", "nf-X-y", "nf-a-b><script>", "nf-a-b c"} {
		if _, err := r.Render(t.Context(), element, nil, nil, ""); !errors.Is(err, islandssr.ErrName) {
			t.Errorf("element %q: %v; want ErrName", element, err)
		}
	}
	for _, attribute := range []string{"", "onclick", "style", "data", "a b", "a=b", "A", "a>"} {
		if _, err := r.Render(t.Context(), "nf-a-b", map[string]string{attribute: "x"}, nil, ""); !errors.Is(err, islandssr.ErrName) {
			t.Errorf("attribute %q: %v; want ErrName", attribute, err)
		}
	}
}

func TestRenderer_UsesAChangedScriptAtOnce(t *testing.T) {
	t.Parallel()
	var version atomic.Value
	version.Store("1")
	var loads atomic.Int32
	r := open(t, func(context.Context) ([]byte, error) {
		loads.Add(1)
		return []byte(`var neoforgeIslands = {renderIsland() { return '<nf-a-b>` + version.Load().(string) + `' }, styles() { return ['v` + version.Load().(string) + `'] }}`), nil
	}, islandssr.Options{Version: func() string { return version.Load().(string) }})
	render := func() string {
		out, err := r.Render(t.Context(), "nf-a-b", nil, nil, "")
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	hashes := func() string {
		list, err := r.StyleHashes(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return strings.Join(list, " ")
	}
	if out := render(); out != "<nf-a-b>1</nf-a-b>" {
		t.Fatalf("got %s", out)
	}
	before := hashes()
	render()
	version.Store("2")
	if out := render(); out != "<nf-a-b>2</nf-a-b>" {
		t.Errorf("after the change got %s", out)
	}
	if hashes() == before {
		t.Error("the hashes are those of the script before the change")
	}
	if loads.Load() != 2 {
		t.Errorf("the script was asked for %d times; want once a version", loads.Load())
	}
}

func BenchmarkRender(b *testing.B) {
	script, err := joined()
	if err != nil {
		skips.Missing(b, skips.Web, "the page's packages are not installed: "+err.Error())
	}
	for name, distinct := range map[string]bool{"cached": false, "new": true} {
		b.Run(name, func(b *testing.B) {
			r, err := islandssr.New(fixed(string(script)), islandssr.Options{})
			if err != nil {
				b.Fatal(err)
			}
			n := 0
			for b.Loop() {
				if distinct {
					n++
				}
				if _, err := r.Render(b.Context(), "nf-content-share", nil, map[string]int{"n": n}, ""); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
