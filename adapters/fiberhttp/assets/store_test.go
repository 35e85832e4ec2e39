//go:build !release

package assets_test

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/assets"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/assets/bundle"
)

func TestAssets_AnswerEveryURLThatAPageNames(t *testing.T) {
	t.Parallel()
	for name, store := range openStores(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			urls := append(store.Stylesheets(), store.LoaderURL(), store.ManifestURL(), store.IconURL(), store.TouchIconURL())
			urls = append(urls, store.Roots()...)
			var islands map[string]string
			if err := json.Unmarshal([]byte(store.IslandsMap()), &islands); err != nil {
				t.Fatal(err)
			}
			for _, element := range []string{"nf-content-share", "nf-content-editor", "nf-identity-menu", "nf-identity-acting"} {
				urls = append(urls, islands[element])
			}
			var manifest struct {
				Icons []struct{ Src, Purpose string }
			}
			if err := json.Unmarshal(store.Manifest().Body, &manifest); err != nil {
				t.Fatal(err)
			}
			maskable := false
			for _, icon := range manifest.Icons {
				urls = append(urls, icon.Src)
				maskable = maskable || icon.Purpose == "maskable"
			}
			if !maskable {
				t.Error("no icon is maskable")
			}
			for _, url := range urls {
				asset, ok := store.Lookup(url, "")
				if !ok || len(asset.Body) == 0 {
					t.Errorf("%q is named and not answered", url)
					continue
				}
				if asset.ContentType == "" || asset.CacheControl == "" || !regexp.MustCompile(`^"[\w-]+"$`).MatchString(asset.ETag) {
					t.Errorf("%s: %q, %q, ETag %s", url, asset.ContentType, asset.CacheControl, asset.ETag)
				}
			}
			if worker := string(store.ServiceWorker().Body); !strings.Contains(worker, "/offline") || strings.HasPrefix(worker, "throw") {
				t.Errorf("the offline worker does not keep the offline page: %.200s", worker)
			}
		})
	}
}

func TestRelease_KnowsWhatIslandsBringAndWhatPaintsAPage(t *testing.T) {
	t.Parallel()
	stores := openStores(t)
	release, development := stores["release"], stores["development"]
	var islands map[string]string
	if err := json.Unmarshal([]byte(release.IslandsMap()), &islands); err != nil || len(islands) == 0 {
		t.Fatalf("%d islands, %v", len(islands), err)
	}
	islands[""] = release.LoaderURL()
	for element, url := range islands {
		modules := release.Modules(element)
		if len(modules) == 0 || modules[0] != url {
			t.Errorf("%q, which is %s, brings %q", element, url, modules)
		}
		brought := map[string]bool{}
		for _, m := range modules {
			if brought[m] {
				t.Errorf("%q brings %s twice", element, m)
			}
			brought[m] = true
		}
		for _, m := range modules {
			asset, ok := release.Lookup(m, "")
			if !ok {
				t.Errorf("%q brings %s, which is not there", element, m)
			}
			for _, imported := range regexp.MustCompile(`(?:from|import)"(\.[^"]+)"`).FindAllStringSubmatch(string(asset.Body), -1) {
				if at := path.Join(path.Dir(m), imported[1]); !brought[at] {
					t.Errorf("%q does not bring %s, which %s imports at once", element, at, m)
				}
			}
		}
		if got := development.Modules(element); got != nil {
			t.Errorf("in development %q brings %q", element, got)
		}
	}
	rules := release.Critical()
	for _, want := range []string{"@layer reset,tokens,base,components,utilities", ".site-header", ".post-list", ".prose", ".button", "nf-identity-passkey"} {
		if !strings.Contains(rules, want) {
			t.Errorf("the critical rules lack %s", want)
		}
	}
	if strings.Contains(rules, "@import") || strings.Contains(rules, "url(") || strings.Contains(rules, ".editor") {
		t.Errorf("the critical rules lead elsewhere: %.300s", rules)
	}
	sum := sha256.Sum256([]byte(rules))
	if want := "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"; release.CriticalHash() != want {
		t.Errorf("the hash is %s, want %s", release.CriticalHash(), want)
	}
	if development.Critical() != "" || development.CriticalHash() != "" {
		t.Error("in development a saved style would not be seen")
	}
}

