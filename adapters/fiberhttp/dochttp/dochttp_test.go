package dochttp_test

import (
	"context"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/dochttp"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/fiberhttptest"
)

func pages() fstest.MapFS {
	return fstest.MapFS{
		"index.md": {Data: []byte("# Welcome\n\nText of the index.\n")},
		"state.md": {Data: []byte("# State\n\n<h2 id=\"h-signals\">Signals &amp; <code>stores</code></h2>\n<h3 id=\"h-more\">More of it</h3>\n<h2 id=\"h-end\">End</h2>\n")},
		"api.md":   {Data: []byte("# API\n\nText of the API.\n")},
	}
}

func same(_ context.Context, markdown string) (string, error) { return markdown, nil }

func TestPagesAreReadInTheOrderOfTheContents(t *testing.T) {
	t.Parallel()
	s := fiberhttptest.MustNew(t, fiberhttptest.Settings(t))
	deps := dochttp.Deps{Files: pages(), Render: same, Contents: []dochttp.Section{{Title: "Begin", Pages: []string{"index", "state"}}}}
	if err := dochttp.Register(s, deps); err != nil {
		t.Fatal(err)
	}
	c := fiberhttptest.Serve(t, s)
	state := c.Get("/docs/state", "")
	if state.StatusCode != 200 || state.Header.Get("ETag") == "" {
		t.Fatalf("%d %v", state.StatusCode, state.Header)
	}
	for _, want := range []string{`href="/docs"`, `href="/docs/api"`, `#h-signals`, "Signals &amp; stores", "Begin", "More"} {
		if !strings.Contains(state.Body, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if n := strings.Count(state.Body, "<h1"); n != 1 {
		t.Errorf("%d main headings", n)
	}
	if a := c.Get("/docs", ""); a.StatusCode != 200 || !strings.Contains(a.Body, "Text of the index.") {
		t.Errorf("%d", a.StatusCode)
	}
	for _, path := range []string{"/docs/index", "/docs/missing", "/docs/state.md", "/docs/..%2fstate", "/docs/%2e%2e"} {
		if a := c.Get(path, ""); a.StatusCode != 404 {
			t.Errorf("%s: %d", path, a.StatusCode)
		}
	}
}

func TestContentsThatNameAMissingPageAreRefused(t *testing.T) {
	t.Parallel()
	for name, deps := range map[string]dochttp.Deps{
		"missing":     {Files: pages(), Render: same, Contents: []dochttp.Section{{Pages: []string{"gone"}}}},
		"no title":    {Files: fstest.MapFS{"index.md": {Data: []byte("Text")}}, Render: same},
		"no renderer": {Files: pages()},
	} {
		if err := dochttp.Register(fiberhttptest.MustNew(t, fiberhttptest.Settings(t)), deps); err == nil {
			t.Errorf("%s: registered", name)
		}
	}
}

func TestDocs_KeepOnlyTheWordsOfALinkToWhatIsNotThere(t *testing.T) {
	t.Parallel()
	s := fiberhttptest.MustNew(t, fiberhttptest.Settings(t))
	files := fstest.MapFS{
		"index.md": {Data: []byte("# Welcome\n\n<a href=\"/pricing?interval=year\" rel=\"x\">the <b>plans</b></a>, <a href=\"/docs/state#h-end\">state</a>, <a href=\"/docs/gone\">gone</a>, <a href=\"/api/openapi.json\">API</a>, <a href=\"https://go.dev/\">Go</a>\n")},
		"state.md": {Data: []byte("# State\n\nText.\n")},
	}
	if err := dochttp.Register(s, dochttp.Deps{Files: files, Render: same}); err != nil {
		t.Fatal(err)
	}
	const want = `the <b>plans</b>, <a href="/docs/state#h-end">state</a>, gone, <a href="/api/openapi.json">API</a>, <a href="https://go.dev/">Go</a>`
	if body := fiberhttptest.Serve(t, s).Get("/docs", "").Body; !strings.Contains(body, want) {
		t.Errorf("the page holds\n%s", body)
	}
}
