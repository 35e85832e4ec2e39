// Package architecture holds the walls of the monolith as tests: who may import
// whom, where each vendor lives, which store may touch which table. The rules
// are derived from folder names, so that a new module is covered without an edit.
// Why each wall stands is written in decisions/.
package architecture

import (
	"fmt"
	"sort"
	"strings"
)

// Module is the path that local imports begin with.
const Module = "github.com/neoforge-dev/neoforge"

// local returns the folder of a local import.
func local(importPath string) (string, bool) {
	rest, ok := strings.CutPrefix(importPath, Module+"/")
	return rest, ok
}

func isStandard(importPath string) bool {
	first, _, _ := strings.Cut(importPath, "/")
	return !strings.Contains(first, ".")
}

func within(folder, parent string) bool {
	return folder == parent || strings.HasPrefix(folder, parent+"/")
}

// SharedPorts checks that a package in ports/ has at least two users: a port that
// one module needs is declared in that module.
func SharedPorts(files []File) []Violation {
	users := map[string]map[string]bool{}
	for _, f := range files {
		if strings.HasPrefix(f.Folder(), "ports/") && !isTestPackage(f.Folder()) && users[f.Folder()] == nil {
			users[f.Folder()] = map[string]bool{}
		}
	}
	for _, f := range files {
		if f.IsTest() {
			continue
		}
		for _, imp := range f.Imports {
			if target, ok := local(imp); ok && users[target] != nil && f.Folder() != target {
				users[target][userOf(f.Folder())] = true
			}
		}
	}
	var out []Violation
	for port, by := range users {
		if len(by) < 2 {
			out = append(out, Violation{port, fmt.Sprintf("has %d users; a port in ports/ has at least two", len(by))})
		}
	}
	sortViolations(out)
	return out
}

// userOf names a user as one module, or as one adapter.
func userOf(folder string) string {
	parts := strings.Split(folder, "/")
	return strings.Join(parts[:min(2, len(parts))], "/")
}

func sortViolations(v []Violation) {
	sort.Slice(v, func(i, j int) bool { return v[i].String() < v[j].String() })
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}
