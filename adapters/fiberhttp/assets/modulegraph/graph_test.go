//go:build !release

package modulegraph_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/assets/bundle"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/assets/modulegraph"
)

// tree is files in memory; what is saved is later than what was there.
type tree struct {
	fstest.MapFS
	now time.Time
}

func (f *tree) save(name, text string) {
	f.now = f.now.Add(time.Second)
	f.MapFS[name] = &fstest.MapFile{Data: []byte(text), ModTime: f.now}
}

func (f *tree) Stat(name string) (fs.FileInfo, error) {
	if !fs.ValidPath(name) {
		return nil, fs.ErrNotExist
	}
	return f.MapFS.Stat(name)
}

func site(files map[string]string) (*tree, *modulegraph.Graph) {
	f := &tree{MapFS: fstest.MapFS{}, now: time.Unix(1_700_000_000, 0)}
	for name, text := range files {
		f.save(name, text)
	}
	return f, modulegraph.New(f)
}

// versions are those of every script.
func versions(f *tree, g *modulegraph.Graph) map[string]string {
	now, out := g.Now(), map[string]string{}
	for name := range f.MapFS {
		out[name] = now.Version(name)
	}
	return out
}

func TestVersion_ChangesWithWhatCanBeReachedAndNothingElse(t *testing.T) {
	t.Parallel()
	f, g := site(map[string]string{
		"islands/content/editor.js": "import {put} from '../shared/api.js';\nimport './part.js';\nimport {LitElement} from 'lit';\n",
		"islands/content/part.js":   "export const part = () => import(\"./late.js\");\n",
		"islands/content/late.js":   "export {};\n",
		"islands/notices/board.js":  "export * from 'neoforge/api.js';\n",
		"islands/shared/api.js":     "export const put = 1;\n",
		"islands/content/share.js":  "// import '../shared/api.js' is not needed here\n/** @typedef {import('./late.js').T} T */\n",
	})
	for saved, reached := range map[string][]string{
		"islands/shared/api.js":    {"islands/content/editor.js", "islands/notices/board.js"},
		"islands/content/late.js":  {"islands/content/editor.js", "islands/content/part.js"},
		"islands/content/share.js": nil,
	} {
		before := versions(f, g)
		f.save(saved, string(f.MapFS[saved].Data)) // the same text again
		for name, version := range versions(f, g) {
			if changed, want := version != before[name], name == saved || slices.Contains(reached, name); changed != want {
				t.Errorf("%s is saved: the version of %s changes: %v, want %v", saved, name, changed, want)
			}
		}
	}
}

func TestVersioned_KeepsLinesAndLeavesPackagesToTheImportMap(t *testing.T) {
	t.Parallel()
	f, g := site(map[string]string{
		"islands/a/x.js":      "import {\n  y,\n} from './y.js';\nimport 'lit';\nimport z from \"neoforge/z.js\"; const later = () => import( './y.js' );\nconst text = 'from nowhere';\n",
		"islands/a/y.js":      "export const y = 1;",
		"islands/shared/z.js": "export default 1;",
		"styles/main.css":     "@layer a, b;\n@import url(\"./one.css\") layer(a);\n@import 'two.css';\n@import url(https://example.org/x.css);\n",
		"styles/one.css":      "a { color: red; }",
		"styles/two.css":      "",
	})
	now := g.Now()
	y, z := now.Version("islands/a/y.js"), now.Version("islands/shared/z.js")
	want := "import {\n  y,\n} from './y.js?v=" + y + "';\nimport 'lit';\nimport z from \"/assets/islands/shared/z.js?v=" + z + "\"; const later = () => import( './y.js?v=" + y + "' );\nconst text = 'from nowhere';\n"
	if got := string(now.Versioned("islands/a/x.js", f.MapFS["islands/a/x.js"].Data)); got != want {
		t.Errorf("the script is served as\n%s\nwant\n%s", got, want)
	}
	want = "@layer a, b;\n@import url(\"./one.css?v=" + now.Version("styles/one.css") + "\") layer(a);\n@import 'two.css?v=" + now.Version("styles/two.css") + "';\n@import url(https://example.org/x.css);\n"
	if got := string(now.Versioned("styles/main.css", f.MapFS["styles/main.css"].Data)); got != want {
		t.Errorf("the styles are served as\n%s\nwant\n%s", got, want)
	}
}

