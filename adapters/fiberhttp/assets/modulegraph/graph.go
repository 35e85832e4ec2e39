//go:build !release

// Package modulegraph knows which of the browser's files import which, so that a saved file reaches everything that imports
// it and nothing else.
//
// A file's version is a hash of the path, size and time of change of everything that can be reached from it, itself
// included. The graph writes it behind every relative specifier (`./api.js?v=…`): what has changed, and what imports it,
// gets another address and is loaded again, and everything else keeps its address and so its one instance in the page.
// The time of change and not the content, because after an undo a hash of the content would name a module that the browser
// has run already and never runs again. Lines stay where they are, and so do names of packages, which the import map leads
// on.
//
// Nothing is watched and nothing is kept but what was parsed: whoever asks gets what the files say now.
package modulegraph

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/assets/bundle"
)

// Files are the files by their names in the browser's tree, with slashes: "islands/content/share.js". What must not be read,
// such as what a link leads to outside of its folder, is not there.
type Files interface {
	Stat(name string) (fs.FileInfo, error)
	ReadFile(name string) ([]byte, error)
}

// Shared is the folder of what modules of any folder import as "neoforge/…".
const (
	Shared      = "islands/shared/"
	sharedAlias = "neoforge/"
)

// Graph is the graph of some files. It is safe for concurrent use.
type Graph struct {
	files Files

	mu     sync.Mutex
	parsed map[string]*file
}

// file is what one state of a file says.
type file struct {
	stamp   string
	imports map[string]string // specifier -> name
	faults  []bundle.Fault
}

// New answers the graph of files.
func New(files Files) *Graph { return &Graph{files: files, parsed: map[string]*file{}} }

// Now looks at the files: what the answer tells is of one moment, and every file is looked at once.
func (g *Graph) Now() *Snapshot {
	return &Snapshot{graph: g, seen: map[string]*file{}, reached: map[string][]string{}}
}

// Snapshot is the graph at one moment. It is not safe for concurrent use.
type Snapshot struct {
	graph   *Graph
	seen    map[string]*file
	reached map[string][]string
}

// Version changes with every file that can be reached from name.
func (s *Snapshot) Version(name string) string {
	sum := sha256.New()
	for _, n := range s.Reach(name) {
		fmt.Fprintf(sum, "%s %s\n", n, s.file(n).stamp)
	}
	return base64.RawURLEncoding.EncodeToString(sum.Sum(nil)[:9])
}

// Reach lists the files that can be reached from name, itself included, sorted. What is imported and not there is among
// them.
func (s *Snapshot) Reach(name string) []string {
	if known, ok := s.reached[name]; ok {
		return known
	}
	found := map[string]bool{name: true}
	for open := []string{name}; len(open) > 0; {
		next := open[len(open)-1]
		open = open[:len(open)-1]
		for _, to := range s.file(next).imports {
			if !found[to] {
				found[to] = true
				open = append(open, to)
			}
		}
	}
	s.reached[name] = slices.Sorted(maps.Keys(found))
	return s.reached[name]
}

// Faults lists what is wrong with the files that can be reached from some, each file once. The File of a fault is its name.
func (s *Snapshot) Faults(names ...string) []bundle.Fault {
	var out []bundle.Fault
	told := map[string]bool{}
	for _, name := range names {
		for _, n := range s.Reach(name) {
			if !told[n] {
				told[n] = true
				out = append(out, s.file(n).faults...)
			}
		}
	}
	return out
}

// Versioned answers the text of a file with the version of what it imports behind every specifier.
func (s *Snapshot) Versioned(name string, text []byte) []byte {
	imports := s.file(name).imports
	if len(imports) == 0 {
		return text
	}
	return specifiersOf(name).ReplaceAllFunc(text, func(match []byte) []byte {
		parts := specifiersOf(name).FindSubmatch(match)
		to, ok := imports[string(parts[2])]
		if !ok {
			return match
		}
		specifier := string(parts[2])
		if rest, ok := strings.CutPrefix(specifier, sharedAlias); ok {
			specifier = "/assets/" + Shared + rest // the import map knows names without a version only
		}
		return []byte(string(parts[1]) + specifier + "?v=" + s.Version(to) + string(parts[3]))
	})
}