func TestLookup_RefusesWhatIsNotPublished(t *testing.T) {
	t.Parallel()
	refused := []string{
		"", "/", "/assets", "/assets/", "/assets/islands", "/assets/islands/", "/assets/../web.go", "/assets/islands/../web.go",
		"/assets/islands/../../package.json", "/assets/%2e%2e/web.go", "/assets/..%2fweb.go", "/assets/islands/..\\..\\web.go",
		"/assets/islands/%5c..%5cweb.go", "/assets/islands/loader.js\x00", "/assets/islands/loader.js\x00.css", "/assets/islands/loader.js%00",
		"/assets//islands/loader.js", "/assets/islands//loader.js", "/assets/./islands/loader.js", "/assets/islands/loader.js/",
		"//assets/islands/loader.js", "/assets/islands/server/render.js", "/assets/islands/.hidden.js", "/assets/package.json",
		"/assets/package-lock.json", "/assets/.npmrc", "/assets/web.go", "/assets/pages/layout/page.go", "/assets/pwa/worker.js",
		"/assets/node_modules/typescript/package.json", "/assets/node_modules/@lit-labs/ssr/index.js", "/assets/node_modules/lit",
		"/assets/node_modules/lit/../typescript/lib/typescript.js", "/assets/node_modules/.package-lock.json",
		"/assets/node_modules/lit/index.d.ts", "/assets/node_modules/@lit/../../web.go", "/ASSETS/islands/loader.js", "/index.json", "/ssr.js",
		"/assets/islands/lo\u0430der.js", "/assets/islands/" + strings.Repeat("a/", 300) + "x.js",
	}
	for name, store := range openStores(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, path := range refused {
				if asset, ok := store.Lookup(path, "br"); ok {
					t.Errorf("%q was answered with %d bytes", path, len(asset.Body))
				}
			}
		})
	}
}

