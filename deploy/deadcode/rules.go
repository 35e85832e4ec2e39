package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"path/filepath"
	"regexp"
	"strings"
)

// readByAGenerator are schemas: ent/generate reads them in a program that it writes for
// it. Generated code itself the tool leaves out.
var readByAGenerator = regexp.MustCompile(`^ent/([a-z]+/schema|columns)/`)

// exempt reports whether a function is called from where the tool cannot look.
func exempt(f function) bool { return readByAGenerator.MatchString(f.File) }

// forOthers are packages that modules of other people are built of: what they export is
// for them, and a test calls it in their place.
var forOthers = regexp.MustCompile(`^(ports/|app/wire/|ent/builder/|adapters/entstore/migrations/)`)

// forTests are packages that only tests import.
var forTests = regexp.MustCompile(`(^tests/|[a-z]test/[^/]+$)`)

// testsMay reports whether a function may be one that tests alone reach. A method of the
// wiring's own types is not meant: the command line calls what they have.
func testsMay(f function) bool {
	if forTests.MatchString(f.File) {
		return true
	}
	receiver, method, isMethod := strings.Cut(f.Name, ".")
	if !forOthers.MatchString(f.File) || isMethod && path.Dir(f.File) == "app/wire" {
		return false
	}
	return ast.IsExported(receiver) && (!isMethod || ast.IsExported(method))
}

// said begins the sentence of a function's comment that says why it is there for tests.
const said = "Tests alone call it"

// saidForTests reports whether the function says so itself.
func saidForTests(root string, f function) (bool, error) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, filepath.Join(root, filepath.FromSlash(f.File)), nil, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return false, fmt.Errorf("look for the comment of %s: %w", f.Name, err)
	}
	for _, decl := range file.Decls {
		if d, ok := decl.(*ast.FuncDecl); ok && fset.Position(d.Name.Pos()).Line == f.Line {
			return strings.Contains(strings.Join(strings.Fields(d.Doc.Text()), " "), said), nil
		}
	}
	return false, nil
}
