package architecture_test

import (
	"go/ast"
	"io/fs"
	"path"
	"regexp"
	"strings"
	"testing"
)

// A decision names what enforces it, and that is there; the list has every decision.
func TestDecisions_NameTestsThatAreThere(t *testing.T) {
	t.Parallel()
	tests := map[string]bool{}
	for _, f := range parsed(t) {
		for _, decl := range f.Syntax.Decls {
			if d, ok := decl.(*ast.FuncDecl); ok && strings.HasSuffix(f.Path, "_test.go") {
				tests[d.Name.Name] = true
			}
		}
	}
	const folder = "tests/architecture/decisions"
	list, err := fs.ReadFile(root, folder+"/README.md")
	if err != nil {
		t.Fatal(err)
	}
	decisions, err := fs.Glob(root, folder+"/[0-9]*.md")
	if err != nil || len(decisions) == 0 {
		t.Fatalf("%d decisions, %v", len(decisions), err)
	}
	quoted := regexp.MustCompile("`(Test[A-Za-z0-9_]+)(…?)`")
	for _, file := range decisions {
		data, err := fs.ReadFile(root, file)
		if err != nil {
			t.Fatal(err)
		}
		text := string(data)
		if !strings.Contains(text, "**Enforced by**") {
			t.Errorf("%s does not say what enforces it", file)
		}
		if title, _, _ := strings.Cut(text, "\n"); !strings.Contains(string(list), "]("+path.Base(file)+") | "+title[strings.Index(title, ": ")+2:]+" |") {
			t.Errorf("the list does not have %s by its title", file)
		}
		for _, m := range quoted.FindAllStringSubmatch(text, -1) {
			found := tests[m[1]]
			for name := range tests {
				found = found || m[2] != "" && strings.HasPrefix(name, m[1])
			}
			if !found {
				t.Errorf("%s names %s, which is not there", file, m[0])
			}
		}
	}
}