func TestVersion_EndsInACircle(t *testing.T) {
	t.Parallel()
	f, g := site(map[string]string{
		"islands/a/x.js": "import './y.js';", "islands/a/y.js": "import './z.js';", "islands/a/z.js": "import './x.js'; import './z.js';",
	})
	before := versions(f, g)
	f.save("islands/a/y.js", "import './z.js'; // again")
	for name, version := range versions(f, g) {
		if version == before[name] {
			t.Errorf("%s, which is in a circle with what was saved, keeps its version", name)
		}
	}
}

func TestFaults_SayWhereAndGoWhenMended(t *testing.T) {
	t.Parallel()
	f, g := site(map[string]string{
		"islands/a/x.js":     "import './part.js';\nexport const x = 1;\n",
		"islands/a/part.js":  "export const a = 1;\n\tconst b = ;\nimport './gone.js';\n",
		"islands/a/other.js": "export {};",
		"styles/main.css":    "a { color: red;\n}}\n",
	})
	syntax := bundle.Fault{File: "islands/a/part.js", Line: 2, Column: 12, Text: `Unexpected ";"`, Excerpt: "\tconst b = ;"}
	missing := bundle.Fault{File: "islands/a/part.js", Line: 3, Column: 9, Text: `"./gone.js" is imported and not there`, Excerpt: "import './gone.js';"}
	if got := g.Now().Faults("islands/a/x.js", "islands/a/part.js"); !slices.Equal(got, []bundle.Fault{syntax, missing}) {
		t.Errorf("%+v", got)
	}
	if got := g.Now().Faults("islands/a/other.js"); len(got) != 0 {
		t.Errorf("a file beside it: %+v", got)
	}
	if got := g.Now().Faults("styles/main.css"); len(got) != 1 || got[0].Line != 2 {
		t.Errorf("the styles: %+v", got)
	}
	before := g.Now().Version("islands/a/x.js")
	f.save("islands/a/gone.js", "export {};")
	if g.Now().Version("islands/a/x.js") == before {
		t.Error("what was missing came, and who imports it keeps its version")
	}
	f.save("islands/a/part.js", "export const a = 1;\nimport './gone.js';\n")
	if got := g.Now().Faults("islands/a/x.js"); len(got) != 0 {
		t.Errorf("mended: %+v", got)
	}
	before = g.Now().Version("islands/a/x.js")
	delete(f.MapFS, "islands/a/gone.js")
	if got := g.Now().Faults("islands/a/x.js"); len(got) != 1 || got[0].Line != 2 || g.Now().Version("islands/a/x.js") == before {
		t.Errorf("a file that is imported was removed: %+v", got)
	}
}

// disk is a folder, as the server opens it.
type disk struct{ *os.Root }

func TestGraph_StaysInItsFolder(t *testing.T) {
	t.Parallel()
	outside := t.TempDir()
	if err := os.WriteFile(filepath.Join(outside, "secret.js"), []byte("export const secret = ;"), 0o600); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, text := range map[string]string{
		"islands/a/x.js": "import './link.js';\nimport '../../../secret.js';\nimport './inside.js';\n", "islands/a/real.js": "export {};",
	} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for to, from := range map[string]string{filepath.Join(outside, "secret.js"): "link.js", "real.js": "inside.js"} {
		if err := os.Symlink(to, filepath.Join(dir, "islands", "a", from)); err != nil {
			t.Fatal(err)
		}
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = root.Close() })
	faults := modulegraph.New(disk{root}).Now().Faults("islands/a/x.js")
	if len(faults) != 2 {
		t.Fatalf("%+v, want both that lead out", faults)
	}
	for i, want := range []string{"./link.js", "../../../secret.js"} {
		if faults[i].Line != i+1 || !strings.Contains(faults[i].Text, want) || faults[i].File != "islands/a/x.js" {
			t.Errorf("%+v, want one of %s", faults[i], want)
		}
	}
}
