package assets

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/assets/bundle"
)

// releaseStore keeps everything in memory: it is little, and it is the same for the life of the program.
type releaseStore struct {
	index   bundle.Index
	islands string

	criticalHash string
	files        map[string]map[string]Asset // by path, then by encoding
	ssr          []byte
}

var _ Store = (*releaseStore)(nil)

// OpenDist reads what `go run ./deploy/build` wrote. The error names what is missing.
func OpenDist(dist fs.FS) (Store, error) {
	if dist == nil {
		return nil, errors.New("assets: a folder of bundled files is needed")
	}
	index, err := readIndex(dist)
	if err != nil {
		return nil, err
	}
	s := &releaseStore{index: index, files: map[string]map[string]Asset{}}
	islands, err := json.Marshal(s.index.Islands)
	if err != nil {
		return nil, fmt.Errorf("assets: islands: %w", err)
	}
	s.islands = string(islands)
	if s.ssr, err = fs.ReadFile(dist, s.index.SSR); err != nil {
		return nil, fmt.Errorf("assets: read the server-rendering script: %w", err)
	}
	for _, file := range s.index.Files {
		if err := s.add(dist, file); err != nil {
			return nil, err
		}
	}
	if s.index.Critical != "" {
		s.criticalHash = policyHash(s.index.Critical)
	}
	needed := append([]string{s.index.Loader, urlManifest, urlWorker, urlIcon, urlTouchIcon}, s.index.Stylesheets...)
	for _, url := range needed {
		if _, ok := s.files[url]; !ok {
			return nil, fmt.Errorf("assets: the bundled files lack %q; run `go run ./deploy/build`, then build again", url)
		}
	}
	return s, nil
}

func readIndex(dist fs.FS) (index bundle.Index, err error) {
	raw, err := fs.ReadFile(dist, bundle.IndexFile)
	if err != nil {
		return index, fmt.Errorf("assets: the bundled files have no index; run `go run ./deploy/build`, then build again: %w", err)
	}
	if err := json.Unmarshal(raw, &index); err != nil {
		return index, fmt.Errorf("assets: read %s: %w", bundle.IndexFile, err)
	}
	return index, nil
}

func (s *releaseStore) add(dist fs.FS, file bundle.File) error {
	kind, ok := types[path.Ext(file.URL)]
	if !ok {
		return fmt.Errorf("assets: %s is of a kind that is not served", file.URL)
	}
	vary := ""
	if len(file.Encodings) > 0 {
		vary = "Accept-Encoding"
	}
	variants := map[string]Asset{}
	for _, encoding := range append([]string{""}, file.Encodings...) {
		body, err := fs.ReadFile(dist, file.Name+bundle.Suffix(encoding))
		if err != nil {
			return fmt.Errorf("assets: read %s: %w", file.URL, err)
		}
		variants[encoding] = Asset{
			Body: body, ContentType: kind, ETag: etag(body, encoding), CacheControl: cacheControl(file),
			Encoding: encoding, Vary: vary,
		}
	}
	s.files[file.URL] = variants
	return nil
}

func cacheControl(file bundle.File) string {
	switch {
	case file.Immutable:
		return forever
	case file.URL == urlWorker, file.URL == urlManifest:
		return revalidate
	}
	return forADay
}

func (s *releaseStore) Lookup(requestPath, acceptEncoding string) (Asset, bool) {
	variants, ok := s.files[requestPath]
	if !ok {
		return Asset{}, false
	}
	encoding := choose(acceptEncoding, func(encoding string) bool { _, has := variants[encoding]; return has })
	return variants[encoding], true
}

func (s *releaseStore) Roots() []string          { return roots() }
func (s *releaseStore) Stylesheets() []string    { return slices.Clone(s.index.Stylesheets) }
func (s *releaseStore) Critical() string         { return s.index.Critical }
func (s *releaseStore) CriticalHash() string     { return s.criticalHash }
func (s *releaseStore) ImportMap() string        { return "" }
func (s *releaseStore) ImportMapHash() string    { return "" }
func (s *releaseStore) LoaderURL() string        { return s.index.Loader }
func (s *releaseStore) IslandsMap() string       { return s.islands }
func (s *releaseStore) ServiceWorkerURL() string { return urlWorker }
func (s *releaseStore) ManifestURL() string      { return urlManifest }
func (s *releaseStore) IconURL() string          { return urlIcon }
func (s *releaseStore) OwnIcons() bool           { return s.index.OwnIcons }
func (s *releaseStore) TouchIconURL() string     { return urlTouchIcon }
func (s *releaseStore) ServiceWorker() Asset     { return s.files[urlWorker][""] }
func (s *releaseStore) Manifest() Asset          { return s.files[urlManifest][""] }
func (s *releaseStore) SSRVersion() string       { return s.index.SSRVersion }

func (s *releaseStore) Modules(element string) []string {
	return slices.Clone(s.index.Modules[element])
}

func (s *releaseStore) SSRBundle(context.Context) ([]byte, error) { return s.ssr, nil }
