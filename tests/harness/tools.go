package harness

import (
	"os/exec"
	"testing"
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
	missing(tb, proxies, name+" is not installed")
	return ""
}
