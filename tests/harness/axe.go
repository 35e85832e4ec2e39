package harness

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/neoforge-dev/neoforge/tests/harness/skips"
)

// Axe returns axe-core, the script that looks for what keeps people out of a page.
// It is one of the packages that the browser's code is developed with. Root is the
// path from the test's package to the repository.
func Axe(tb testing.TB, root string) string {
	tb.Helper()
	script, err := os.ReadFile(filepath.Join(root, "web", "node_modules", "axe-core", "axe.min.js"))
	if err != nil {
		skips.Missing(tb, skips.Web, "axe-core is not installed: run `npm ci` in web/ to look for barriers in pages")
	}
	return string(script)
}
