//go:build !release

package assets

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/assets/bundle"
)

const (
	urlLoader = prefix + "islands/loader.js"
	urlStyles = prefix + "styles/main.css"
	modules   = "node_modules/"
)

// rootFiles are the files behind the addresses outside /assets/, relative to the web folder.
var rootFiles = map[string]string{
	urlManifest:  "pwa/manifest.webmanifest",
	urlIcon:      "pwa/icons/icon.svg",
	urlOldIcon:   "pwa/icons/favicon.ico",
	urlTouchIcon: "pwa/icons/icon-180.png",
}

// developmentStore reads the web folder at every use. os.Root keeps links from leading out of it.
type developmentStore struct {
	dir       string
	web       *os.Root
	packages  *os.Root
	importMap string

	mu            sync.Mutex
	worker        Asset
	workerVersion string
}

var _ Store = (*developmentStore)(nil)

// Open serves the web folder as it is, for development. The packages that the import map leads to must be installed.
func Open(dir string) (Store, error) {
	web, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("assets: open the web folder: %w", err)
	}
	packages, err := os.OpenRoot(filepath.Join(dir, "node_modules"))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("assets: the page's packages are not installed; run `npm ci --omit=dev` in %s: %w", dir, err), web.Close())
	}
	for _, name := range []string{"islands/loader.js", "styles/main.css"} {
		if _, err := web.Stat(name); err != nil {
			return nil, errors.Join(fmt.Errorf("assets: %s is not the web folder: %w", dir, err), web.Close(), packages.Close())
		}
	}
	text, err := importMap()
	if err != nil {
		return nil, errors.Join(err, web.Close(), packages.Close())
	}
	return &developmentStore{dir: dir, web: web, packages: packages, importMap: text}, nil
}

func (s *developmentStore) Lookup(requestPath, _ string) (Asset, bool) {
	if requestPath == urlWorker {
		return s.ServiceWorker(), true
	}
	if file, ok := rootFiles[requestPath]; ok {
		return s.read(s.web, file)
	}
	name, ok := relative(requestPath)
	if !ok {
		return Asset{}, false
	}
	if inside, ok := strings.CutPrefix(name, modules); ok {
		if !published(inside) {
			return Asset{}, false
		}
		return s.read(s.packages, inside)
	}
	folder, rest, _ := strings.Cut(name, "/")
	switch {
	case folder == "islands" && !strings.HasPrefix(rest, "server/"), folder == "styles":
		return s.read(s.web, name)
	case folder == "icons":
		return s.read(s.web, "pwa/"+name)
	}
	return Asset{}, false
}

func (s *developmentStore) read(root *os.Root, name string) (Asset, bool) {
	info, err := root.Stat(name)
	if err != nil || !info.Mode().IsRegular() {
		return Asset{}, false
	}
	body, err := root.ReadFile(name)
	if err != nil {
		return Asset{}, false
	}
	return Asset{Body: body, ContentType: types[path.Ext(name)], ETag: etag(body, ""), CacheControl: revalidate}, true
}

func (s *developmentStore) IslandsMap() string {
	islands, err := bundle.Islands(s.dir)
	if err != nil {
		return "{}"
	}
	addresses := make(map[string]string, len(islands))
	for _, island := range islands {
		addresses[island.Name] = prefix + "islands/" + island.File
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
	version := s.versionOf("pwa", "styles", "islands")
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.workerVersion == version {
		return s.worker
	}
	list := make([]bundle.Precached, 0, 4)
	for _, url := range append([]string{"/offline", urlIcon, urlLoader}, s.Stylesheets()...) {
		list = append(list, bundle.Precached{URL: url, Revision: &version})
	}
	body, err := bundle.ServiceWorker(s.dir, list)
	if err != nil {
		message, _ := json.Marshal(err.Error())
		body = []byte("throw new Error(" + string(message) + ");\n")
	}
	s.worker = Asset{Body: body, ContentType: types[".js"], ETag: etag(body, ""), CacheControl: revalidate}
	s.workerVersion = version
	return s.worker
}

func (s *developmentStore) SSRBundle(context.Context) ([]byte, error) { return bundle.SSR(s.dir) }

func (s *developmentStore) SSRVersion() string { return s.versionOf("islands", "package-lock.json") }

// versionOf changes when a file in one of the folders is saved, added or removed.
func (s *developmentStore) versionOf(names ...string) string {
	sum := sha256.New()
	for _, name := range names {
		// A file that vanishes meanwhile changes the version too, so faults need no handling here.
		_ = fs.WalkDir(s.web.FS(), name, func(file string, entry fs.DirEntry, err error) error {
			if err != nil {
				return nil
			}
			if info, err := entry.Info(); err == nil && info.Mode().IsRegular() {
				fmt.Fprintf(sum, "%s %d %d\n", file, info.Size(), info.ModTime().UnixNano())
			}
			return nil
		})
	}
	return base64.RawURLEncoding.EncodeToString(sum.Sum(nil)[:9])
}

func (s *developmentStore) Manifest() Asset {
	asset, _ := s.Lookup(urlManifest, "")
	return asset
}

func (s *developmentStore) Roots() []string          { return roots() }
func (s *developmentStore) Stylesheets() []string    { return []string{urlStyles} }
func (s *developmentStore) ImportMap() string        { return s.importMap }
func (s *developmentStore) ImportMapHash() string    { return policyHash(s.importMap) }
func (s *developmentStore) LoaderURL() string        { return urlLoader }
func (s *developmentStore) Preloads() []string       { return nil }
func (s *developmentStore) ServiceWorkerURL() string { return "" }
func (s *developmentStore) ManifestURL() string      { return urlManifest }
func (s *developmentStore) IconURL() string          { return urlIcon }
func (s *developmentStore) TouchIconURL() string     { return urlTouchIcon }
