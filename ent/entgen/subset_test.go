package entgen

import (
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"entgo.io/ent/entc"
	"entgo.io/ent/entc/gen"
)

// TestGenerate_IsASubsetOfEnt builds the stores on what ent's own templates make of the
// same schemas: whoever wants all of ent changes the generator, and no store.
func TestGenerate_IsASubsetOfEnt(t *testing.T) {
	t.Parallel()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	replace := map[string]string{}
	for _, context := range []string{"identityent", "contentent", "billingent", "platforment"} {
		dir := filepath.Join(root, "ent", context)
		full := filepath.Join(t.TempDir(), context)
		if err := os.MkdirAll(full, 0o755); err != nil {
			t.Fatal(err)
		}
		err := entc.Generate(filepath.Join(dir, "schema"), &gen.Config{
			Target: full, Package: "github.com/neoforge-dev/neoforge/ent/" + context,
			Features: []gen.Feature{gen.FeatureUpsert, gen.FeatureLock},
		})
		if err != nil {
			t.Fatal(err)
		}
		files(t, dir, func(file string) {
			if file != "uniqueindexes.go" && !strings.HasPrefix(file, "schema/") {
				replace[filepath.Join(dir, file)] = ""
			}
		})
		files(t, full, func(file string) {
			replace[filepath.Join(dir, file)] = filepath.Join(full, file)
		})
	}
	text, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	overlay := filepath.Join(t.TempDir(), "overlay.json")
	if err := os.WriteFile(overlay, text, 0o644); err != nil {
		t.Fatal(err)
	}
	build := exec.CommandContext(t.Context(), "go", "build", "-overlay", overlay, "./adapters/entstore/...")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// files calls f with the path of each file under dir.
func files(t *testing.T, dir string, f func(file string)) {
	t.Helper()
	err := filepath.WalkDir(dir, func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, file)
		if err == nil {
			f(filepath.ToSlash(name))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
