package architecture

import (
	"fmt"
	"go/ast"
	"strings"
)

// skipsFolder holds the one way to skip a test, which reports it.
const skipsFolder = "tests/harness/skips"

// SkipsAreReported checks that no test is skipped without a word: only the package
// skips ends a test as skipped, and a package that uses it, or the harness, which does,
// hands its TestMain to one of them.
func SkipsAreReported(files []File) []Violation {
	uses, reports := map[string]bool{}, map[string]bool{}
	var out []Violation
	for _, f := range files {
		folder := f.Folder()
		if !f.IsTest() || folder == skipsFolder {
			continue
		}
		if strings.HasSuffix(f.Path, "_test.go") {
			for _, imp := range f.Imports {
				if target, ok := local(imp); ok && within(target, "tests/harness") {
					uses[folder] = true
				}
			}
		}
		ast.Inspect(f.Syntax, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			selector, ok := call.Fun.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			switch on, _ := selector.X.(*ast.Ident); selector.Sel.Name {
			case "Skip", "Skipf", "SkipNow":
				out = append(out, Violation{f.Path, fmt.Sprintf("calls %s: a test is skipped by %s, which reports it", selector.Sel.Name, skipsFolder)})
			case "Main":
				if on != nil && (on.Name == "harness" || on.Name == "skips") {
					reports[folder] = true
				}
			}
			return true
		})
	}
	for folder := range uses {
		if !reports[folder] {
			out = append(out, Violation{folder, "has no TestMain that calls harness.Main or skips.Main, so what it skips is not reported"})
		}
	}
	sortViolations(out)
	return out
}