func TestAssets_FollowNoLinkOutOfTheWebFolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, folder := range []string{"islands", "styles", "node_modules"} {
		if err := os.Mkdir(filepath.Join(dir, folder), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	secret := filepath.Join(t.TempDir(), "secret.js")
	for _, file := range []string{secret, filepath.Join(dir, "islands", "loader.js"), filepath.Join(dir, "styles", "main.css")} {
		if err := os.WriteFile(file, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(secret, filepath.Join(dir, "islands", "leak.js")); err != nil {
		t.Fatal(err)
	}
	store, err := assets.Open(bundle.Source{Platform: dir})
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := store.Lookup("/assets/islands/leak.js", ""); ok {
		t.Error("a link out of the folder was followed")
	}
	if _, ok := store.Lookup("/assets/islands/loader.js", ""); !ok {
		t.Error("a file of the folder was not answered")
	}
}

func TestDevelopmentAssets_ChangeWithASavedFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for file, text := range map[string]string{"islands/loader.js": "1", "styles/main.css": "a", "node_modules/x": ""} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, file)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	store, err := assets.Open(bundle.Source{Platform: dir})
	if err != nil {
		t.Fatal(err)
	}
	before, _ := store.Lookup(store.LoaderURL(), "br")
	version := store.SSRVersion()
	if err := os.WriteFile(filepath.Join(dir, "islands", "loader.js"), []byte("22"), 0o600); err != nil {
		t.Fatal(err)
	}
	after, _ := store.Lookup(store.LoaderURL(), "br")
	if string(after.Body) != "22" || after.ETag == before.ETag || after.CacheControl != "no-cache" {
		t.Errorf("after the change: %q, ETag %s (before %s), %s", after.Body, after.ETag, before.ETag, after.CacheControl)
	}
	if store.SSRVersion() == version {
		t.Error("the version of the server-rendering script did not change with an island")
	}
}

func TestRelease_SendsTheBestEncodingThatIsAccepted(t *testing.T) {
	t.Parallel()
	store := openStores(t)["release"]
	plain, ok := store.Lookup(store.LoaderURL(), "")
	if !ok || plain.Encoding != "" {
		t.Fatalf("without Accept-Encoding: %v, %q", ok, plain.Encoding)
	}
	tags := map[string]bool{plain.ETag: true}
	cases := map[string]string{
		"gzip, deflate, br, zstd": "br", "gzip, zstd": "zstd", "gzip": "gzip", "GZIP": "gzip", "br;q=0.5, gzip;q=0.8": "gzip",
		"br;q=0, gzip": "gzip", "*": "br", "*;q=0": "", "identity": "", "deflate": "", "br;q=x": "", "gzip;q=0.5, identity": "", "br; q=1.0": "br",
	}
	for accept, want := range cases {
		asset, _ := store.Lookup(store.LoaderURL(), accept)
		if asset.Encoding != want {
			t.Errorf("for %q the answer is encoded as %q; want %q", accept, asset.Encoding, want)
		}
		if asset.Vary != "Accept-Encoding" || asset.CacheControl != "public, max-age=31536000, immutable" {
			t.Errorf("for %q: Vary %q, Cache-Control %q", accept, asset.Vary, asset.CacheControl)
		}
		if body := unpack(t, asset); !bytes.Equal(body, plain.Body) {
			t.Errorf("for %q the answer unpacks to other bytes", accept)
		}
		tags[asset.ETag] = true
	}
	if len(tags) != 4 {
		t.Errorf("four encodings have %d ETags", len(tags))
	}
}

func unpack(t *testing.T, asset assets.Asset) []byte {
	t.Helper()
	var r io.Reader = bytes.NewReader(asset.Body)
	var err error
	switch asset.Encoding {
	case "br":
		r = brotli.NewReader(r)
	case "zstd":
		r, err = zstd.NewReader(r)
	case "gzip":
		r, err = gzip.NewReader(r)
	}
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

func TestRelease_IsTheSameForTheSameSource(t *testing.T) {
	t.Parallel()
	requirePackages(t)
	var indices [2]string
	for i := range indices {
		dist := t.TempDir()
		if _, err := bundle.Release(source(t), dist); err != nil {
			t.Fatal(err)
		}
		raw, err := os.ReadFile(filepath.Join(dist, bundle.IndexFile))
		if err != nil {
			t.Fatal(err)
		}
		indices[i] = string(raw)
	}
	if indices[0] != indices[1] {
		t.Errorf("one build wrote\n%s\nanother\n%s", indices[0], indices[1])
	}
}

func TestOpenDist_SaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	if _, err := assets.OpenDist(os.DirFS(t.TempDir())); err == nil || !strings.Contains(err.Error(), "go run ./deploy/build") {
		t.Errorf("an empty folder: %v; want what to run", err)
	}
	if _, err := assets.OpenDist(nil); err == nil {
		t.Error("no folder was accepted")
	}
}

func TestImportMap_AgreesWithThePackages(t *testing.T) {
	t.Parallel()
	store := openStores(t)["development"]
	sum := sha256.Sum256([]byte(store.ImportMap()))
	if want := "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"; store.ImportMapHash() != want {
		t.Errorf("the hash is %s; want %s", store.ImportMapHash(), want)
	}
	var document struct {
		Imports map[string]string `json:"imports"`
	}
	if err := json.Unmarshal([]byte(store.ImportMap()), &document); err != nil {
		t.Fatal(err)
	}
	checked := 0
	for name := range document.Imports {
		if strings.HasSuffix(name, "/") {
			continue
		}
		raw, err := os.ReadFile(filepath.Join(webDir, "node_modules", filepath.FromSlash(name), "package.json"))
		if err != nil {
			t.Fatal(err)
		}
		var pkg struct {
			Exports map[string]any `json:"exports"`
		}
		if err := json.Unmarshal(raw, &pkg); err != nil {
			t.Fatal(err)
		}
		if _, paths := pkg.Exports["."]; !paths && pkg.Exports["import"] != nil { // conditions of the bare name alone
			pkg.Exports = map[string]any{".": pkg.Exports}
		}
		for subpath, target := range pkg.Exports {
			file := browserFile(target)
			if strings.Contains(subpath, "*") || file == "" || !strings.HasSuffix(file, ".js") {
				continue
			}
			want := "/assets/node_modules/" + path.Join(name, file)
			if got := resolve(document.Imports, path.Join(name, subpath)); got != want {
				t.Errorf("%s leads to %s; the package exports %s", path.Join(name, subpath), got, want)
			}
			checked++
		}
	}
	if checked < 50 {
		t.Errorf("compared %d names only", checked)
	}
}

// What the editor imports when its field is on the page is no part of what is loaded at once, nor of what the server renders with.
func TestRelease_LoadsCodeMirrorWhenAnEditorAsks(t *testing.T) {
	t.Parallel()
	for name, store := range openStores(t) {
		script, err := store.SSRBundle(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(script, []byte("cm-content")) {
			t.Errorf("%s: the server renders with CodeMirror", name)
		}
	}
	release := openStores(t)["release"]
	modules := release.Modules("nf-content-editor")
	later := ""
	for _, url := range modules {
		asset, ok := release.Lookup(url, "")
		if !ok {
			t.Fatalf("%s is not there", url)
		}
		if bytes.Contains(asset.Body, []byte("cm-content")) {
			t.Errorf("%s brings CodeMirror at once", url)
		}
		if found := regexp.MustCompile(`import\("([^"]+)"\)`).FindSubmatch(asset.Body); found != nil {
			later = path.Join(path.Dir(url), string(found[1]))
		}
	}
	asset, ok := release.Lookup(later, "")
	if !ok || !bytes.Contains(asset.Body, []byte("cm-content")) || asset.CacheControl == "" {
		t.Errorf("the editor imports %q: there %t", later, ok)
	}
}

// Signals are loaded by the islands that share a state, and by no other.
func TestRelease_KeepsSignalsFromIslandsWithoutSharedState(t *testing.T) {
	t.Parallel()
	store := openStores(t)["release"]
	var islands map[string]string
	if err := json.Unmarshal([]byte(store.IslandsMap()), &islands); err != nil {
		t.Fatal(err)
	}
	imported := regexp.MustCompile(`(?:from|import)"(\.\.?/[^"]+)"`)
	hasSignals := func(first string) bool {
		seen := map[string]bool{}
		for queue := []string{first}; len(queue) > 0; queue = queue[1:] {
			if seen[queue[0]] {
				continue
			}
			seen[queue[0]] = true
			asset, ok := store.Lookup(queue[0], "")
			if !ok {
				t.Fatalf("%s is imported and not served", queue[0])
			}
			if bytes.Contains(asset.Body, []byte("introspectSources")) {
				return true
			}
			for _, match := range imported.FindAllStringSubmatch(string(asset.Body), -1) {
				queue = append(queue, path.Join(path.Dir(queue[0]), match[1]))
			}
		}
		return false
	}
	sharing := []string{"nf-identity-acting", "nf-identity-menu"}
	for name, url := range islands {
		if got := hasSignals(url); got != slices.Contains(sharing, name) {
			t.Errorf("%s loads signals: %t", name, got)
		}
	}
	if hasSignals(store.LoaderURL()) {
		t.Error("the loader loads signals")
	}
}

// browserFile picks the target of an export for a browser outside development mode.
func browserFile(target any) string {
	switch target := target.(type) {
	case string:
		return target
	case map[string]any:
		for _, condition := range []string{"browser", "default"} {
			if inner, ok := target[condition]; ok {
				return browserFile(inner)
			}
		}
	}
	return ""
}

// resolve follows an import map as a browser does: the exact name first, then the longest prefix.
func resolve(imports map[string]string, name string) string {
	if url, ok := imports[name]; ok {
		return url
	}
	best := ""
	for prefix := range imports {
		if strings.HasSuffix(prefix, "/") && strings.HasPrefix(name, prefix) && len(prefix) > len(best) {
			best = prefix
		}
	}
	if best == "" {
		return ""
	}
	return imports[best] + strings.TrimPrefix(name, best)
}

// An island that imports a package past the map would work in a release and fail in development.
func TestImportMap_LeadsToEveryImportOfAnIsland(t *testing.T) {
	t.Parallel()
	store := openStores(t)["development"]
	var document struct {
		Imports map[string]string `json:"imports"`
	}
	if err := json.Unmarshal([]byte(store.ImportMap()), &document); err != nil {
		t.Fatal(err)
	}
	imported := regexp.MustCompile(`(?m)(?:from|import)\s*['"]([^.'"/][^'"]*)['"]`)
	seen := map[string]bool{}
	for queue := []string{store.LoaderURL(), "/assets/islands/content/share.js", "/assets/islands/content/editor.js", "/assets/islands/content/draft-state.js", "/assets/islands/identity/menu.js", "/assets/islands/identity/acting.js"}; len(queue) > 0; {
		url := queue[0]
		queue = queue[1:]
		if seen[url] {
			continue
		}
		seen[url] = true
		asset, ok := store.Lookup(url, "")
		if !ok {
			t.Errorf("%s is imported and not served", url)
			continue
		}
		for _, match := range imported.FindAllStringSubmatch(string(asset.Body), -1) {
			target := resolve(document.Imports, match[1])
			if target == "" {
				t.Errorf("%s imports %s, which the import map does not know", url, match[1])
				continue
			}
			queue = append(queue, target)
		}
		for _, match := range regexp.MustCompile(`(?:from|import)\s*['"](\.\.?/[^'"]+)['"]`).FindAllStringSubmatch(string(asset.Body), -1) {
			queue = append(queue, path.Join(path.Dir(url), match[1]))
		}
	}
	if !slices.ContainsFunc(slices.Collect(maps.Keys(seen)), func(url string) bool { return strings.Contains(url, "node_modules/lit-html") }) {
		t.Error("no import led to lit-html; the check saw nothing")
	}
}
