//go:build !release

package wire_test

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/neoforge-dev/neoforge/app/wire"
)

func TestProduct_BundlesTheFilesOfItsModulesAlone(t *testing.T) {
	t.Parallel()
	out := filepath.Join(t.TempDir(), "dist")
	if err := (wire.Product{Modules: []wire.Module{wire.Identity}}).Bundle(t.Context(), io.Discard, out); err != nil {
		t.Fatal(err)
	}
	index, err := os.ReadFile(filepath.Join(out, "index.json"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(index), "nf-identity-menu") || strings.Contains(string(index), "nf-content-") {
		t.Errorf("the index is\n%s", index)
	}
}
