package architecture

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// File is what the walls need to know of one Go file.
type File struct {
	Path    string // slash-separated, from the root
	Imports []string
	Syntax  *ast.File
	// Product is the path of another Go module that the file belongs to; empty for this
	// one.
	Product string
}

// Folder is the file's folder.
func (f File) Folder() string { return path.Dir(f.Path) }

// IsTest reports whether the file belongs to a test, or to a package that only
// tests import.
func (f File) IsTest() bool {
	return strings.HasSuffix(f.Path, "_test.go") || strings.HasPrefix(f.Path, "tests/") || isTestPackage(f.Folder())
}

// isTestPackage reports whether a folder is one that only tests import: a contract
// suite, or what makes the parts of an adapter for tests.
func isTestPackage(folder string) bool {
	top, _, nested := strings.Cut(folder, "/")
	return nested && top != "ent" && strings.HasSuffix(path.Base(folder), "test")
}

// Violation is one breach of a wall.
type Violation struct {
	Path string
	Rule string
}

func (v Violation) String() string { return v.Path + ": " + v.Rule }

// IsGenerated reports whether a program wrote the file.
func (f File) IsGenerated() bool { return f.Syntax != nil && ast.IsGenerated(f.Syntax) }

// Layer is what a file belongs to, by its place.
type Layer string

const (
	LayerApp      Layer = "app"
	LayerModule   Layer = "module"
	LayerPort     Layer = "port"
	LayerAdapter  Layer = "adapter"
	LayerTables   Layer = "tables"
	LayerWeb      Layer = "web"
	LayerTests    Layer = "tests"
	LayerDeploy   Layer = "deploy"
	LayerProduct  Layer = "product"  // of another Go module
	LayerTestdata Layer = "testdata" // what a test reads
)

// places are tried in order. A folder that none of them knows belongs to no layer: no
// wall would look at it.
var places = []struct {
	layer   Layer
	pattern *regexp.Regexp
}{
	{LayerTestdata, regexp.MustCompile(`/testdata/`)},
	{LayerApp, regexp.MustCompile(`^app/[a-z]+/`)},
	{LayerModule, regexp.MustCompile(`^modules/[a-z]+/([a-z]+/){0,2}[^/]+$`)},
	{LayerPort, regexp.MustCompile(`^ports/[a-z]+/([a-z]+/)?[^/]+$`)},
	{LayerAdapter, regexp.MustCompile(`^adapters/[a-z0-9]+/`)},
	{LayerTables, regexp.MustCompile(`^ent/([a-z]+/|[a-z]+\.go$)`)},
	{LayerWeb, regexp.MustCompile(`^web/`)},
	{LayerTests, regexp.MustCompile(`^tests/[a-z0-9]+/`)},
	{LayerDeploy, regexp.MustCompile(`^deploy/[a-z]+/`)},
}

// Layer is what the file belongs to; empty where no rule knows its folder.
func (f File) Layer() Layer {
	if f.Product != "" {
		return LayerProduct
	}
	for _, p := range places {
		if p.pattern.MatchString(f.Path) {
			return p.layer
		}
	}
	return ""
}

// EveryFileHasALayer checks that each file of the tree stands in a place that the walls
// know: what they do not see, they cannot refuse.
func EveryFileHasALayer(files []File) []Violation {
	var out []Violation
	for _, f := range files {
		if f.Layer() == "" {
			out = append(out, Violation{f.Path, "stands in a folder of no layer, which no wall looks at"})
		}
	}
	return out
}

// NotCode reports whether a folder holds nothing of the tree: what was downloaded, what
// was made while running, what begins with a dot.
func NotCode(folder string) bool {
	name := path.Base(folder)
	return name == "node_modules" || name != "." && strings.HasPrefix(name, ".") || slices.Contains([]string{"var", "bin", "tmp", "web/dist"}, folder)
}

// Parse reads every Go file of the tree.
func Parse(root fs.FS) ([]File, error) {
	var files []File
	products := map[string]string{} // by folder
	fset := token.NewFileSet()
	err := fs.WalkDir(root, ".", func(p string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && NotCode(p):
			return fs.SkipDir
		case d.IsDir() && p != ".":
			if mod, err := fs.ReadFile(root, path.Join(p, "go.mod")); err == nil {
				products[p] = modulePath(mod)
			}
			return nil
		case d.IsDir() || !strings.HasSuffix(p, ".go"):
			return nil
		}
		src, err := fs.ReadFile(root, p)
		if err != nil {
			return err
		}
		syntax, err := parser.ParseFile(fset, p, src, parser.SkipObjectResolution|parser.ParseComments)
		if err != nil {
			return err
		}
		f := File{Path: p, Syntax: syntax}
		for folder := f.Folder(); folder != "."; folder = path.Dir(folder) {
			if f.Product = products[folder]; f.Product != "" {
				break
			}
		}
		for _, spec := range syntax.Imports {
			name, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return fmt.Errorf("%s: %w", p, err)
			}
			f.Imports = append(f.Imports, name)
		}
		files = append(files, f)
		return nil
	})
	return files, err
}

var moduleLine = regexp.MustCompile(`(?m)^module\s+"?([^\s"]+)`)

func modulePath(mod []byte) string {
	if m := moduleLine.FindSubmatch(mod); m != nil {
		return string(m[1])
	}
	return "unnamed"
}
