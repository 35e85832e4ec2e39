//go:build !release

package bundle

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
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
// their content; styles; the server-rendering script; the offline worker; icons and the modules' static files; compressed
// copies; the index. The same source gives the same bytes wherever it lies. Sizes of what browsers fetch are answered in
// order of their addresses.
func Release(s Source, out string) (_ []Size, err error) {
	if err := os.RemoveAll(out); err != nil {
		return nil, fmt.Errorf("bundle: empty %s: %w", out, err)
	}
	st, err := s.stage()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, st.remove()) }()
	r := &release{Source: s, staged: st, out: out, index: Index{Islands: map[string]string{}, Modules: map[string][]string{}}}
	for _, step := range []func() error{r.scripts, r.styles, r.critical, r.server, r.icons, r.static, r.serviceWorker, r.compress, r.writeIndex} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return r.sizes, nil
}

type release struct {
	Source
	*staged
	out      string
	index    Index
	sizes    []Size
	required []string // addresses
	offline  []string // likewise, of what the offline page needs
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

// offlinePage is the island of the page that is shown without a connection.
const offlinePage = "nf-platform-offline"

func (r *release) scripts() error {
	islands, err := r.Islands()
	if err != nil {
		return err
	}
	entries := []string{r.path("islands", "loader.js")}
	elements := map[string]string{}
	for _, island := range islands {
		entries = append(entries, r.path("islands", filepath.FromSlash(island.File)))
		elements["islands/"+island.File] = island.Name
	}
	meta, err := r.build(api.BuildOptions{
		EntryPoints: entries, Outbase: r.path("islands"), Outdir: r.path(written, "assets", "islands"),
		EntryNames: "[dir]/[name]-[hash]", ChunkNames: "shared/[name]-[hash]",
		Splitting: true, Format: api.FormatESModule, Target: api.ES2022, Conditions: []string{"browser"},
	})
	if err != nil {
		return err
	}
	for output, info := range meta.Outputs {
		url := r.add(output)
		switch {
		case info.EntryPoint == "islands/loader.js":
			r.index.Loader = url
			r.index.Modules[""] = withImports(meta, output)
			r.required = append(r.required, withImports(meta, output)...)
		case info.EntryPoint != "":
			name, ok := elements[info.EntryPoint]
			if !ok {
				continue // an island imports it when it needs it
			}
			r.index.Islands[name] = url
			r.index.Modules[name] = withImports(meta, output)
			if name == offlinePage {
				r.offline = withImports(meta, output)
			}
		}
	}
	if r.index.Loader == "" || len(r.index.Islands) != len(islands) {
		return errors.New("bundle: not every island was written")
	}
	return nil
}

// withImports lists the addresses of a script and of all that it imports at once.
func withImports(meta metafile, output string) []string {
	urls := []string{url(output)}
	for _, imported := range meta.Outputs[output].Imports {
		if imported.Kind == "import-statement" {
			urls = append(urls, withImports(meta, imported.Path)...)
		}
	}
	slices.Sort(urls[1:])
	return slices.Compact(urls)
}

func (r *release) styles() error {
	const all = "styles/all-of-them.css"
	var imports strings.Builder
	for _, sheet := range r.Stylesheets() {
		fmt.Fprintf(&imports, "@import \"./%s\";\n", sheet)
	}
	if err := os.WriteFile(r.path(all), []byte(imports.String()), 0o600); err != nil {
		return fmt.Errorf("bundle: join styles: %w", err)
	}
	meta, err := r.build(api.BuildOptions{
		EntryPointsAdvanced: []api.EntryPoint{{InputPath: r.path(all), OutputPath: "main"}}, Outdir: r.path(written, "assets", "styles"),
		EntryNames: "[name]-[hash]", AssetNames: "[name]-[hash]", Target: api.ESNext,
		Loader: map[string]api.Loader{".svg": api.LoaderFile, ".woff2": api.LoaderFile},
	})
	if err != nil {
		return err
	}
	for output, info := range meta.Outputs {
		url := r.add(output)
		if info.EntryPoint == all {
			r.index.Stylesheets = []string{url}
		}
	}
	if len(r.index.Stylesheets) != 1 {
		return errors.New("bundle: the styles were not written")
	}
	return nil
}

// critical joins the rules that stand in pages themselves. They name no files: the address of one would be looked up beside
// the page.
func (r *release) critical() error {
	const all = "styles/critical-of-all.css"
	var imports strings.Builder
	for _, sheet := range r.criticalSheets() {
		fmt.Fprintf(&imports, "@import \"./%s\";\n", sheet)
	}
	if err := os.WriteFile(r.path(all), []byte(imports.String()), 0o600); err != nil {
		return fmt.Errorf("bundle: join critical styles: %w", err)
	}
	options := api.BuildOptions{
		EntryPoints: []string{r.path(all)}, Target: api.ESNext, External: []string{"*.svg", "*.woff2"},
		MinifyWhitespace: true, MinifySyntax: true, LegalComments: api.LegalCommentsNone,
	}
	r.within(&options)
	result := api.Build(options)
	if err := failure(result.Errors); err != nil {
		return err
	}
	rules := strings.TrimSpace(string(result.OutputFiles[0].Contents))
	if strings.Contains(rules, "url(") || strings.Contains(rules, "</") {
		return errors.New("bundle: the rules that stand in pages name a file or end an element: keep such rules out of styles/critical.css, and write styles/<module>/critical.css without them for a module that has them")
	}
	r.index.Critical = rules
	return nil
}

func (r *release) build(options api.BuildOptions) (metafile, error) {
	r.within(&options)
	options.Metafile = true
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
	for _, file := range result.OutputFiles {
		name, err := filepath.Rel(r.path(written), file.Path)
		if err != nil {
			return meta, fmt.Errorf("bundle: place %s: %w", file.Path, err)
		}
		if err := r.write(filepath.ToSlash(name), file.Contents); err != nil {
			return meta, err
		}
	}
	return meta, nil
}

func (r *release) server() error {
	body, err := SSR(r.Source)
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
	r.index.OwnIcons = r.OwnIcons()
	for _, folder := range r.iconFolders() {
		pictures, err := filepath.Glob(filepath.Join(folder, "icons", "*.png"))
		if err != nil {
			return fmt.Errorf("bundle: list icons: %w", err)
		}
		for _, picture := range pictures {
			pages["/assets/icons/"+filepath.Base(picture)] = "icons/" + filepath.Base(picture)
		}
	}
	for url, file := range pages {
		body, err := r.icon(file)
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

// icon reads a file of the first folder that has it.
func (r *release) icon(file string) (body []byte, err error) {
	for _, folder := range r.iconFolders() {
		if body, err = os.ReadFile(filepath.Join(folder, filepath.FromSlash(file))); !errors.Is(err, fs.ErrNotExist) {
			break
		}
	}
	return body, err
}

// static takes over what modules have beside islands and styles, such as pictures, at /assets/static/<module>/.
func (r *release) static() error {
	for _, root := range r.Roots {
		if err := r.staticOf(root); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("bundle: static files of %s: %w", root.Module, err)
		}
	}
	return nil
}

func (r *release) staticOf(root Root) (err error) {
	folder, err := os.OpenRoot(filepath.Join(root.Dir, "static", root.Module))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, folder.Close()) }()
	return fs.WalkDir(folder.FS(), ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		body, err := folder.ReadFile(name)
		if err != nil {
			return err
		}
		url := "/assets/static/" + root.Module + "/" + name
		r.index.Files = append(r.index.Files, File{URL: url, Name: strings.TrimPrefix(url, "/")})
		return r.write(strings.TrimPrefix(url, "/"), body)
	})
}

