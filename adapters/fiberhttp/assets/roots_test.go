//go:build !release

package assets_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/assets"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/assets/bundle"
)

// notices is a module in a folder of its own, as a product in another repository has one.
var notices = map[string]string{
	"islands/notices/board.js": `import {LitElement, css, html} from 'neoforge/lit.js';
import {get} from 'neoforge/api.js';
import {pin} from './pin.js';
import {ink} from 'ink';
customElements.define('nf-notices-board', class extends LitElement {
  static styles = css` + "`b { color: red }`" + `;
  render() { return html` + "`<b>${pin(ink)}</b>`" + `; }
  reload() { return get('/api/v1/notices'); }
});
`,
	"islands/notices/pin.js":    "export const pin = (text) => '📌 ' + text;\n",
	"islands/content/share.js":  "throw new Error('of another module');\n",
	"styles/notices/main.css":   "@import url(\"./board.css\") layer(components);\n",
	"styles/notices/board.css":  ".notice-board { color: var(--ink); }\n",
	"styles/main.css":           ".not-the-modules { color: red; }\n",
	"static/notices/pin.svg":    "<svg xmlns=\"http://www.w3.org/2000/svg\"/>\n",
	"secret/notices/secret.css": ".x {}\n",
}

func lay(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// product is a program of content and notices, whose packages are NeoForge's and one more.
func product(t *testing.T, dir string) bundle.Source {
	t.Helper()
	requirePackages(t)
	lay(t, dir, notices)
	lay(t, dir, map[string]string{
		"package.json":                  `{"dependencies":{"lit":"3.3.3","@lit-labs/ssr":"4.1.0","ink":"1.0.0"}}`,
		"node_modules/ink/package.json": `{"name":"ink","type":"module","exports":{".":{"types":"./ink.d.ts","import":"./esm/ink.js"}}}`,
		"node_modules/ink/esm/ink.js":   "export const ink = 'blue';\n",
	})
	packages, err := filepath.Abs(filepath.Join(webDir, "node_modules"))
	if err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(packages)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if err := os.Symlink(filepath.Join(packages, e.Name()), filepath.Join(dir, "node_modules", e.Name())); err != nil {
			t.Fatal(err)
		}
	}
	return bundle.Source{Platform: webDir, Packages: dir, Roots: []bundle.Root{{Module: "content", Dir: webDir}, {Module: "notices", Dir: dir}}}
}

