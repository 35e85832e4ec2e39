package architecture

import (
	"fmt"
	"go/ast"
	"path"
	"slices"
	"strings"
)

// platformMay is what the platform's part of the composition root imports of packages that
// know a module, and why.
var platformMay = map[string]string{
	"adapters/fiberhttp": "the edge lets identity's actors in, whatever the modules of a program are",
	"adapters/markdown":  "documentation is written as posts are, without what only some may read",
}

// composition are the folders of the composition root; below them lies the sample data of
// modules, each in a package of its own.
var composition = []string{"app/wire", "app/wire/sample"}

// developmentOnly are the folders of what no release has, though its files carry no build
// constraint themselves: tests use them too.
var developmentOnly = []string{"adapters/oauth/devidp", "adapters/payments/sandboxpay", "app/wire/sample/*"}

// ReleasesLackDevelopment checks that only files that are left out of a release import
// what exists in development alone.
func ReleasesLackDevelopment(files []File) []Violation {
	var out []Violation
	for _, f := range files {
		if f.IsTest() || f.Product != "" || leftOut(f) {
			continue
		}
		for _, imp := range f.Imports {
			target, _ := local(imp)
			for _, pattern := range developmentOnly {
				if found, err := path.Match(pattern, target); err == nil && found && !within(f.Folder(), target) {
					out = append(out, Violation{f.Path, fmt.Sprintf("imports %s, which no release has: it needs //go:build !release", target)})
				}
			}
		}
	}
	return out
}

// leftOut reports whether a file has the build constraint that keeps it out of a release.
func leftOut(f File) bool {
	return slices.ContainsFunc(f.Syntax.Comments, func(g *ast.CommentGroup) bool {
		return g.Pos() < f.Syntax.Package && slices.ContainsFunc(g.List, func(c *ast.Comment) bool { return c.Text == "//go:build !release" })
	})
}

// builderOf is the module that a file of app/wire builds, by its name: "billing" for
// billing.go and billing_development.go; empty for the platform's.
func builderOf(f File, contexts []string) string {
	name, _, _ := strings.Cut(strings.TrimSuffix(path.Base(f.Path), ".go"), "_")
	if slices.Contains(contexts, name) {
		return name
	}
	return ""
}

// ownerOf is the module that a package belongs to: its own, or that of the folder it lies
// in, as the development provider is of identity because adapters/oauth is.
func ownerOf(folder string, owner map[string]string) string {
	for at := folder; at != "."; at = path.Dir(at) {
		if of := owner[at]; of != "" && (at == folder || platformMay[at] == "") {
			return of
		}
	}
	return ""
}

// ExceptionsAreUsed checks that the platform imports what it is excepted for.
func ExceptionsAreUsed(files []File) []Violation {
	contexts := contextsOf(files)
	var out []Violation
	for _, target := range sortedKeys(platformMay) {
		if !slices.ContainsFunc(files, func(f File) bool {
			return slices.Contains(composition, f.Folder()) && !f.IsTest() && builderOf(f, contexts) == "" && slices.Contains(f.Imports, Module+"/"+target)
		}) {
			out = append(out, Violation{target, "is an exception of the composition root, and no file of the platform imports it"})
		}
	}
	return out
}

// CompositionKeepsApart checks that only a module's builder names the module: the
// platform's files of app/wire import no module and no package that belongs to one, and a
// builder those of its own module alone. A package belongs to the module that it is named
// for, or else to the one that it or the folder around it imports.
func CompositionKeepsApart(files []File) []Violation {
	contexts := contextsOf(files)
	owner := map[string]string{}
	for _, f := range files {
		folder := f.Folder()
		if f.IsTest() || within(folder, "ports") || slices.Contains(composition, folder) {
			continue
		}
		if of := contextOf(folder, contexts); of != "" {
			owner[folder] = of
			continue
		}
		for _, imp := range f.Imports {
			if target, ok := local(imp); ok && within(target, "modules") && owner[folder] == "" {
				owner[folder] = contextOf(target, contexts)
			}
		}
	}
	var out []Violation
	for _, f := range files {
		if f.IsTest() || !slices.Contains(composition, f.Folder()) {
			continue
		}
		builds := builderOf(f, contexts)
		for _, imp := range f.Imports {
			target, _ := local(imp)
			of := ownerOf(target, owner)
			switch {
			case of == "" || of == builds || platformMay[target] != "":
			case builds == "":
				out = append(out, Violation{f.Path, fmt.Sprintf("is the platform's and imports %s, which is of %s: only that one's builder names it, app/wire/%s*.go", target, of, of)})
			default:
				out = append(out, Violation{f.Path, fmt.Sprintf("builds %s and imports %s, which is of %s: modules are given contracts", builds, target, of)})
			}
		}
	}
	return out
}
