// Package web finds what a browser gets: islands, styles, pages and the packages they import.
//
// In development the files are served from the source tree, so a saved file is a changed page. A release build
// (-tags release) carries them bundled, hashed and compressed, made beforehand by `go run ./deploy/build`.
// The package imports nothing of this module.
package web

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

const modulePath = "github.com/neoforge-dev/neoforge"

// ErrNoFolder is returned by Dir when the source tree cannot be found.
var ErrNoFolder = errors.New("the web folder was not found: start from inside the source tree, or use a release build")

// Dir answers the absolute path of the web folder in the source tree: under the nearest go.mod of this module above the
// working directory, else beside the executable. It returns ErrNoFolder when neither holds one.
func Dir() (string, error) {
	if wd, err := os.Getwd(); err == nil {
		if dir, ok := above(wd); ok {
			return dir, nil
		}
	}
	if exe, err := os.Executable(); err == nil {
		if resolved, err := filepath.EvalSymlinks(exe); err == nil {
			exe = resolved
		}
		if beside := filepath.Join(filepath.Dir(exe), "web"); isWebFolder(beside) {
			return beside, nil
		}
	}
	return "", ErrNoFolder
}

func above(start string) (string, bool) {
	for dir := start; ; dir = filepath.Dir(dir) {
		if name, err := moduleOf(filepath.Join(dir, "go.mod")); err == nil && name == modulePath {
			found := filepath.Join(dir, "web")
			return found, isWebFolder(found)
		}
		if filepath.Dir(dir) == dir {
			return "", false
		}
	}
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
