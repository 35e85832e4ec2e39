//go:build !release

package assets

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/assets/bundle"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/assets/modulegraph"
)

const (
	urlLoader = prefix + "islands/loader.js"
	modules   = "node_modules/"
)

// rootFiles are the files behind the addresses outside /assets/, relative to a folder of icons.
var rootFiles = map[string]string{
	urlManifest:  "manifest.webmanifest",
	urlIcon:      "icons/icon.svg",
	urlOldIcon:   "icons/favicon.ico",
	urlTouchIcon: "icons/icon-180.png",
}

// developmentStore reads the sources at every use. os.Root keeps links from leading out of their folders.
type developmentStore struct {
	source    bundle.Source
	platform  *os.Root
	icons     *os.Root // the product's own; nil: it has none
	modules   map[string]*os.Root
	packages  *os.Root
	importMap string
	published map[string]bool // packages
	graph     *modulegraph.Graph
	linking   *linking
	live      *Live // nil: pages are not told of what is saved

	mu            sync.Mutex
	worker        Asset
	workerVersion string
}

var _ Store = (*developmentStore)(nil)

// Open serves the sources as they are, for development. The packages that the import map leads to must be installed.
func Open(source bundle.Source) (_ Store, err error) {
	if err := source.Check(); err != nil {
		return nil, err
	}
	s := &developmentStore{source: source, modules: map[string]*os.Root{}}
	s.graph, s.linking = modulegraph.New(graphFiles{s}), &linking{store: s}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.close())
		}
	}()
	if s.platform, err = os.OpenRoot(source.Platform); err != nil {
		return nil, fmt.Errorf("assets: open the web folder: %w", err)
	}
	if s.packages, err = os.OpenRoot(filepath.Join(source.PackagesDir(), "node_modules")); err != nil {
		return nil, fmt.Errorf("assets: the page's packages are not installed; run `npm ci --omit=dev` in %s: %w", source.PackagesDir(), err)
	}
	for _, name := range []string{"islands/loader.js", "styles/main.css"} {
		if _, err := s.platform.Stat(name); err != nil {
			return nil, fmt.Errorf("assets: %s is not the web folder: %w", source.Platform, err)
		}
	}
	if source.Icons != "" {
		if s.icons, err = os.OpenRoot(source.Icons); err != nil {
			return nil, fmt.Errorf("assets: open the product's icons: %w", err)
		}
	}
	for _, root := range source.Roots {
		if s.modules[root.Module], err = os.OpenRoot(root.Dir); err != nil {
			return nil, fmt.Errorf("assets: open the files of module %s: %w", root.Module, err)
		}
	}
	packages, err := browserPackages(source.PackagesDir())
	if err != nil {
		return nil, err
	}
	s.published = map[string]bool{}
	for name := range packages {
		s.published[name] = true
	}
	s.importMap, err = importMap(packages)
	return s, err
}

func (s *developmentStore) close() error {
	var faults []error
	for _, root := range append(slices.Collect(maps.Values(s.modules)), s.platform, s.packages, s.icons) {
		if root != nil {
			faults = append(faults, root.Close())
		}
	}
	return errors.Join(faults...)
}

func (s *developmentStore) Lookup(requestPath, _ string) (Asset, bool) {
	if requestPath == urlWorker {
		return s.ServiceWorker(), true
	}
	if file, ok := rootFiles[requestPath]; ok {
		return s.icon(file)
	}
	name, ok := relative(requestPath)
	if !ok {
		return Asset{}, false
	}
	root, inside, ok := s.place(name)
	switch {
	case strings.HasPrefix(name, "icons/"):
		return s.icon(name)
	case !ok:
		return Asset{}, false
	}
	return s.read(root, inside, name)
}

// place is the folder in which a file lies that browsers may get, and its name there.
func (s *developmentStore) place(name string) (*os.Root, string, bool) {
	if inside, ok := strings.CutPrefix(name, modules); ok {
		return s.packages, inside, s.published[packageOf(inside)]
	}
	kind, rest, _ := strings.Cut(name, "/")
	module, _, within := strings.Cut(rest, "/")
	switch {
	case s.isClient(name):
		return s.platform, name, true
	case kind != "islands" && kind != "styles" && kind != "static":
	case within && s.modules[module] != nil:
		return s.modules[module], name, true
	case !within && kind != "static", kind == "islands" && module == "shared":
		return s.platform, name, true
	}
	return nil, "", false
}

// icon reads the product's own, or else NeoForge's.
func (s *developmentStore) icon(name string) (Asset, bool) {
	if s.icons != nil {
		if asset, ok := s.read(s.icons, name, name); ok {
			return asset, true
		}
	}
	return s.read(s.platform, "pwa/"+name, name)
}

