//go:build !release

package bundle

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"sort"
	"strings"
)

// Source is where the browser's files of a program lie: the platform's, and those of its modules in as many folders as they
// come from. To browsers and to esbuild it is one folder.
type Source struct {
	Platform string // NeoForge's web folder: the loader, islands/shared, styles, the offline worker
	Packages string // the folder with package.json and node_modules; empty: Platform
	Icons    string // the product's own manifest.webmanifest and icons/, as in pwa; empty, and of what is missing there: NeoForge's
	Roots    []Root // of the modules
}

// Root is the folder of one module's files. Of it browsers get islands/<module>/, styles/<module>/, of which pages link to
// main.css, and static/<module>/, and nothing else.
type Root struct {
	Module string
	Dir    string
}

// Folder is the source of a web folder that holds the platform's files and those of all modules.
func Folder(dir string) (Source, error) {
	s := Source{Platform: dir}
	for _, part := range []string{"islands", "styles"} {
		entries, err := os.ReadDir(filepath.Join(dir, part))
		if err != nil {
			return Source{}, fmt.Errorf("bundle: list modules: %w", err)
		}
		for _, e := range entries {
			root := Root{Module: e.Name(), Dir: dir}
			if e.IsDir() && !slices.Contains(ofPlatform, e.Name()) && !slices.Contains(s.Roots, root) {
				s.Roots = append(s.Roots, root)
			}
		}
	}
	slices.SortFunc(s.Roots, func(a, b Root) int { return strings.Compare(a.Module, b.Module) })
	return s, nil
}

// PlatformRoot is the root of the platform's own islands, nf-platform-<thing>: no module can be called that.
const PlatformRoot = "platform"

// ofPlatform are folders of islands that no module can be named for.
var ofPlatform = []string{"shared", "server"}

// PackagesDir is the folder that holds node_modules.
func (s Source) PackagesDir() string {
	if s.Packages == "" {
		return s.Platform
	}
	return s.Packages
}

// OwnIcons tells whether the product has icons of its own.
func (s Source) OwnIcons() bool {
	return s.Icons != "" && isFile(filepath.Join(s.Icons, "icons", "icon.svg"))
}

// iconFolders are where icons lie, the product's own first. NeoForge's stand in for single ones that a product lacks.
func (s Source) iconFolders() []string {
	if s.Icons == "" {
		return []string{filepath.Join(s.Platform, "pwa")}
	}
	return []string{s.Icons, filepath.Join(s.Platform, "pwa")}
}

func isFile(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.Mode().IsRegular()
}

// Check refuses modules whose files could not be told from others'.
func (s Source) Check() error {
	seen := map[string]bool{}
	for _, r := range s.Roots {
		if slices.Contains(ofPlatform, r.Module) || seen[r.Module] || r.Module == "" || strings.Trim(r.Module, "abcdefghijklmnopqrstuvwxyz0123456789_") != "" {
			return fmt.Errorf("bundle: the islands and styles of module %q cannot be told from others': choose another name", r.Module)
		}
		seen[r.Module] = true
	}
	return nil
}

// Island is an element and the file that defines it, relative to the islands folder, with slashes.
type Island struct {
	Name string
	File string
}

// Islands lists what the modules define, by the rule that islands/<module>/<thing>.js defines nf-<module>-<thing>. Files
// that define no element are parts of others.
func (s Source) Islands() ([]Island, error) {
	islands, faults := s.IslandsAndFaults()
	for _, name := range slices.Sorted(maps.Keys(faults)) {
		return nil, fmt.Errorf("bundle: %w", faults[name])
	}
	return islands, nil
}

// IslandsAndFaults lists the islands, and what keeps other files from being one, by the names that files of islands have.
func (s Source) IslandsAndFaults() ([]Island, map[string]error) {
	var islands []Island
	faults := map[string]error{}
	for _, root := range s.Roots {
		files, err := filepath.Glob(filepath.Join(root.Dir, "islands", root.Module, "*.js"))
		if err != nil {
			faults[root.Module] = fmt.Errorf("list islands of %s: %w", root.Module, err)
		}
		for _, file := range files {
			thing := strings.TrimSuffix(filepath.Base(file), ".js")
			island := Island{Name: "nf-" + root.Module + "-" + thing, File: path.Join(root.Module, thing+".js")}
			switch source, err := os.ReadFile(file); {
			case err != nil:
				faults[island.File] = fmt.Errorf("read island: %w", err)
			case !bytes.Contains(source, []byte("customElements.define(")):
			case !bytes.Contains(source, []byte("customElements.define('"+island.Name+"'")):
				faults[island.File] = fmt.Errorf("islands/%s must define %s, and nothing else", island.File, island.Name)
			default:
				islands = append(islands, island)
			}
		}
	}
	sort.Slice(islands, func(i, j int) bool { return islands[i].Name < islands[j].Name })
	return islands, faults
}

