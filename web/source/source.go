//go:build !release

// Package source finds the sources of what a browser gets while a program is developed: NeoForge's own, those of modules in
// other repositories, and the npm packages that all of them import. A release has none of it: it carries files that were
// bundled before.
package source

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"sync"
)

// NeoForge is the path of the Go module that this package belongs to.
const NeoForge = "github.com/neoforge-dev/neoforge"

// ErrNoFolder is returned by Dir when the source tree cannot be found.
var ErrNoFolder = errors.New("the web folder was not found: start from inside the source tree, or use a release build")

// Dir answers the absolute path of the program's own web folder, which holds package.json and its lockfile: under the
// nearest go.mod above the working directory that has one, else beside the executable. It returns ErrNoFolder when neither
// does.
func Dir() (string, error) {
	tree, err := program()
	if err != nil {
		return "", err
	}
	return tree.web, nil
}

// tree is the source of the program that runs.
type tree struct {
	root   string // absolute; where go.mod lies; empty beside an executable
	module string
	web    string
}

func program() (tree, error) {
	if wd, err := os.Getwd(); err == nil {
		for dir := wd; ; dir = filepath.Dir(dir) {
			web := filepath.Join(dir, "web")
			if name, err := moduleOf(filepath.Join(dir, "go.mod")); err == nil && isWebFolder(web) {
				return tree{root: dir, module: name, web: web}, nil
			}
			if filepath.Dir(dir) == dir {
				break
			}
		}
	}
	if exe, err := os.Executable(); err == nil {
		if resolved, err := filepath.EvalSymlinks(exe); err == nil {
			exe = resolved
		}
		if beside := filepath.Join(filepath.Dir(exe), "web"); isWebFolder(beside) {
			return tree{module: NeoForge, web: beside}, nil
		}
	}
	return tree{}, ErrNoFolder
}

// Platform answers the absolute path of NeoForge's web folder: the program's own, or, in a program of another Go module,
// where the go command finds NeoForge, which may be read-only.
func Platform(ctx context.Context) (string, error) { return Folder(ctx, NeoForge+"/web") }

// Folder answers the absolute path of the folder at an import path: in the program's own Go module as it lies there, else
// where the go command finds it. It need not hold Go files where it is in the program's module or in NeoForge.
func Folder(ctx context.Context, importPath string) (string, error) {
	program, err := program()
	if err != nil {
		return "", err
	}
	if program.root == "" && importPath == NeoForge+"/web" {
		return program.web, nil
	}
	if dir, ok := under(program.root, program.module, importPath); ok {
		return dir, nil
	}
	if importPath == NeoForge || strings.HasPrefix(importPath, NeoForge+"/") {
		root, err := ask(ctx, program.root, "-m", NeoForge)
		if err != nil {
			return "", err
		}
		dir, _ := under(root, NeoForge, importPath)
		return dir, nil
	}
	return ask(ctx, program.root, "-find", importPath)
}

// under joins what is left of an import path to the root of its module.
func under(root, module, importPath string) (string, bool) {
	rest, ok := strings.CutPrefix(path.Clean(importPath)+"/", module+"/")
	return filepath.Join(root, filepath.FromSlash(rest)), ok
}

type question struct{ dir, kind, what string }

var (
	asking  sync.Mutex
	answers = map[question]string{} // the go command takes its time
)

// ask has the go command find a module or a package.
func ask(ctx context.Context, dir, kind, what string) (string, error) {
	asking.Lock()
	defer asking.Unlock()
	q := question{dir, kind, what}
	if answer, ok := answers[q]; ok {
		return answer, nil
	}
	var said strings.Builder
	cmd := exec.CommandContext(ctx, "go", "list", kind, "-f", "{{.Dir}}", what)
	cmd.Dir, cmd.Stderr = dir, &said
	out, err := cmd.Output()
	answer := strings.TrimSpace(string(out))
	if err != nil || answer == "" {
		return "", fmt.Errorf("the folder of %s was not found: name it in go.mod, run `go mod download`, and start again: %s", what, lastLine(said.String()))
	}
	answers[q] = answer
	return answer, nil
}

func isWebFolder(dir string) bool {
	info, err := os.Stat(filepath.Join(dir, "package-lock.json"))
	return err == nil && info.Mode().IsRegular()
}

func moduleOf(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		if name, ok := strings.CutPrefix(strings.TrimSpace(lines.Text()), "module "); ok {
			return strings.Trim(strings.TrimSpace(name), `"`), nil
		}
	}
	return "", fmt.Errorf("%s names no module", path)
}
