//go:build !release

package bundle

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"sort"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
)

// Size is what one address costs a reader.
type Size struct {
	URL      string
	Raw      int
	Brotli   int
	Required bool // on every public page before anybody touches it
}

// Release writes what a release embeds to out, which is emptied first: islands split, tree-shaken, minified and named by
// their content; styles; the server-rendering script; the offline worker; icons; compressed copies; the index. Sizes of
// what browsers fetch are answered in order of their addresses.
func Release(dir, out string) ([]Size, error) {
	if err := os.RemoveAll(out); err != nil {
		return nil, fmt.Errorf("bundle: empty %s: %w", out, err)
	}
	r := &release{dir: dir, out: out, index: Index{Islands: map[string]string{}}}
	for _, step := range []func() error{r.scripts, r.styles, r.server, r.icons, r.worker, r.compress, r.writeIndex} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return r.sizes, nil
}

type release struct {
	dir, out string
	index    Index
	sizes    []Size
	required []string // addresses
}

type metafile struct {
	Outputs map[string]struct {
		EntryPoint string `json:"entryPoint"`
		Imports    []struct {
			Path string `json:"path"`
			Kind string `json:"kind"`
		} `json:"imports"`
	} `json:"outputs"`
}

// everyPage names the island that the layout puts on every page.
const everyPage = "nf-identity-menu"

func (r *release) scripts() error {
	islands, err := Islands(r.dir)
	if err != nil {
		return err
	}
	root, err := filepath.Abs(filepath.Join(r.dir, "islands"))
	if err != nil {
		return fmt.Errorf("bundle: find islands: %w", err)
	}
	entries := []string{filepath.Join(root, "loader.js")}
	elements := map[string]string{}
	for _, island := range islands {
		entries = append(entries, filepath.Join(root, filepath.FromSlash(island.File)))
		elements[island.File] = island.Name
	}
	meta, err := r.build(api.BuildOptions{
		AbsWorkingDir: root, EntryPoints: entries, Outbase: root, Outdir: r.path("assets/islands"),
		EntryNames: "[dir]/[name]-[hash]", ChunkNames: "shared/[name]-[hash]",
		Splitting: true, Format: api.FormatESModule, Target: api.ES2022, Conditions: []string{"browser"},
	})
	if err != nil {
		return err
	}
	for output, info := range meta.Outputs {
		url := r.add(root, output, true)
		switch {
		case info.EntryPoint == "loader.js":
			r.index.Loader = url
			r.required = append(r.required, r.withImports(meta, root, output)...)
		case info.EntryPoint != "":
			name, ok := elements[info.EntryPoint]
			if !ok {
				return fmt.Errorf("bundle: %s became an entry without being an island", info.EntryPoint)
			}
			r.index.Islands[name] = url
			if name == everyPage {
				r.index.Preloads = r.withImports(meta, root, output)
				r.required = append(r.required, r.index.Preloads...)
			}
		}
	}
	if r.index.Loader == "" || len(r.index.Islands) != len(islands) {
		return errors.New("bundle: not every island was written")
	}
	return nil
}

// withImports lists the addresses of a script and of all that it imports at once.
func (r *release) withImports(meta metafile, root, output string) []string {
	urls := []string{r.url(root, output)}
	for _, imported := range meta.Outputs[output].Imports {
		if imported.Kind == "import-statement" {
			urls = append(urls, r.withImports(meta, root, imported.Path)...)
		}
	}
	slices.Sort(urls[1:])
	return slices.Compact(urls)
}

func (r *release) styles() error {
	root, err := filepath.Abs(filepath.Join(r.dir, "styles"))
	if err != nil {
		return fmt.Errorf("bundle: find styles: %w", err)
	}
	meta, err := r.build(api.BuildOptions{
		AbsWorkingDir: root, EntryPoints: []string{filepath.Join(root, "main.css")}, Outdir: r.path("assets/styles"),
		EntryNames: "[name]-[hash]", AssetNames: "[name]-[hash]", Target: api.ESNext,
		Loader: map[string]api.Loader{".svg": api.LoaderFile, ".woff2": api.LoaderFile},
	})
	if err != nil {
		return err
	}
	for output, info := range meta.Outputs {
		url := r.add(root, output, true)
		if info.EntryPoint == "main.css" {
			r.index.Stylesheets = []string{url}
		}
	}
	if len(r.index.Stylesheets) != 1 {
		return errors.New("bundle: styles/main.css was not written")
	}
	return nil
}

