//go:build !release

package source_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/neoforge-dev/neoforge/web/source"
)

// product makes a program of another Go module that requires this one, and enters it.
func product(t *testing.T, packages string) (root, neoForge string) {
	t.Helper()
	neoForge, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	if root, err = filepath.EvalSymlinks(t.TempDir()); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(root, "go.mod"), fmt.Sprintf("module example.com/product\n\ngo 1.26\n\nrequire %[1]s v0.0.0\n\nreplace %[1]s => %[2]s\n", source.NeoForge, neoForge), 0o600)
	write(t, filepath.Join(root, "web", "package.json"), packages, 0o600)
	write(t, filepath.Join(root, "web", "package-lock.json"), wanted, 0o600)
	write(t, filepath.Join(root, "notices", "web", "islands", "notices", "board.js"), "", 0o600)
	t.Chdir(filepath.Join(root, "notices"))
	return root, neoForge
}

func TestSource_OfAProductLiesInItsTreeAndInNeoForges(t *testing.T) {
	root, neoForge := product(t, `{"dependencies":{}}`)
	if dir, err := source.Dir(); err != nil || dir != filepath.Join(root, "web") {
		t.Errorf("the program's own folder is %s: %v", dir, err)
	}
	for importPath, want := range map[string]string{
		source.NeoForge + "/web":             filepath.Join(neoForge, "web"),
		"example.com/product/notices/web":    filepath.Join(root, "notices", "web"),
		source.NeoForge + "/web/pages/icons": filepath.Join(neoForge, "web", "pages", "icons"),
	} {
		if dir, err := source.Folder(t.Context(), importPath); err != nil || dir != want {
			t.Errorf("%s is %s (%v), want %s", importPath, dir, err, want)
		}
	}
	if dir, err := source.Folder(t.Context(), "example.com/another/web"); err == nil || !strings.Contains(err.Error(), "start again") {
		t.Errorf("a folder that is nowhere is %s: %v", dir, err)
	}
}

func TestSource_RefusesAProductWithOtherPackages(t *testing.T) {
	neoForge, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	own, err := os.ReadFile(filepath.Join(neoForge, "package.json"))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ packages, says string }{
		"the same":        {string(own), ""},
		"another version": {strings.Replace(string(own), `"lit": "`, `"lit": "9`, 1), `"lit": "3`},
		"one is missing":  {`{"dependencies":{"ink":"1.0.0"}}`, `"@lit-labs/ssr": "`},
	} {
		t.Run(name, func(t *testing.T) {
			root, _ := product(t, c.packages)
			err := source.CheckPackages(filepath.Join(root, "web"), neoForge)
			if (err == nil) != (c.says == "") || err != nil && (!strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), "npm install")) {
				t.Errorf("says %v", err)
			}
		})
	}
}