func TestRoots_AreOneSpaceOfAddresses(t *testing.T) {
	t.Parallel()
	source := product(t, t.TempDir())
	development, err := assets.Open(source)
	if err != nil {
		t.Fatal(err)
	}
	dist := t.TempDir()
	if _, err := bundle.Release(source, dist); err != nil {
		t.Fatal(err)
	}
	release, err := assets.OpenDist(os.DirFS(dist))
	if err != nil {
		t.Fatal(err)
	}
	for name, store := range map[string]assets.Store{"development": development, "release": release} {
		var islands map[string]string
		if err := json.Unmarshal([]byte(store.IslandsMap()), &islands); err != nil {
			t.Fatal(err)
		}
		if have := slices.Sorted(maps.Keys(islands)); !slices.Equal(have, []string{"nf-content-draft-state", "nf-content-editor", "nf-content-embed", "nf-content-open-editors", "nf-content-share", "nf-notices-board"}) {
			t.Errorf("%s has the islands %v; want those of the modules listed, and no others", name, have)
		}
		for _, url := range append(slices.Collect(maps.Values(islands)), "/assets/static/notices/pin.svg") {
			if a, ok := store.Lookup(url, ""); !ok || bytes.Contains(a.Body, []byte("of another module")) {
				t.Errorf("%s answers %s with %t %.60s", name, url, ok, a.Body)
			}
		}
		var styles strings.Builder
		for _, url := range store.Stylesheets() {
			a, ok := store.Lookup(url, "")
			if !ok {
				t.Errorf("%s names %s and has it not", name, url)
			}
			styles.Write(a.Body)
		}
		if name == "release" && (!strings.Contains(styles.String(), ".notice-board") || strings.Index(styles.String(), "@layer reset") > strings.Index(styles.String(), ".notice-board")) {
			t.Errorf("the styles of %s lack those of the module, or come after them", name)
		}
		if name == "release" && !strings.Contains(store.Critical(), ".notice-board") {
			t.Errorf("%s: pages of a module that names no critical rules are painted without its styles", name)
		}
		if strings.Contains(styles.String(), "not-the-modules") {
			t.Errorf("%s: a module stands for the platform", name)
		}
		script, err := store.SSRBundle(t.Context())
		if err != nil || !bytes.Contains(script, []byte("nf-notices-board")) || bytes.Contains(script, []byte("nf-identity-")) {
			t.Errorf("%s renders the wrong islands on the server: %v", name, err)
		}
	}
	for url, want := range map[string]bool{
		"/assets/islands/notices/pin.js": true, "/assets/islands/shared/api.js": true, "/assets/styles/notices/board.css": true,
		"/assets/node_modules/ink/esm/ink.js": true, "/assets/islands/identity/menu.js": false, "/assets/secret/notices/secret.css": false, "/assets/static/pin.svg": false,
		"/assets/node_modules/workbox-core/index.mjs": false, "/assets/node_modules/@lit-labs/ssr/index.js": false,
	} {
		if _, ok := development.Lookup(url, ""); ok != want {
			t.Errorf("%s: %t", url, ok)
		}
	}
	for _, want := range []string{`"neoforge/":"/assets/islands/shared/"`, `"ink":"/assets/node_modules/ink/esm/ink.js"`} {
		if !strings.Contains(development.ImportMap(), want) {
			t.Errorf("the import map lacks %s", want)
		}
	}
	version := development.SSRVersion()
	lay(t, source.Packages, map[string]string{"islands/notices/pin.js": "export const pin = (text) => text;\n"})
	if development.SSRVersion() == version {
		t.Error("a change in a module's folder is not seen")
	}
}

func TestRoots_RefuseModulesThatCannotBeToldApart(t *testing.T) {
	t.Parallel()
	for _, roots := range [][]bundle.Root{
		{{Module: "shared", Dir: webDir}}, {{Module: "server", Dir: webDir}}, {{Module: "a/b", Dir: webDir}}, {{Module: "..", Dir: webDir}},
		{{Module: "notices", Dir: webDir}, {Module: "notices", Dir: t.TempDir()}},
	} {
		if _, err := assets.Open(bundle.Source{Platform: webDir, Roots: roots}); err == nil || !strings.Contains(err.Error(), "choose another name") {
			t.Errorf("%v: %v", roots, err)
		}
	}
}

