//go:build !release

// Command licenses collects the licences of what a release is made of: `go run ./deploy/licenses FOLDER`
// writes the texts of every Go module in the program and of every package in its scripts below FOLDER,
// as their authors ask whoever passes their work on. It fails at one whose licence is not among those
// that let a product keep its source to itself, and at one that says none.
package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/google/licensecheck"

	"github.com/neoforge-dev/neoforge/web/source"
)

// allowed are the licences, by their SPDX ids, that ask for no more than that their text goes along, that of typefaces, and
// what Go's authors grant beside theirs.
var allowed = []string{
	"0BSD", "Apache-2.0", "BlueOak-1.0.0", "BSD-2-Clause", "BSD-3-Clause", "BSL-1.0", "CC0-1.0", "ISC", "MIT", "MPL-2.0", "Unlicense", "Zlib",
	"OFL-1.1", "GooglePatentsFile",
}

// named are the files in which a module says its licence.
var named = regexp.MustCompile(`(?i)^(un)?(licen[cs]es?|copying|copyright|notice|patents)([-._].*)?$`)

// part is a module or a package that a release has in it.
type part struct {
	name, dir string
	says      string // the licence that its manifest names; empty for a Go module
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) != 1 || strings.HasPrefix(args[0], "-") {
		return errors.New("licenses takes one argument: the folder that the texts are written to")
	}
	parts, err := shipped(ctx)
	if err != nil {
		return err
	}
	if err := collect(parts, args[0]); err != nil {
		return err
	}
	fmt.Printf("%d licences in %s\n", len(parts), args[0])
	return nil
}

// shipped lists what a release is made of.
func shipped(ctx context.Context) ([]part, error) {
	web, err := source.Dir()
	if err != nil {
		return nil, err
	}
	if err := source.EnsurePackages(ctx, web, os.Stderr); err != nil {
		return nil, err
	}
	parts, err := modules(ctx, filepath.Dir(web))
	if err != nil {
		return nil, err
	}
	packages, err := packages(web)
	if err != nil {
		return nil, err
	}
	return append(parts, packages...), nil
}

// modules lists the Go modules that the program is linked with, and Go itself.
func modules(ctx context.Context, root string) ([]part, error) {
	list := exec.CommandContext(ctx, "go", "list", "-deps", "-tags", "release", "-f", "{{with .Module}}{{if not .Main}}{{.Path}}@{{.Version}}\t{{.Dir}}{{end}}{{end}}", "./app/neoforge")
	list.Dir, list.Stderr = root, os.Stderr
	out, err := list.Output()
	if err != nil {
		return nil, fmt.Errorf("list the modules of the program: %w", err)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	slices.Sort(lines)
	goRoot, err := exec.CommandContext(ctx, "go", "env", "GOROOT").Output()
	if err != nil {
		return nil, fmt.Errorf("find Go: %w", err)
	}
	parts := []part{{name: "go", dir: strings.TrimSpace(string(goRoot))}}
	for _, line := range slices.Compact(lines) {
		if name, dir, ok := strings.Cut(line, "\t"); ok {
			parts = append(parts, part{name: name, dir: dir})
		}
	}
	return parts, nil
}

// packages lists the npm packages that scripts in a browser are made of.
func packages(web string) ([]part, error) {
	raw, err := os.ReadFile(filepath.Join(web, "package-lock.json"))
	if err != nil {
		return nil, err
	}
	var lock struct {
		Packages map[string]struct {
			Version, License string
			Dev, Optional    bool
		}
	}
	if err := json.Unmarshal(raw, &lock); err != nil {
		return nil, fmt.Errorf("read package-lock.json: %w", err)
	}
	var parts []part
	for at, p := range lock.Packages {
		if name, ok := strings.CutPrefix(at, "node_modules/"); ok && !p.Dev && !p.Optional {
			parts = append(parts, part{name: "npm/" + name + "@" + p.Version, dir: filepath.Join(web, filepath.FromSlash(at)), says: p.License})
		}
	}
	slices.SortFunc(parts, func(a, b part) int { return cmp.Compare(a.name, b.name) })
	return parts, nil
}

// collect writes the texts of all parts, or says of each what is wrong.
func collect(parts []part, into string) error {
	var errs []error
	for _, p := range parts {
		texts, err := textsOf(p)
		if err == nil {
			err = check(p, texts)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", p.name, err))
			continue
		}
		for name, text := range texts {
			file := filepath.Join(into, filepath.FromSlash(p.name), name)
			if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
				return err
			}
			if err := os.WriteFile(file, text, 0o644); err != nil {
				return err
			}
		}
	}
	return errors.Join(errs...)
}

// textsOf reads what a part says of its licence, by the names of its files. A package without a
// text has the one word of its manifest.
func textsOf(p part) (map[string][]byte, error) {
	files, err := os.ReadDir(p.dir)
	if err != nil {
		return nil, err
	}
	texts := map[string][]byte{}
	for _, f := range files {
		if !f.Type().IsRegular() || !named.MatchString(f.Name()) {
			continue
		}
		if texts[f.Name()], err = os.ReadFile(filepath.Join(p.dir, f.Name())); err != nil {
			return nil, err
		}
	}
	if len(texts) == 0 && p.says != "" {
		texts["LICENSE"] = []byte(p.says + "\n")
	}
	return texts, nil
}

// check refuses a part that says no licence, or one that is not allowed.
func check(p part, texts map[string][]byte) error {
	if p.says != "" {
		if !slices.Contains(allowed, p.says) {
			return fmt.Errorf("its licence %s is not among %s", p.says, strings.Join(allowed, ", "))
		}
		return nil
	}
	var found []string
	for _, text := range texts {
		for _, m := range licensecheck.Scan(bytes.ToValidUTF8(text, nil)).Match {
			found = append(found, m.ID)
		}
	}
	if len(found) == 0 {
		return errors.New("it says no licence that is known")
	}
	for _, id := range found {
		if !slices.Contains(allowed, id) {
			return fmt.Errorf("its licence %s is not among %s", id, strings.Join(allowed, ", "))
		}
	}
	return nil
}
