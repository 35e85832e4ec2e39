// Package architecture holds the walls of the monolith as tests: who may import
// whom, where each vendor lives, which store may touch which table. The rules
// are derived from folder names, so that a new module is covered without an edit.
// Why each wall stands is written in decisions/.
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
	"sort"
	"strconv"
	"strings"
)

// Module is the path that local imports begin with.
const Module = "github.com/neoforge-dev/neoforge"

// File is what the walls need to know of one Go file.
type File struct {
	Path    string // slash-separated, from the root
	Imports []string
	Syntax  *ast.File
}

// Folder is the file's folder.
func (f File) Folder() string { return path.Dir(f.Path) }

// IsTest reports whether the file belongs to a test, or to a package that only
// tests import.
func (f File) IsTest() bool {
	return strings.HasSuffix(f.Path, "_test.go") || strings.HasPrefix(f.Path, "tests/") || isTestPackage(f.Folder())
}

func isTestPackage(folder string) bool {
	top, _, _ := strings.Cut(folder, "/")
	return (top == "ports" || top == "modules") && strings.HasSuffix(path.Base(folder), "test")
}

// Violation is one breach of a wall.
type Violation struct {
	Path string
	Rule string
}

func (v Violation) String() string { return v.Path + ": " + v.Rule }

// Parse reads the imports of every Go file under the folders of code.
func Parse(root fs.FS) ([]File, error) {
	var files []File
	fset := token.NewFileSet()
	for _, top := range []string{"app", "modules", "adapters", "ports", "ent", "web", "tests", "deploy"} {
		if _, err := fs.Stat(root, top); err != nil {
			continue
		}
		err := fs.WalkDir(root, top, func(p string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if d.IsDir() && (d.Name() == "node_modules" || d.Name() == "testdata" || d.Name() == "dist") {
				return fs.SkipDir
			}
			if d.IsDir() || !strings.HasSuffix(p, ".go") {
				return nil
			}
			src, err := fs.ReadFile(root, p)
			if err != nil {
				return err
			}
			syntax, err := parser.ParseFile(fset, p, src, parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			f := File{Path: p, Syntax: syntax}
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
		if err != nil {
			return nil, err
		}
	}
	return files, nil
}

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

// ImportWalls checks the direction of every import:
// app/wire -> adapters -> modules -> ports -> standard library.
func ImportWalls(files []File) []Violation {
	var out []Violation
	for _, f := range files {
		for _, imp := range f.Imports {
			if rule := importRule(f, imp); rule != "" {
				out = append(out, Violation{f.Path, fmt.Sprintf("imports %s: %s", imp, rule)})
			}
		}
	}
	return out
}

func importRule(f File, imp string) string {
	folder := f.Folder()
	target, isLocal := local(imp)
	if isLocal && isTestPackage(target) && !f.IsTest() {
		return "a contract suite is imported by tests only"
	}
	switch top, _, _ := strings.Cut(folder, "/"); top {
	case "ports":
		if isStandard(imp) || isLocal && within(target, "ports") || folder == "ports/textform" && slices.Contains(textTables, imp) {
			return ""
		}
		return "ports know the standard library and each other"
	case "modules":
		own := strings.Join(strings.SplitN(folder, "/", 3)[:2], "/")
		if isStandard(imp) || isLocal && (within(target, "ports") || within(target, own)) {
			return ""
		}
		if isLocal && within(target, "modules") {
			return "a module meets another through ports only"
		}
		return "modules know the standard library, ports and themselves"
	case "web":
		if isLocal && !within(target, "web") && (target != skipsFolder || !f.IsTest()) {
			return "web imports nothing local"
		}
	case "ent":
		if isLocal && !within(target, "ent") {
			return "the schema knows no other layer"
		}
	case "adapters":
		if isLocal && within(target, "app") {
			return "adapters are wired by app and do not know it"
		}
		if isLocal && within(target, "tests") && !f.IsTest() {
			return "tests are imported by tests only"
		}
	case "app":
		switch {
		case isLocal && within(target, "adapters") && !within(folder, "app/wire") && !f.IsTest():
			return "app/wire is the only importer of adapters"
		case within(folder, "app/config") && isLocal && !within(target, "app/config") && !f.IsTest():
			return "the settings import nothing local"
		case isLocal && within(target, "tests") && !f.IsTest():
			return "tests are imported by tests only"
		}
	}
	return ""
}

// textTables are what ports/textform may import: functions over Unicode's tables,
// without state or I/O (decision 0008).
var textTables = []string{"golang.org/x/net/idna", "golang.org/x/text/secure/precis", "golang.org/x/text/unicode/norm"}

// homes says which folder may import a vendor. Tests may import any.
var homes = map[string][]string{
	"github.com/gofiber/":                {"adapters/fiberhttp"},
	"github.com/valyala/fasthttp":        {"adapters/fiberhttp"},
	"github.com/danielgtaylor/huma":      {"adapters/fiberhttp"},
	"github.com/go-playground/validator": {"adapters/fiberhttp"},
	Module + "/web":                      {"adapters/fiberhttp", "web", "deploy"},
	"entgo.io/":                          {"ent", "adapters/entstore"},
	Module + "/ent":                      {"ent", "adapters/entstore"},
	Module + "/ent/declared":             {"ent", "adapters/entstore/migrations/diff"},
	"github.com/redis/":                  {"adapters/redisstore"},
	"github.com/go-redis/":               {"adapters/redisstore"},
	"github.com/markbates/goth":          {"adapters/oauth"},
	"github.com/coreos/go-oidc":          {"adapters/oauth"},
	"github.com/zitadel/":                {"adapters/oauth"},
	"github.com/riverqueue/":             {"adapters/jobqueue"},
	"github.com/stripe/":                 {"adapters/payments/stripepay"},
	"github.com/standard-webhooks/":      {"adapters/payments/sandboxpay"},
	"github.com/alexedwards/argon2id":    {"adapters/passwords"},
	"github.com/trustelem/zxcvbn":        {"adapters/passwords"},
	"github.com/lestrrat-go/":            {"adapters/tokens"},
	"github.com/yuin/goldmark":           {"adapters/markdown"},
	"github.com/prometheus/":             {"adapters/observe"},
	"github.com/wneessen/go-mail":        {"adapters/mailer"},
	"github.com/dop251/goja":             {"adapters/islandssr"},
	"github.com/spf13/cobra":             {"app/neoforge"},
	"github.com/caarlos0/env":            {"app/config"},
	"github.com/testcontainers/":         {"tests"},
	"github.com/chromedp/":               {"tests"},
	"github.com/jackc/":                  {"adapters/entstore", "adapters/jobqueue"},
	"modernc.org/":                       {"adapters/entstore"},
}

// VendorHomes checks that each vendor stays in its adapter.
func VendorHomes(files []File) []Violation {
	var out []Violation
	for _, f := range files {
		if f.IsTest() {
			continue
		}
		for _, imp := range f.Imports {
			for vendor, folders := range homes {
				if !matches(imp, vendor) {
					continue
				}
				if !slices.ContainsFunc(folders, func(h string) bool { return within(f.Folder(), h) }) {
					out = append(out, Violation{f.Path, fmt.Sprintf("imports %s, which lives in %s", imp, strings.Join(folders, " and "))})
				}
			}
		}
	}
	return out
}

func matches(imp, vendor string) bool {
	if strings.HasSuffix(vendor, "/") {
		return strings.HasPrefix(imp, vendor)
	}
	return imp == vendor || strings.HasPrefix(imp, vendor+"/")
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

// StoresKeepToTheirTables checks that the tables of a context, which are generated into
// ent/<context>ent, are known to its own store alone.
func StoresKeepToTheirTables(files []File) []Violation {
	var out []Violation
	for _, f := range files {
		if f.IsTest() || f.Folder() == "adapters/entstore/entstoretest" {
			continue
		}
		for _, imp := range f.Imports {
			target, ok := local(imp)
			m := contextTables.FindStringSubmatch(target)
			if !ok || m == nil || within(f.Folder(), m[1]) || f.Folder() == "adapters/entstore/"+storeOf(m[2]) {
				continue
			}
			out = append(out, Violation{f.Path, fmt.Sprintf("imports %s, tables of %s", imp, m[2])})
		}
	}
	return out
}

var contextTables = regexp.MustCompile(`^(ent/([a-z]+)ent)(/|$)`)

// storeOf names the folder of a context's store.
func storeOf(context string) string {
	if context == "platform" {
		return "eventstore"
	}
	return context + "store"
}

var (
	createTable = regexp.MustCompile("(?is)CREATE TABLE\\s+(?:IF NOT EXISTS\\s+)?[\"`]?([a-z]+)_[a-z_]+[\"`]?[^;]*")
	references  = regexp.MustCompile("(?i)REFERENCES\\s+[\"`]?([a-z]+)_[a-z_]+[\"`]?")
	alterTable  = regexp.MustCompile("(?is)ALTER TABLE\\s+[\"`]?([a-z]+)_[a-z_]+[\"`]?[^;]*")
)

// ForeignKeysStayInside checks the migrations: a foreign key joins tables of one
// context, which is the word before the first underscore of a table's name.
func ForeignKeysStayInside(sql map[string]string) []Violation {
	var out []Violation
	for _, file := range sortedKeys(sql) {
		for _, statement := range []*regexp.Regexp{createTable, alterTable} {
			for _, m := range statement.FindAllStringSubmatch(sql[file], -1) {
				for _, ref := range references.FindAllStringSubmatch(m[0], -1) {
					if ref[1] != m[1] {
						out = append(out, Violation{file, fmt.Sprintf("a foreign key of %s refers to %s", m[1], ref[1])})
					}
				}
			}
		}
	}
	return out
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
