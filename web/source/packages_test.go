//go:build !release

package source_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/neoforge-dev/neoforge/web/source"
)

const wanted = `{"packages":{"":{},"node_modules/lit":{"version":"3.0.0"},"node_modules/eslint":{"version":"9.0.0","dev":true}}}`

// folder makes a web folder with a lockfile; npm is a script of the test.
func folder(t *testing.T, npm string) string {
	t.Helper()
	dir, bin := t.TempDir(), t.TempDir()
	write(t, filepath.Join(dir, "package-lock.json"), wanted, 0o600)
	if npm != "" {
		write(t, filepath.Join(bin, "npm"), "#!/bin/sh\n"+npm, 0o700)
	}
	t.Setenv("PATH", bin+":/usr/bin:/bin")
	if npm == "" {
		t.Setenv("PATH", bin)
	}
	return dir
}

func write(t *testing.T, file, content string, mode os.FileMode) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(content), mode); err != nil {
		t.Fatal(err)
	}
}

func install(t *testing.T, dir, version string) {
	t.Helper()
	write(t, filepath.Join(dir, "node_modules", ".package-lock.json"), fmt.Sprintf(`{"packages":{"node_modules/lit":{"version":%q}}}`, version), 0o600)
	write(t, filepath.Join(dir, "node_modules", "lit", "package.json"), `{}`, 0o600)
}

func TestPackages_ThatAreMissingAreInstalledOnce(t *testing.T) {
	dir := folder(t, `echo "$@" >> calls
mkdir -p node_modules/lit
echo '{}' > node_modules/lit/package.json
echo '{"packages":{"node_modules/lit":{"version":"3.0.0"}}}' > node_modules/.package-lock.json`)
	var told bytes.Buffer
	for range 2 {
		if err := source.EnsurePackages(t.Context(), dir, &told); err != nil {
			t.Fatal(err)
		}
	}
	calls, err := os.ReadFile(filepath.Join(dir, "calls"))
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(string(calls), "\n"); got != 1 || !strings.HasPrefix(string(calls), "ci --omit=dev") {
		t.Errorf("npm was called %d times: %s", got, calls)
	}
	if strings.Count(told.String(), "\n") != 1 {
		t.Errorf("the person was told %q; want one line", told.String())
	}
}

func TestPackages_AreInstalledOnceByAllThatStartAtOnce(t *testing.T) {
	dir := folder(t, `echo "$@" >> calls
mkdir installing || exit 1
mkdir -p node_modules/lit
echo '{}' > node_modules/lit/package.json
echo '{"packages":{"node_modules/lit":{"version":"3.0.0"}}}' > node_modules/.package-lock.json
rmdir installing`)
	const starters = 8
	failed := make(chan error, starters)
	for range starters {
		go func() { failed <- source.EnsurePackages(t.Context(), dir, io.Discard) }()
	}
	for range starters {
		if err := <-failed; err != nil {
			t.Error(err)
		}
	}
	calls, err := os.ReadFile(filepath.Join(dir, "calls"))
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(string(calls), "\n"); got != 1 {
		t.Errorf("npm was called %d times", got)
	}
}

func TestPackages_OfAnotherVersionOrRemovedAreInstalledAgain(t *testing.T) {
	for name, prepare := range map[string]func(dir string){
		"another version": func(dir string) { install(t, dir, "2.0.0") },
		"removed by hand": func(dir string) {
			install(t, dir, "3.0.0")
			if err := os.RemoveAll(filepath.Join(dir, "node_modules", "lit")); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := folder(t, `touch called`)
			prepare(dir)
			if err := source.EnsurePackages(t.Context(), dir, &bytes.Buffer{}); err != nil {
				t.Fatal(err)
			}
			if _, err := os.Stat(filepath.Join(dir, "called")); err != nil {
				t.Error("npm was not called")
			}
		})
	}
}

func TestPackages_ThatAreInstalledNeedNoNpm(t *testing.T) {
	dir := folder(t, "")
	install(t, dir, "3.0.0")
	var told bytes.Buffer
	if err := source.EnsurePackages(t.Context(), dir, &told); err != nil || told.Len() != 0 {
		t.Errorf("got %v, told %q", err, told.String())
	}
}

func TestInstallationErrors_SayTheWayOnInOneSentence(t *testing.T) {
	cases := map[string]struct{ npm, says, do string }{
		"npm is missing":               {"", "npm was not found", "install Node.js 20 or later"},
		"the registry is out of reach": {"echo 'npm error code EAI_AGAIN' >&2; exit 1", "cannot reach its package registry", "check the network"},
		"the folder is read-only":      {"echo 'npm error code EROFS' >&2; exit 1", "cannot be written to", "make it writable"},
		"the disk is full":             {"echo 'npm error code ENOSPC' >&2; exit 1", "the disk is full", "free about"},
		"anything else":                {"echo 'npm error something odd' >&2; exit 1", `npm says "something odd"`, "npm ci --omit=dev"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			dir := folder(t, c.npm)
			err := source.EnsurePackages(t.Context(), dir, &bytes.Buffer{})
			if err == nil {
				t.Fatal("no error")
			}
			text := err.Error()
			if !strings.Contains(text, c.says) || !strings.Contains(text, c.do) || !strings.Contains(text, "start again") || strings.Contains(text, "\n") {
				t.Errorf("says %q", text)
			}
		})
	}
}

func TestInstallation_ThatIsInterruptedSaysSo(t *testing.T) {
	dir := folder(t, "exec sleep 60")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := source.EnsurePackages(ctx, dir, &bytes.Buffer{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v; want the cancellation", err)
	}
}

func TestDir_FindsTheFolderFromInsideTheTree(t *testing.T) {
	t.Chdir("../islands/content")
	dir, err := source.Dir()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "islands", "loader.js")); err != nil || !filepath.IsAbs(dir) {
		t.Errorf("found %s: %v", dir, err)
	}
}

func TestDir_SaysWhatToDoOutsideTheTree(t *testing.T) {
	t.Chdir(t.TempDir())
	if dir, err := source.Dir(); !errors.Is(err, source.ErrNoFolder) {
		t.Errorf("found %q, %v; want ErrNoFolder", dir, err)
	}
}
