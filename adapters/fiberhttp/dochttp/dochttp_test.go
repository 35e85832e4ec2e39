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

func TestDocsPages_AreInTheOrderOfTheContents(t *testing.T) {
	t.Parallel()
	s := fiberhttptest.MustNew(t, fiberhttptest.Settings(t))
	deps := dochttp.Deps{Render: same, Pages: []dochttp.Pages{{Files: pages(), Contents: []dochttp.Section{{Title: "Begin", Pages: []string{"index", "state"}}}}}}
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

func TestContents_ThatNameAMissingPageAreRefused(t *testing.T) {
	t.Parallel()
	for name, deps := range map[string]dochttp.Deps{
		"missing":     {Render: same, Pages: []dochttp.Pages{{Files: pages(), Contents: []dochttp.Section{{Pages: []string{"gone"}}}}}},
		"no title":    {Render: same, Pages: []dochttp.Pages{{Files: fstest.MapFS{"index.md": {Data: []byte("Text")}}}}},
		"no renderer": {Pages: []dochttp.Pages{{Files: pages()}}},
		"no pages":    {Render: same},
		"of another":  {Render: same, Pages: []dochttp.Pages{{Of: "a", Files: pages()}, {Of: "b", Files: fstest.MapFS{"own.md": {Data: []byte("# Own")}}, Contents: []dochttp.Section{{Pages: []string{"api"}}}}}},
		"one name":    {Render: same, Pages: []dochttp.Pages{{Of: "a", Files: pages()}, {Of: "b", Files: pages()}}},
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
	if err := dochttp.Register(s, dochttp.Deps{Render: same, Pages: []dochttp.Pages{{Files: files}}}); err != nil {
		t.Fatal(err)
	}
	const want = `the <b>plans</b>, <a href="/docs/state#h-end">state</a>, gone, <a href="/api/openapi.json">API</a>, <a href="https://go.dev/">Go</a>`
	if body := fiberhttptest.Serve(t, s).Get("/docs", "").Body; !strings.Contains(body, want) {
		t.Errorf("the page holds\n%s", body)
	}
}

func TestDocs_OfModulesStandBesideThoseOfThePlatform(t *testing.T) {
	t.Parallel()
	s := fiberhttptest.MustNew(t, fiberhttptest.Settings(t))
	err := dochttp.Register(s, dochttp.Deps{Render: same, Pages: []dochttp.Pages{
		{Of: "platform", Files: pages(), Contents: []dochttp.Section{{Title: "Begin", Pages: []string{"index"}}, {Title: "Build", Pages: []string{"state"}}}},
		{Of: "notices", Contents: []dochttp.Section{{Title: "Build", Pages: []string{"notices"}}}, Files: fstest.MapFS{
			"notices.md": {Data: []byte("# Notices\n\nWhat is told to everybody.\n")}, "more-notices.md": {Data: []byte("# More of them\n\nText.\n")},
		}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	c := fiberhttptest.Serve(t, s)
	body := c.Get("/docs/notices", "").Body
	at := -1
	for _, want := range []string{">Begin<", `href="/docs"`, ">Build<", `href="/docs/state"`, `href="/docs/notices"`, ">More<", `href="/docs/api"`, `href="/docs/more-notices"`} {
		i := strings.Index(body[at+1:], want)
		if i < 0 {
			t.Fatalf("%s is not in the contents, or not in its place:\n%s", want, body)
		}
		at += 1 + i
	}
	if !strings.Contains(body, "What is told to everybody.") || strings.Count(body, ">Build<") != strings.Count(body, ">Begin<") {
		t.Error("the page lacks its text, or a section stands there twice")
	}
	if a := c.Get("/docs/more-notices", ""); a.StatusCode != 200 {
		t.Errorf("%d", a.StatusCode)
	}
}
