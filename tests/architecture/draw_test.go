package architecture_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/neoforge-dev/neoforge/tests/architecture"
)

// The page of documentation shows the tree as it is: every file, function and route that
// it names was found there.
func TestDocumentation_IsDrawnFromTheTree(t *testing.T) {
	t.Parallel()
	page := filepath.Join("..", "..", "web", "docs", "architecture.md")
	data, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	sections, err := architecture.Sections(parsed(t))
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	for heading, want := range sections {
		before, have, after, found := architecture.Section(text, heading)
		switch {
		case !found:
			t.Errorf("%s has no section %q", page, heading)
		case have == want:
		case os.Getenv("NEOFORGE_UPDATE") == "":
			t.Errorf("%q does not show the tree: 'task docs:architecture' writes it", heading)
		default:
			text = before + want + after
		}
	}
	if text != string(data) {
		if err := os.WriteFile(page, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestDraw_ShowsWhoIsThereAndWhatTheyNeed(t *testing.T) {
	t.Parallel()
	files, err := architecture.Parse(fstest.MapFS{
		"app/wire/a.go":                       {Data: []byte("package wire\n")},
		"modules/notices/a.go":                {Data: []byte("package notices\n")},
		"modules/notices/noticesapp/a.go":     {Data: []byte(imports("noticesapp", architecture.Module+"/ports/identityport"))},
		"modules/notices/noticestest/a.go":    {Data: []byte("package noticestest\n")},
		"modules/identity/a.go":               {Data: []byte("package identity\n")},
		"ports/identityport/a.go":             {Data: []byte("package identityport\n")},
		"ports/clock/a.go":                    {Data: []byte("package clock\n")},
		"adapters/fiberhttp/noticeshttp/a.go": {Data: []byte(imports("noticeshttp", architecture.Module+"/modules/notices"))},
		"adapters/entstore/noticesstore/a.go": {Data: []byte(imports("noticesstore", architecture.Module+"/modules/notices"))},
		"adapters/printer/a.go":               {Data: []byte(imports("printer", architecture.Module+"/modules/notices"))},
		"adapters/zaplog/a.go":                {Data: []byte("package zaplog\n")},
		"ent/noticesent/a.go":                 {Data: []byte("package noticesent\n")},
		"web/pages/noticespages/a.go":         {Data: []byte("package noticespages\n")},
	})
	if err != nil {
		t.Fatal(err)
	}
	drawn := architecture.Draw(files)
	for _, want := range []string{
		"│ notices       noticesapp  ", "│               → identityport  ", "│ contracts     identityport  ", "│ capabilities  clock  ", "fiberhttp (noticeshttp)  ",
		"│ for all       entstore (noticesstore) zaplog  ", "│ for notices   printer  ", "│ of a context  noticesent  ", "│ pages         noticespages  ",
	} {
		if !strings.Contains(drawn, want) {
			t.Errorf("%q is not drawn", want)
		}
	}
	if strings.Contains(drawn, "noticestest") {
		t.Error("what serves tests is drawn")
	}
	for line := range strings.Lines(drawn) {
		if n := len([]rune(strings.TrimRight(line, "\n"))); n > 68 {
			t.Errorf("%d columns: %s", n, line)
		}
	}
	if t.Failed() {
		t.Log("\n" + drawn)
	}
}

func TestMap_LeadsFromAnAddressToItsRule(t *testing.T) {
	t.Parallel()
	tree := fstest.MapFS{
		"modules/notices/notices.go":               {Data: []byte("package notices\n")},
		"modules/notices/noticesapp/list.go":       {Data: []byte("package noticesapp\n\nfunc (a *App) List(ctx context.Context) error { return nil }\n")},
		"adapters/fiberhttp/noticeshttp/routes.go": {Data: []byte("package noticeshttp\n\nfunc Register(s *fiberhttp.Server) { s.Page(http.MethodGet, \"/notices\", fiberhttp.Public(), h.list) }\n")},
		"adapters/fiberhttp/noticeshttp/pages.go": {Data: []byte(
			"package noticeshttp\n\nfunc (h *routes) list(ctx context.Context) error { return h.newest(ctx) }\n\nfunc (h *routes) newest(ctx context.Context) error { return h.Notices.List(ctx) }\n",
		)},
	}
	find := func() (architecture.Places, error) {
		files, err := architecture.Parse(tree)
		if err != nil {
			t.Fatal(err)
		}
		return architecture.Find(files, "/notices")
	}
	have, err := find()
	want := architecture.Places{
		URL: "/notices", Declared: "adapters/fiberhttp/noticeshttp/routes.go", Handler: "list", Answered: "adapters/fiberhttp/noticeshttp/pages.go",
		UseCase: "List", Decided: "modules/notices/noticesapp/list.go",
	}
	if err != nil || have != want {
		t.Errorf("%+v, %v", have, err)
	}
	for _, gone := range []string{"modules/notices/noticesapp/list.go", "adapters/fiberhttp/noticeshttp/pages.go", "adapters/fiberhttp/noticeshttp/routes.go"} {
		delete(tree, gone)
		if have, err := find(); err == nil {
			t.Errorf("without %s: %+v", gone, have)
		}
	}
}