// serviceWorker comes last: it names the files that it keeps. The offline page itself belongs to the program, which says
// its edition.
func (r *release) serviceWorker() error {
	shell := slices.Concat(r.required, r.offline, r.index.Stylesheets)
	slices.Sort(shell)
	shell = slices.Compact(shell)
	icon, err := os.ReadFile(r.at("root/favicon.svg"))
	if err != nil {
		return fmt.Errorf("bundle: read icon: %w", err)
	}
	iconRevision := digest(icon)
	list := []Precached{{URL: "/favicon.svg", Revision: &iconRevision}}
	for _, url := range shell {
		list = append(list, Precached{URL: url})
	}
	body, err := r.worker(list)
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

// written is where esbuild believes to write: beside its sources, so that where the release goes has no part in what it
// makes.
const written = "written"

// add records a file that esbuild made and answers its address.
func (r *release) add(output string) string {
	at := url(output)
	r.index.Files = append(r.index.Files, File{URL: at, Name: strings.TrimPrefix(at, "/"), Immutable: true})
	return at
}

// url is the address of an output, as the metafile names it.
func url(output string) string { return path.Join("/", strings.TrimPrefix(output, written)) }

// at is where a file of the release is written.
func (r *release) at(name string) string {
	abs, err := filepath.Abs(filepath.Join(r.out, filepath.FromSlash(name)))
	if err != nil {
		return filepath.Join(r.out, name)
	}
	return abs
}

func (r *release) write(name string, body []byte) error {
	file := r.at(name)
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