// Stylesheets lists the files that a page links to, relative to the styles folder, in order.
func (s Source) Stylesheets() []string {
	sheets := []string{"main.css"}
	for _, root := range s.Roots {
		if isFile(filepath.Join(root.Dir, "styles", root.Module, "main.css")) {
			sheets = append(sheets, root.Module+"/main.css")
		}
	}
	return sheets
}

// criticalSheets lists the files whose rules stand in pages, relative to the styles folder, in order: of each module what it
// names in its critical.css, or else all of its styles.
func (s Source) criticalSheets() []string {
	sheets := []string{"critical.css"}
	for _, root := range s.Roots {
		for _, name := range []string{"critical.css", "main.css"} {
			if isFile(filepath.Join(root.Dir, "styles", root.Module, name)) {
				sheets = append(sheets, root.Module+"/"+name)
				break
			}
		}
	}
	return sheets
}

// staged is a temporary folder in which the source is one: links to every part of it, under names that do not depend on
// where that part lies. esbuild hashes the paths of what it reads, so whoever bundles the same source anywhere gets the same
// names.
type staged struct{ dir string }

func (s Source) stage() (_ *staged, err error) {
	if err := s.Check(); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "neoforge-web-*")
	if err != nil {
		return nil, fmt.Errorf("bundle: make a folder: %w", err)
	}
	st := &staged{dir}
	defer func() {
		if err != nil {
			err = errors.Join(err, st.remove())
		}
	}()
	if st.dir, err = filepath.EvalSymlinks(dir); err != nil {
		return nil, fmt.Errorf("bundle: find %s: %w", dir, err)
	}
	for _, name := range append([]string{"loader.js"}, ofPlatform...) {
		if err := st.link(filepath.Join(s.Platform, "islands", name), "islands", name); err != nil {
			return nil, err
		}
	}
	if err := st.linkEach(filepath.Join(s.Platform, "styles"), "styles"); err != nil {
		return nil, err
	}
	if err := st.link(filepath.Join(s.Platform, "pwa"), "pwa"); err != nil {
		return nil, err
	}
	if err := st.link(filepath.Join(s.PackagesDir(), "node_modules"), "node_modules"); err != nil {
		return nil, err
	}
	for _, root := range s.Roots {
		for _, part := range []string{"islands", "styles"} {
			if err := st.link(filepath.Join(root.Dir, part, root.Module), part, root.Module); err != nil {
				return nil, err
			}
		}
	}
	return st, nil
}

// link makes a link to what is there; what is not there needs none.
func (st *staged) link(target string, name ...string) error {
	target, err := filepath.Abs(target)
	if err != nil {
		return fmt.Errorf("bundle: find %s: %w", target, err)
	}
	if _, err := os.Stat(target); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	at := st.path(name...)
	if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
		return fmt.Errorf("bundle: make a folder: %w", err)
	}
	if err := os.Symlink(target, at); err != nil {
		return fmt.Errorf("bundle: join the folders of modules: %w", err)
	}
	return nil
}

// linkEach links to every file in a folder, so that other files can be beside them.
func (st *staged) linkEach(folder, name string) error {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return fmt.Errorf("bundle: list %s: %w", folder, err)
	}
	for _, e := range entries {
		if e.IsDir() {
			continue
		}
		if err := st.link(filepath.Join(folder, e.Name()), name, e.Name()); err != nil {
			return err
		}
	}
	return nil
}

func (st *staged) path(name ...string) string {
	return filepath.Join(append([]string{st.dir}, name...)...)
}

func (st *staged) remove() error {
	if err := os.RemoveAll(st.dir); err != nil {
		return fmt.Errorf("bundle: remove %s: %w", st.dir, err)
	}
	return nil
}