func (r *release) build(options api.BuildOptions) (metafile, error) {
	options.Bundle, options.Write, options.Metafile = true, true, true
	options.MinifyWhitespace, options.MinifySyntax, options.MinifyIdentifiers = true, true, true
	options.LegalComments = api.LegalCommentsNone
	if options.Conditions == nil {
		options.Conditions = []string{}
	}
	result := api.Build(options)
	var meta metafile
	if err := failure(result.Errors); err != nil {
		return meta, err
	}
	if err := json.Unmarshal([]byte(result.Metafile), &meta); err != nil {
		return meta, fmt.Errorf("bundle: read what was written: %w", err)
	}
	return meta, nil
}

func (r *release) server() error {
	body, err := SSR(r.dir)
	if err != nil {
		return err
	}
	r.index.SSR, r.index.SSRVersion = "ssr.js", digest(body)
	return r.write("ssr.js", body)
}

func (r *release) icons() error {
	pages := map[string]string{
		"/manifest.webmanifest": "manifest.webmanifest",
		"/favicon.svg":          "icons/icon.svg",
		"/favicon.ico":          "icons/favicon.ico",
		"/apple-touch-icon.png": "icons/icon-180.png",
	}
	pictures, err := filepath.Glob(filepath.Join(r.dir, "pwa", "icons", "*.png"))
	if err != nil {
		return fmt.Errorf("bundle: list icons: %w", err)
	}
	for _, picture := range pictures {
		pages["/assets/icons/"+filepath.Base(picture)] = "icons/" + filepath.Base(picture)
	}
	for url, file := range pages {
		body, err := os.ReadFile(filepath.Join(r.dir, "pwa", filepath.FromSlash(file)))
		if err != nil {
			return fmt.Errorf("bundle: read icon: %w", err)
		}
		if err := r.write("root"+url, body); err != nil {
			return err
		}
		r.index.Files = append(r.index.Files, File{URL: url, Name: "root" + url})
	}
	return nil
}

// worker comes last: it names the files that it keeps. The offline page belongs to the program, so its revision is that
// of everything it is made of here.
func (r *release) worker() error {
	shell := append(slices.Clone(r.required), r.index.Stylesheets...)
	slices.Sort(shell)
	shell = slices.Compact(shell)
	revision := digest([]byte(strings.Join(shell, "\n")))
	icon, err := os.ReadFile(r.path("root/favicon.svg"))
	if err != nil {
		return fmt.Errorf("bundle: read icon: %w", err)
	}
	iconRevision := digest(icon)
	list := []Precached{{URL: "/offline", Revision: &revision}, {URL: "/favicon.svg", Revision: &iconRevision}}
	for _, url := range shell {
		list = append(list, Precached{URL: url})
	}
	body, err := ServiceWorker(r.dir, list)
	if err != nil {
		return err
	}
	r.index.Files = append(r.index.Files, File{URL: "/sw.js", Name: "root/sw.js"})
	return r.write("root/sw.js", body)
}

func (r *release) writeIndex() error {
	sort.Slice(r.index.Files, func(i, j int) bool { return r.index.Files[i].URL < r.index.Files[j].URL })
	body, err := json.MarshalIndent(r.index, "", "  ")
	if err != nil {
		return fmt.Errorf("bundle: write the index: %w", err)
	}
	return r.write(IndexFile, body)
}

// add records a file that esbuild wrote and answers its address. Paths in the metafile are relative to root.
func (r *release) add(root, output string, immutable bool) string {
	url := r.url(root, output)
	r.index.Files = append(r.index.Files, File{URL: url, Name: strings.TrimPrefix(url, "/"), Immutable: immutable})
	return url
}

func (r *release) url(root, output string) string {
	name, err := filepath.Rel(r.path(""), filepath.Join(root, filepath.FromSlash(output)))
	if err != nil {
		return output
	}
	return path.Join("/", filepath.ToSlash(name))
}

func (r *release) path(name string) string {
	abs, err := filepath.Abs(filepath.Join(r.out, filepath.FromSlash(name)))
	if err != nil {
		return filepath.Join(r.out, name)
	}
	return abs
}

func (r *release) write(name string, body []byte) error {
	file := r.path(name)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return fmt.Errorf("bundle: make a folder: %w", err)
	}
	if err := os.WriteFile(file, body, 0o644); err != nil {
		return fmt.Errorf("bundle: write %s: %w", name, err)
	}
	return nil
}

func digest(body []byte) string {
	sum := sha256.Sum256(body)
	return base64.RawURLEncoding.EncodeToString(sum[:9])
}