// The three groups are what stands before a specifier, the specifier, and what ends it.
var (
	inScript = regexp.MustCompile(`(\b(?:from|import)\s*\(?\s*["'])([^"'\n]+)(["'])`)
	inStyle  = regexp.MustCompile(`(@import\s+(?:url\(\s*)?["']?)([^"'()\s;]+)(["')\s;])`)
)

func specifiersOf(name string) *regexp.Regexp {
	if path.Ext(name) == ".css" {
		return inStyle
	}
	return inScript
}

func (s *Snapshot) file(name string) *file {
	if known, ok := s.seen[name]; ok {
		return known
	}
	f := s.graph.file(name)
	s.seen[name] = f
	var missing []bundle.Fault
	for specifier, to := range f.imports {
		if s.graph.exists(to) {
			continue
		}
		missing = append(missing, s.graph.missing(name, specifier))
	}
	if len(missing) > 0 { // whether it is there is no property of this file's text: it is not kept with it
		slices.SortFunc(missing, func(a, b bundle.Fault) int { return a.Line - b.Line })
		own := *f
		own.faults = append(slices.Clip(own.faults), missing...)
		s.seen[name] = &own
	}
	return s.seen[name]
}

// notThere is the state of a file that is not there.
const notThere = "-"

func (g *Graph) exists(name string) bool {
	info, err := g.files.Stat(name)
	return err == nil && info.Mode().IsRegular()
}

func (g *Graph) file(name string) *file {
	info, err := g.files.Stat(name)
	if err != nil || !info.Mode().IsRegular() {
		return g.invalidate(name)
	}
	stamp := fmt.Sprintf("%d %d", info.Size(), info.ModTime().UnixNano())
	g.mu.Lock()
	known := g.parsed[name]
	g.mu.Unlock()
	if known != nil && known.stamp == stamp {
		return known
	}
	text, err := g.files.ReadFile(name)
	if err != nil {
		return g.invalidate(name)
	}
	f := parse(name, text)
	f.stamp = stamp
	g.mu.Lock()
	g.parsed[name] = f
	g.mu.Unlock()
	return f
}

func (g *Graph) invalidate(name string) *file {
	g.mu.Lock()
	delete(g.parsed, name)
	g.mu.Unlock()
	return &file{stamp: notThere}
}

// missing says where a file imports what is not there.
func (g *Graph) missing(name, specifier string) bundle.Fault {
	fault := bundle.Fault{File: name, Text: fmt.Sprintf("%q is imported and not there", specifier)}
	text, err := g.files.ReadFile(name)
	if err != nil {
		return fault
	}
	for i, line := range strings.Split(string(text), "\n") {
		for _, at := range specifiersOf(name).FindAllStringSubmatchIndex(line, -1) {
			if line[at[4]:at[5]] == specifier {
				fault.Line, fault.Column, fault.Excerpt = i+1, at[4]+1, bundle.Excerpt(line)
				return fault
			}
		}
	}
	return fault
}

// parse reads what a text imports, and what is wrong with it. Of a text with a fault it is read as well, so that the fault
// reaches who imports it.
func parse(name string, text []byte) *file {
	code, faults := bundle.Parse(name, text)
	f := &file{imports: map[string]string{}, faults: faults}
	for _, found := range specifiersOf(name).FindAllSubmatch(code, -1) { // comments, which may name files too, are left out
		specifier := string(found[2])
		if to, ok := resolve(name, specifier); ok {
			f.imports[specifier] = to
		}
	}
	return f
}

// resolve answers the name behind a specifier; false: it is a package's, or none of this tree.
func resolve(from, specifier string) (string, bool) {
	if rest, ok := strings.CutPrefix(specifier, sharedAlias); ok {
		return path.Join(Shared, rest), true
	}
	relative := strings.HasPrefix(specifier, "./") || strings.HasPrefix(specifier, "../")
	if path.Ext(from) == ".css" && !strings.Contains(specifier, ":") && !strings.HasPrefix(specifier, "/") {
		relative = true
	}
	if !relative || strings.ContainsAny(specifier, "?#%\\") {
		return "", false
	}
	return path.Join(path.Dir(from), specifier), true
}