// read answers the file inside a folder that browsers know by its name.
func (s *developmentStore) read(root *os.Root, inside, name string) (Asset, bool) {
	info, err := root.Stat(inside)
	if err != nil || !info.Mode().IsRegular() {
		return Asset{}, false
	}
	body, err := root.ReadFile(inside)
	if err != nil {
		return Asset{}, false
	}
	body = s.rewritten(name, body)
	return Asset{Body: body, ContentType: types[path.Ext(name)], ETag: etag(body, ""), CacheControl: revalidate}, true
}

// IslandsMap leaves out a file that breaks the rule of names; the others stay.
func (s *developmentStore) IslandsMap() string {
	islands, _ := s.islands()
	addresses := make(map[string]string, len(islands))
	now := s.graph.Now()
	for _, island := range islands {
		name := "islands/" + island.File
		addresses[island.Name] = prefix + name
		if s.live != nil {
			addresses[island.Name] = versioned(now, name)
		}
	}
	text, err := json.Marshal(addresses)
	if err != nil {
		return "{}"
	}
	return string(text)
}

// ServiceWorker joins the worker when it or what it keeps has changed. A fault in its source becomes a script that says
// so in the browser's console.
func (s *developmentStore) ServiceWorker() Asset {
	version := s.version("pwa", "styles", "islands")
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.workerVersion == version {
		return s.worker
	}
	list := make([]bundle.Precached, 0, 4)
	for _, url := range append([]string{urlIcon, urlLoader}, s.stylesheets()...) {
		list = append(list, bundle.Precached{URL: url, Revision: &version})
	}
	body, err := bundle.ServiceWorker(s.source, list)
	if err != nil {
		message, _ := json.Marshal(err.Error())
		body = []byte("throw new Error(" + string(message) + ");\n")
	}
	s.worker = Asset{Body: body, ContentType: types[".js"], ETag: etag(body, ""), CacheControl: revalidate}
	s.workerVersion = version
	return s.worker
}

// SSRBundle leaves out islands that cannot run: a fault in one costs its picture, and nothing else.
func (s *developmentStore) SSRBundle(context.Context) ([]byte, error) {
	return s.linking.join(s.SSRVersion())
}

func (s *developmentStore) SSRVersion() string { return s.version("islands") }

// version changes when a file in one of the folders is saved, added or removed, in whichever root, and when other packages
// are installed.
func (s *developmentStore) version(names ...string) string {
	sum := sha256.New()
	addVersion(sum, s.platform, names...)
	addVersion(sum, s.packages, ".package-lock.json")
	for _, root := range s.source.Roots {
		for _, name := range names {
			addVersion(sum, s.modules[root.Module], path.Join(name, root.Module))
		}
	}
	return base64.RawURLEncoding.EncodeToString(sum.Sum(nil)[:9])
}

func addVersion(sum io.Writer, root *os.Root, names ...string) {
	for _, name := range names {
		// A file that vanishes meanwhile changes the version too, so faults need no handling here.
		_ = fs.WalkDir(root.FS(), name, func(file string, entry fs.DirEntry, err error) error {
			if err != nil {
				return nil
			}
			if info, err := entry.Info(); err == nil && info.Mode().IsRegular() {
				fmt.Fprintf(sum, "%s %d %d\n", file, info.Size(), info.ModTime().UnixNano())
			}
			return nil
		})
	}
}

func (s *developmentStore) Manifest() Asset {
	asset, _ := s.Lookup(urlManifest, "")
	return asset
}

func (s *developmentStore) Stylesheets() []string {
	if s.live != nil {
		return s.live.styles(s.graph.Now())
	}
	return s.stylesheets()
}

func (s *developmentStore) LoaderURL() string {
	if s.live != nil {
		return s.live.loader(s.graph.Now())
	}
	return urlLoader
}

func (s *developmentStore) stylesheets() []string {
	sheets := s.source.Stylesheets()
	for i, name := range sheets {
		sheets[i] = prefix + "styles/" + name
	}
	return sheets
}

func (s *developmentStore) Critical() string         { return "" }
func (s *developmentStore) CriticalHash() string     { return "" }
func (s *developmentStore) Modules(string) []string  { return nil }
func (s *developmentStore) Roots() []string          { return roots() }
func (s *developmentStore) ImportMap() string        { return s.importMap }
func (s *developmentStore) ImportMapHash() string    { return policyHash(s.importMap) }
func (s *developmentStore) ServiceWorkerURL() string { return "" }
func (s *developmentStore) ManifestURL() string      { return urlManifest }
func (s *developmentStore) IconURL() string          { return urlIcon }
func (s *developmentStore) OwnIcons() bool           { return s.source.OwnIcons() }
func (s *developmentStore) TouchIconURL() string     { return urlTouchIcon }
