package harness

import (
	"bytes"
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"github.com/neoforge-dev/neoforge/tests/harness/skips"
)

// Tool returns the path of a program that tests run beside ours: haproxy, caddy,
// pgbouncer. Debian has each as a package of that name; the test starts it with a
// configuration of its own and ends it.
func Tool(tb testing.TB, name string) string {
	tb.Helper()
	for _, candidate := range []string{name, "/usr/sbin/" + name} {
		if path, err := exec.LookPath(candidate); err == nil {
			return path
		}
	}
	skips.Missing(tb, skips.Proxies, name+" is not installed")
	return ""
}

// GoTool returns the path of a tool of deploy/tools/go.mod, built when it was not
// before. Root is the path from the test's package to the repository.
func GoTool(tb testing.TB, root, name string) string {
	tb.Helper()
	cmd := exec.CommandContext(tb.Context(), "go", "tool", "-modfile=deploy/tools/go.mod", "-n", name)
	cmd.Dir = root
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		skips.Missing(tb, skips.Tools, fmt.Sprintf("%s cannot be built: %v: %s", name, err, said.String()))
	}
	return strings.TrimSpace(string(out))
}