// Replicas, and whoever builds a release again, must get the files that pages of another build name.
func TestRelease_IsTheSameFromWhateverFolder(t *testing.T) {
	t.Parallel()
	requirePackages(t)
	var made []map[string]string
	for _, place := range []string{"a", "another/checkout, deeper down"} {
		dir := filepath.Join(t.TempDir(), filepath.FromSlash(place))
		for _, part := range []string{"islands", "styles", "pwa"} {
			if err := os.CopyFS(filepath.Join(dir, "web", part), os.DirFS(filepath.Join(webDir, part))); err != nil {
				t.Fatal(err)
			}
		}
		source := product(t, filepath.Join(dir, "product"))
		source.Platform, source.Roots[0].Dir = filepath.Join(dir, "web"), filepath.Join(dir, "web")
		dist := filepath.Join(dir, "dist")
		if _, err := bundle.Release(source, dist); err != nil {
			t.Fatal(err)
		}
		files := map[string]string{}
		if err := fs.WalkDir(os.DirFS(dist), ".", func(name string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() {
				return err
			}
			body, err := os.ReadFile(filepath.Join(dist, name))
			files[name] = string(body)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		made = append(made, files)
	}
	if len(made[0]) < 20 {
		t.Fatalf("a release of %d files", len(made[0]))
	}
	for name, body := range made[0] {
		if other, ok := made[1][name]; !ok || other != body {
			t.Errorf("%s is another file, or missing, from another folder", name)
		}
	}
	if len(made[0]) != len(made[1]) {
		t.Errorf("%d files and %d", len(made[0]), len(made[1]))
	}
}

func TestIcons_OfAProductStandBeforeNeoForges(t *testing.T) {
	t.Parallel()
	source := product(t, t.TempDir())
	source.Icons = filepath.Join(source.Packages, "pwa")
	lay(t, source.Icons, map[string]string{"icons/icon.svg": "<svg>own</svg>", "icons/icon-180.png": "own", "icons/icon-own.png": "own"})
	development, err := assets.Open(source)
	if err != nil {
		t.Fatal(err)
	}
	dist := t.TempDir()
	if _, err := bundle.Release(source, dist); err != nil {
		t.Fatal(err)
	}
	release, err := assets.OpenDist(os.DirFS(dist))
	if err != nil {
		t.Fatal(err)
	}
	site := assets.Site{
		Name: `Press "&" Co`, Edition: "e1", Pages: []string{"/sheets/{name}", "/sheets"}, Private: []string{"/desk/"},
		Shortcuts: []assets.Shortcut{{Name: "Sheets", URL: "/sheets"}}, ShareTarget: "/desk/share",
	}
	for name, store := range map[string]assets.Store{"development": assets.For(development, site), "release": assets.For(release, site)} {
		for url, own := range map[string]bool{"/favicon.svg": true, "/apple-touch-icon.png": true, "/assets/icons/icon-own.png": true, "/favicon.ico": false, "/assets/icons/icon-512.png": false} {
			if a, ok := store.Lookup(url, ""); !ok || strings.Contains(string(a.Body), "own") != own {
				t.Errorf("%s: %s is %t %.40q", name, url, ok, a.Body)
			}
		}
		if !store.OwnIcons() {
			t.Errorf("%s does not know that the icons are the product's", name)
		}
		var manifest struct {
			Name  string
			Short string `json:"short_name"`
			Icons []any
			Cuts  []assets.Shortcut `json:"shortcuts"`
			Share struct {
				Action, Method, Enctype string
				Params                  map[string]string
			} `json:"share_target"`
		}
		a, ok := store.Lookup("/manifest.webmanifest", "br")
		if err := json.Unmarshal(a.Body, &manifest); err != nil || !ok || a.Encoding != "" || a.ETag == "" {
			t.Errorf("%s: the manifest is %t %s: %v", name, ok, a.Body, err)
		}
		if manifest.Name != `Press "&" Co` || manifest.Short != manifest.Name || len(manifest.Icons) == 0 || !bytes.Equal(store.Manifest().Body, a.Body) {
			t.Errorf("%s: the manifest says %+v", name, manifest)
		}
		if !slices.Equal(manifest.Cuts, site.Shortcuts) || manifest.Share.Action != "/desk/share" || manifest.Share.Method != "POST" || manifest.Share.Enctype != "application/x-www-form-urlencoded" || len(manifest.Share.Params) != 3 {
			t.Errorf("%s: on a device the site is %+v", name, manifest)
		}
		const policy = `const NEOFORGE_SITE = {"edition":"e1","pages":["/sheets","/sheets/{name}"],"private":["/desk/"],"share":"/desk/share"};`
		worker, _ := store.Lookup("/sw.js", "")
		if !strings.HasPrefix(string(worker.Body), policy) || !bytes.Equal(worker.Body, store.ServiceWorker().Body) {
			t.Errorf("%s: the worker begins %.200s", name, worker.Body)
		}
		packed, _ := store.Lookup("/sw.js", "gzip, br")
		unpacked, err := gzip.NewReader(bytes.NewReader(packed.Body))
		if err != nil {
			t.Fatal(err)
		}
		if body, err := io.ReadAll(unpacked); err != nil || !bytes.Equal(body, worker.Body) || packed.Encoding != "gzip" || packed.ETag == worker.ETag {
			t.Errorf("%s: packed, the worker is another one: %v, %s", name, err, packed.ETag)
		}
	}
	lay(t, source.Icons, map[string]string{"manifest.webmanifest": `{"name":"Of its own","icons":[]}`})
	if a := assets.For(development, assets.Site{Name: "Press"}).Manifest(); string(a.Body) != `{"name":"Of its own","icons":[]}` {
		t.Errorf("the product's own manifest became %s", a.Body)
	}
}
