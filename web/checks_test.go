//go:build !release

package web_test

import (
	"bytes"
	"encoding/json"
	"errors"
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

// script is the absolute path of a program of the development packages.
func script(t *testing.T, file string) string {
	t.Helper()
	at, err := filepath.Abs(filepath.FromSlash(file))
	if err == nil {
		_, err = os.Stat(at)
	}
	if err != nil {
		skips.Missing(t, skips.Web, file+" is not installed: run `npm ci` in web/ to check the browser's code")
	}
	return at
}

// check runs a program of the development packages; it must end well and say nothing.
func check(t *testing.T, file string, arguments ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), node(t), append([]string{script(t, file)}, arguments...)...)
	if output, err := cmd.CombinedOutput(); err != nil || len(output) > 0 {
		t.Errorf("%v\n%s", err, output)
	}
}

func TestBrowserCode_IsWellTyped(t *testing.T) {
	t.Parallel()
	check(t, "node_modules/typescript/bin/tsc", "--project", ".")
}

const (
	description = "../adapters/fiberhttp/openapi.golden.json"
	apiTypes    = "islands/shared/openapi.d.ts"
)

// typesOf makes the types of an OpenAPI document.
func typesOf(t *testing.T, document string) []byte {
	t.Helper()
	out := filepath.Join(t.TempDir(), "openapi.d.ts")
	cmd := exec.CommandContext(t.Context(), node(t), script(t, "node_modules/openapi-typescript/bin/cli.js"), document, "--default-non-nullable=false", "--output", out)
	if output, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	types, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	return types
}

// TestAPITypes_AreWhatTheAPISays compares the types by which islands read the API with its description, which is what the
// program answers. NEOFORGE_UPDATE=1 writes them anew.
func TestAPITypes_AreWhatTheAPISays(t *testing.T) {
	t.Parallel()
	want := typesOf(t, description)
	if os.Getenv("NEOFORGE_UPDATE") != "" {
		if err := os.WriteFile(apiTypes, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	types, err := os.ReadFile(apiTypes)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(types, want) {
		t.Errorf("%s is not what %s says: run NEOFORGE_UPDATE=1 go test -run APITypes ./web/", apiTypes, description)
	}
}

// A field that is renamed in Go must not stay in an island unnoticed.
func TestAPITypes_FindWhoReadsAFieldThatWasRenamed(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile(description)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	renamed := filepath.Join(dir, "renamed.json")
	document := strings.ReplaceAll(string(raw), `"teaser_html"`, `"teaser"`)
	if document == string(raw) {
		t.Fatal("the description has no field teaser_html to rename")
	}
	if err := os.WriteFile(renamed, []byte(document), 0o644); err != nil {
		t.Fatal(err)
	}
	types := typesOf(t, renamed)
	for _, part := range []string{"islands", "pwa", "tsconfig.json"} {
		if err := copyTo(filepath.Join(dir, part), part); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, apiTypes), types, 0o644); err != nil {
		t.Fatal(err)
	}
	packages, err := filepath.Abs("node_modules")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(packages, filepath.Join(dir, "node_modules")); err != nil {
		t.Fatal(err)
	}
	output, err := exec.CommandContext(t.Context(), node(t), script(t, "node_modules/typescript/bin/tsc"), "--project", dir).CombinedOutput()
	if err == nil || !strings.Contains(string(output), "content/editor.js") || !strings.Contains(string(output), "teaser_html") {
		t.Errorf("tsc: %v\n%s\nwant the editor, which reads teaser_html", err, output)
	}
}

// copyTo copies a file or a folder.
func copyTo(to, from string) error {
	if info, err := os.Stat(from); err != nil || info.IsDir() {
		return errors.Join(err, os.CopyFS(to, os.DirFS(from)))
	}
	text, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, text, 0o644)
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
