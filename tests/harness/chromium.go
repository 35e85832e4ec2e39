package harness

import (
	"os"
	"os/exec"
	"testing"

	"github.com/neoforge-dev/neoforge/tests/harness/skips"
)

// Chromium returns the path of a Chromium or Chrome: what
// NEOFORGE_TEST_CHROMIUM names, or the first that is installed. The headless shell,
// the same engine without the windows and services around it, comes first: the
// tests take a little more than half the time in it.
func Chromium(tb testing.TB) string {
	tb.Helper()
	candidates := []string{
		"chromium-headless-shell", "chrome-headless-shell",
		"chromium", "chromium-browser", "google-chrome", "google-chrome-stable",
		"/Applications/Chromium.app/Contents/MacOS/Chromium",
		"/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
	}
	if named := os.Getenv("NEOFORGE_TEST_CHROMIUM"); named != "" {
		candidates = []string{named}
	}
	for _, candidate := range candidates {
		if path, err := exec.LookPath(candidate); err == nil {
			return path
		}
	}
	skips.Missing(tb, skips.Browser, "no Chromium is installed (NEOFORGE_TEST_CHROMIUM may name one)")
	return ""
}
