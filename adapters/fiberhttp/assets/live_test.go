//go:build !release

package assets_test

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/assets"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/assets/bundle"
	"github.com/neoforge-dev/neoforge/adapters/islandssr"
)

// saved is a copy of the web folder that a test may write into, with a module whose files lie elsewhere.
type saved struct {
	tb    testing.TB
	dir   string
	other string // of the module "notices"
	store assets.Store
	live  *assets.Live
	tick  time.Time
}

func copyOfWeb(t *testing.T) *saved {
	t.Helper()
	requirePackages(t)
	s := &saved{tb: t, dir: t.TempDir(), other: t.TempDir(), tick: time.Now().Add(-time.Hour)}
	for _, part := range []string{"islands", "styles", "development", "pwa"} {
		if err := os.CopyFS(filepath.Join(s.dir, part), os.DirFS(filepath.Join(webDir, part))); err != nil {
			t.Fatal(err)
		}
	}
	packages, err := filepath.Abs(filepath.Join(webDir, "node_modules"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(packages, filepath.Join(s.dir, "node_modules")); err != nil {
		t.Fatal(err)
	}
	s.save(filepath.Join(s.other, "islands/notices/board.js"), board)
	source, err := bundle.Folder(s.dir)
	if err != nil {
		t.Fatal(err)
	}
	source.Roots = append(source.Roots, bundle.Root{Module: "notices", Dir: s.other})
	if s.store, err = assets.Open(source); err != nil {
		t.Fatal(err)
	}
	var ok bool
	if s.live, ok = assets.Reload(s.store, s.dir); !ok {
		t.Fatal("the store of development tells nothing")
	}
	return s
}

const board = `import {LitElement, html} from 'neoforge/lit.js';
class Board extends LitElement {
  render() { return html` + "`<p>The board</p>`" + `; }
}
customElements.define('nf-notices-board', Board);
`

// save writes a file as an editor does; every save has a time of its own.
func (s *saved) save(file, text string) {
	s.tb.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o750); err != nil {
		s.tb.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		s.tb.Fatal(err)
	}
	s.tick = s.tick.Add(time.Second)
	if err := os.Chtimes(file, s.tick, s.tick); err != nil {
		s.tb.Fatal(err)
	}
}

func (s *saved) text(name string) string {
	s.tb.Helper()
	text, err := os.ReadFile(filepath.Join(s.dir, name))
	if err != nil {
		s.tb.Fatal(err)
	}
	return string(text)
}

type told struct {
	Loader  string
	Islands map[string]string
	Styles  []string
	Faults  []struct {
		File, Text, Excerpt string
		Line                int
	}
}

func (s *saved) state() told {
	s.tb.Helper()
	var out told
	if err := json.Unmarshal(s.live.Look(), &out); err != nil {
		s.tb.Fatal(err)
	}
	return out
}

func TestLive_TheSourcesAreWithoutFault(t *testing.T) {
	t.Parallel()
	s := copyOfWeb(t)
	if state := s.state(); len(state.Faults) > 0 || len(state.Islands) < 6 || state.Loader != s.store.LoaderURL() {
		t.Errorf("%+v", state)
	}
	loader, ok := s.store.Lookup("/assets/islands/loader.js", "")
	if first, _, _ := strings.Cut(string(loader.Body), "\n"); !ok || !strings.HasPrefix(first, `import "/assets/development/client.js?v=`) || strings.Count(string(loader.Body), "\n") != strings.Count(s.text("islands/loader.js"), "\n") {
		t.Errorf("the loader begins with %s", first)
	}
}

func TestLive_PackagesHaveOneAddress(t *testing.T) {
	t.Parallel()
	s := copyOfWeb(t)
	lit, ok := s.store.Lookup("/assets/node_modules/lit/index.js", "")
	if !ok || strings.Contains(string(lit.Body), "?v=") {
		t.Errorf("lit is served as\n%s", lit.Body)
	}
}

func TestLive_ASharedModuleReachesTheIslandsOfEveryFolder(t *testing.T) {
	t.Parallel()
	s := copyOfWeb(t)
	before := s.state()
	s.save(filepath.Join(s.dir, "islands/shared/lit.js"), s.text("islands/shared/lit.js")+"// saved\n")
	after := s.state()
	for _, name := range []string{"nf-notices-board", "nf-content-share"} {
		if after.Islands[name] == before.Islands[name] || after.Islands[name] == "" {
			t.Errorf("%s keeps its address %q", name, after.Islands[name])
		}
	}
	module, _ := s.store.Lookup("/assets/islands/notices/board.js", "")
	if !strings.Contains(string(module.Body), "from '/assets/islands/shared/lit.js?v=") {
		t.Errorf("it imports another instance:\n%s", module.Body)
	}
	s.save(filepath.Join(s.other, "islands/notices/board.js"), board+"\n")
	last := s.state()
	if last.Islands["nf-notices-board"] == after.Islands["nf-notices-board"] || last.Islands["nf-content-share"] != after.Islands["nf-content-share"] || last.Loader != before.Loader {
		t.Errorf("a saved island of another folder: %+v", last.Islands)
	}
}

func TestLive_AFaultCostsItsIslandAndNoOther(t *testing.T) {
	t.Parallel()
	s := copyOfWeb(t)
	var logged []string
	islands, err := islandssr.New(s.store.SSRBundle, islandssr.Options{
		Version: s.store.SSRVersion, Log: func(_ string, err error) { logged = append(logged, err.Error()) }, Timeout: 20 * time.Second,
	})
	if err != nil {
		t.Fatal(err)
	}
	rendered := func(name string) bool {
		t.Helper()
		page, err := islands.Render(t.Context(), name, nil, nil, "")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := islands.StyleHashes(t.Context()); err != nil {
			t.Fatal(err)
		}
		return strings.Contains(page, "<template")
	}
	for name, fault := range map[string]struct {
		text string
		line int
	}{
		"a syntax error":             {"import {LitElement} from 'neoforge/lit.js';\nconst a = ;\ncustomElements.define('nf-notices-board', LitElement);\n", 2},
		"a file that is not there":   {"\n\nimport './gone.js';\ncustomElements.define('nf-notices-board', class {});\n", 3},
		"a name that is not there":   {"import {\n  nobody,\n} from 'neoforge/lit.js';\nnobody();\ncustomElements.define('nf-notices-board', class {});\n", 2},
		"an error while it is run":   {"undefinedName();\ncustomElements.define('nf-notices-board', class {});\n", 0},
		"an element of another name": {"customElements.define('nf-other-name', class {});\n", 0},
	} {
		s.save(filepath.Join(s.other, "islands/notices/board.js"), fault.text)
		if rendered("nf-notices-board") || !rendered("nf-content-share") {
			t.Errorf("%s: rendered although broken, or another one is not", name)
		}
		state := s.state()
		switch {
		case name == "an error while it is run": // nobody but the browser sees it, with its line
		case len(state.Faults) != 1 || !strings.HasSuffix(state.Faults[0].File, "notices/board.js") || state.Faults[0].Line != fault.line:
			t.Errorf("%s: told as %+v", name, state.Faults)
		case state.Islands["nf-notices-board"] != "":
			t.Errorf("%s: the island is told to be there", name)
		}
		s.save(filepath.Join(s.other, "islands/notices/board.js"), board)
		if !rendered("nf-notices-board") || !rendered("nf-content-share") || len(s.state().Faults) > 0 {
			t.Errorf("%s: mended, and not rendered: %q", name, logged)
		}
	}
}

func TestLive_TellsWhatABuildFoundWrong(t *testing.T) {
	t.Parallel()
	s := copyOfWeb(t)
	page := filepath.Join(s.dir, "pages", "home.templ")
	s.save(page, "package pages\n\ntempl Home() {\n\t<p>{ oops\n}\n")
	s.save(filepath.Join(s.dir, "build-errors.txt"), "# example.org/x\nweb/pages/home.go:12:3: undefined: y\n")
	s.save(filepath.Join(s.dir, "templ-errors.txt"), `(✗) Error [ error=failed to generate code for "`+page+`": `+page+" parsing error: string expression: missing close brace: line 3, col 4 ]\n(✗) Command failed: generation completed with 1 errors\n")
	faults := s.state().Faults
	if len(faults) != 2 || faults[0].File != "web/pages/home.go" || faults[0].Line != 12 || faults[0].Text != "undefined: y" {
		t.Fatalf("%+v", faults)
	}
	if f := faults[1]; f.File != page || f.Line != 4 || f.Text != "parsing error: string expression: missing close brace" || f.Excerpt != "\t<p>{ oops" {
		t.Errorf("%+v", f)
	}
}

func TestLive_EventsTellTheStateAndWhatIsSaved(t *testing.T) {
	t.Parallel()
	s := copyOfWeb(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	read, write := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := s.live.Events(ctx, write)
		_ = write.Close()
		ended <- err
	}()
	lines := bufio.NewScanner(read)
	lines.Buffer(nil, 1<<20)
	next := func() told {
		t.Helper()
		for lines.Scan() {
			if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
				var out told
				if err := json.Unmarshal([]byte(data), &out); err != nil {
					t.Fatal(err)
				}
				return out
			}
		}
		t.Fatal("the events have ended")
		return told{}
	}
	before := next()
	s.save(filepath.Join(s.dir, "styles/base.css"), s.text("styles/base.css")+"\n")
	after := next()
	if len(before.Styles) == 0 || after.Styles[0] == before.Styles[0] || after.Styles[1] != before.Styles[1] {
		t.Errorf("before %v, after %v", before.Styles, after.Styles)
	}
	s.live.Close()
	for lines.Scan() { // until it ends
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestRelease_KnowsNothingOfTheClient(t *testing.T) {
	t.Parallel()
	stores := openStores(t)
	for name, store := range stores { // without somebody who tells, development serves none either
		if _, ok := store.Lookup("/assets/development/client.js", ""); ok {
			t.Errorf("%s: the client is served", name)
		}
	}
	if _, ok := assets.Reload(stores["release"], ""); ok {
		t.Error("a release tells of what is saved")
	}
	dist := t.TempDir()
	if _, err := bundle.Release(source(t), dist); err != nil {
		t.Fatal(err)
	}
	err := fs.WalkDir(os.DirFS(dist), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(filepath.Join(dist, name))
		if strings.Contains(string(text), "/dev/events") || strings.Contains(string(text), "development/client") {
			t.Errorf("%s holds a part of the client", name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
