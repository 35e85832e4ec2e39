package cataloghttp_test

import (
	"strings"
	"testing"

	"github.com/a-h/templ"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/cataloghttp"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/fiberhttptest"
	"github.com/neoforge-dev/neoforge/web/pages/catalogpages"
)

const manifest = `{"modules":[{"declarations":[{"tagName":"nf-notices-board","description":"The notices.",
	"attributes":[{"name":"data","type":{"text":"Board"},"description":"what it shows"}],"events":[{"name":"nf-notices-read","description":"when one was read"}]}]}]}`

func entry(name string) catalogpages.Entry {
	return catalogpages.Entry{Name: name, Examples: []catalogpages.Example{{Title: "Full", Component: templ.Raw("<b>live</b>"), Code: "<b>code</b>"}}}
}

func TestCatalog_ShowsTheEntriesOfThePlatformAndOfModules(t *testing.T) {
	t.Parallel()
	s := fiberhttptest.MustNew(t, fiberhttptest.Settings(t))
	button := entry("button")
	button.Title, button.Summary = "Buttons", "What is pressed."
	if err := cataloghttp.Register(s, cataloghttp.Catalog{Entries: []catalogpages.Entry{button}}, cataloghttp.Catalog{},
		cataloghttp.Catalog{Elements: []byte(manifest), Entries: []catalogpages.Entry{entry("nf-notices-board")}}); err != nil {
		t.Fatal(err)
	}
	c := fiberhttptest.Serve(t, s)
	list := c.Get("/catalog", "")
	for _, want := range []string{`href="/catalog/button"`, `href="/catalog/nf-notices-board"`, "What is pressed.", "The notices."} {
		if !strings.Contains(list.Body, want) {
			t.Errorf("the list lacks %q", want)
		}
	}
	board := c.Get("/catalog/nf-notices-board", "")
	for _, want := range []string{"<b>live</b>", "&lt;b&gt;code&lt;/b&gt;", "what it shows", "nf-notices-read", `href="/catalog/nf-notices-board" aria-current="page"`} {
		if !strings.Contains(board.Body, want) {
			t.Errorf("the entry lacks %q", want)
		}
	}
	if board.StatusCode != 200 || board.Header.Get("ETag") == "" {
		t.Errorf("%d %v", board.StatusCode, board.Header)
	}
	if missing := c.Get("/catalog/nothing", ""); missing.StatusCode != 404 {
		t.Errorf("an entry that is not there answers %d", missing.StatusCode)
	}
}

func TestCatalog_RefusesWhatShowsNothing(t *testing.T) {
	t.Parallel()
	bare := entry("button")
	bare.Examples = nil
	codeless := entry("button")
	codeless.Examples[0].Code = " "
	empty := entry("button")
	empty.Examples[0].Component = nil
	for want, c := range map[string]cataloghttp.Catalog{
		"no example":        {Entries: []catalogpages.Entry{bare}},
		"lacks its":         {Entries: []catalogpages.Entry{codeless}},
		"its component":     {Entries: []catalogpages.Entry{empty}},
		"two entries":       {Entries: []catalogpages.Entry{entry("button"), entry("button")}},
		"make the manifest": {Elements: []byte(manifest), Entries: []catalogpages.Entry{entry("nf-notices-pin")}},
		"read the custom":   {Elements: []byte("{"), Entries: []catalogpages.Entry{entry("button")}},
	} {
		err := cataloghttp.Register(fiberhttptest.MustNew(t, fiberhttptest.Settings(t)), c)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q: %v", want, err)
		}
	}
}
