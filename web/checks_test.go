//go:build !release

package web_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/neoforge-dev/neoforge/tests/harness/skips"
)

func TestMain(m *testing.M) { os.Exit(skips.Main(m)) }

func node(t *testing.T) string {
	t.Helper()
	found, err := exec.LookPath("node")
	if err != nil {
		skips.Missing(t, skips.Web, "node was not found: install Node.js 20 or later to check the browser's code")
	}
	return found
}

// check runs a program of the development packages; it must end well and say nothing.
func check(t *testing.T, script string, arguments ...string) {
	t.Helper()
	executable := node(t)
	if _, err := os.Stat(filepath.FromSlash(script)); err != nil {
		skips.Missing(t, skips.Web, script+" is not installed: run `npm ci` in web/ to check the browser's code")
	}
	cmd := exec.CommandContext(t.Context(), executable, append([]string{filepath.FromSlash(script)}, arguments...)...)
	if output, err := cmd.CombinedOutput(); err != nil || len(output) > 0 {
		t.Errorf("%v\n%s", err, output)
	}
}

func TestBrowserCode_IsWellTyped(t *testing.T) {
	t.Parallel()
	check(t, "node_modules/typescript/bin/tsc", "--project", ".")
}

func TestBrowserCode_FollowsTheRules(t *testing.T) {
	t.Parallel()
	check(t, "node_modules/eslint/bin/eslint.js", "--max-warnings=0", ".")
}

// TestIslandModules_ThatKnowNoElement runs the tests of the pure modules by Node's own runner.
func TestIslandModules_ThatKnowNoElement(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.test.js")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 3 {
		t.Fatalf("found %d files of tests", len(files))
	}
	cmd := exec.CommandContext(t.Context(), node(t), append([]string{"--test", "--test-reporter=spec"}, files...)...)
	if output, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, output)
	}
}

// A lockfile that names where packages were downloaded from would break where another registry is in use.
func TestLockfile_NamesNoRegistryAndPinsExactly(t *testing.T) {
	t.Parallel()
	lock, err := os.ReadFile("package-lock.json")
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(lock), `"resolved"`) {
		t.Error("package-lock.json names the registry: install with the settings of web/.npmrc")
	}
	raw, err := os.ReadFile("package.json")
	if err != nil {
		t.Fatal(err)
	}
	var pkg struct {
		Dependencies    map[string]string `json:"dependencies"`
		DevDependencies map[string]string `json:"devDependencies"`
	}
	if err := json.Unmarshal(raw, &pkg); err != nil {
		t.Fatal(err)
	}
	for _, group := range []map[string]string{pkg.Dependencies, pkg.DevDependencies} {
		for name, version := range group {
			if strings.Trim(version, "0123456789.") != "" {
				t.Errorf("%s is asked for as %s; want one exact version", name, version)
			}
		}
	}
}
