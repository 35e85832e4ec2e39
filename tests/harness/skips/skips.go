// Package skips ends the tests that need what this machine does not have, and reports
// at the end of their package what was skipped and why. Every test of the tree that is
// skipped is skipped here, and the package's TestMain reports it:
//
//	func TestMain(m *testing.M) { os.Exit(skips.Main(m)) }
//
// harness.Main does the same for those that use the harness. It promises that nothing
// is skipped without a word: the report is printed on the terminal, also where go test
// would hide it, and appended to the file that NEOFORGE_SKIP_REPORT names. With
// NEOFORGE_REQUIRE=containers,browser,web,proxies,tools a skip is a failure.
package skips

import (
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// What NEOFORGE_REQUIRE may name.
const (
	Containers = "containers" // a Docker engine and the images
	Browser    = "browser"    // a Chromium
	Web        = "web"        // Node, and the packages of web/
	Proxies    = "proxies"    // haproxy, Caddy, PgBouncer
	Tools      = "tools"      // what deploy/tools/go.mod names
	System     = "system"     // what not every operating system has
)

// skipped has the tests by reason. A test binary is one process, so it is the one place
// where the state of a package is the state of a run.
var skipped struct {
	mu    sync.Mutex
	tests map[string][]string
}

// Missing ends a test that needs what is not there: skipped, or failed when
// NEOFORGE_REQUIRE names the kind.
func Missing(tb testing.TB, kind, reason string) {
	tb.Helper()
	if required(kind) {
		tb.Fatalf("NEOFORGE_REQUIRE names %s, and %s", kind, reason)
	}
	skip(tb, reason)
}

// Short skips a test that takes long when the tests run with -short.
func Short(tb testing.TB, reason string) {
	tb.Helper()
	if testing.Short() {
		skip(tb, "-short leaves it out: "+reason)
	}
}

func skip(tb testing.TB, reason string) {
	tb.Helper()
	skipped.mu.Lock()
	if skipped.tests == nil {
		skipped.tests = map[string][]string{}
	}
	if tests := skipped.tests[reason]; !slices.Contains(tests, tb.Name()) { // of several that ask for one test
		skipped.tests[reason] = append(tests, tb.Name())
	}
	skipped.mu.Unlock()
	tb.Skip(reason)
}

func required(kind string) bool {
	return slices.ContainsFunc(strings.Split(os.Getenv("NEOFORGE_REQUIRE"), ","), func(name string) bool {
		return strings.TrimSpace(name) == kind
	})
}

// Main runs the tests of a package and reports what was skipped. It returns the exit
// code.
func Main(m *testing.M) int { return Report(m.Run()) }

// Report prints what was skipped and why, and returns the exit code of the tests, or 1
// where it could not write the file that NEOFORGE_SKIP_REPORT names.
func Report(code int) int {
	write(os.Stderr)
	if code == 0 && !testing.Verbose() {
		show()
	}
	if path := os.Getenv("NEOFORGE_SKIP_REPORT"); path != "" {
		if err := appendTo(path); err != nil {
			fmt.Fprintln(os.Stderr, "skips:", err)
			code = max(code, 1)
		}
	}
	return code
}

func write(w io.Writer) {
	skipped.mu.Lock()
	defer skipped.mu.Unlock()
	for _, reason := range slices.Sorted(maps.Keys(skipped.tests)) {
		tests := skipped.tests[reason]
		fmt.Fprintf(w, "%s: skipped %d: %s\n", filepath.Base(os.Args[0]), len(tests), reason)
		for _, name := range tests {
			fmt.Fprintf(w, "    %s\n", name)
		}
	}
}

// show writes the report where somebody sees it: go test keeps what a package that
// passed has written to itself.
func show() {
	skipped.mu.Lock()
	none := len(skipped.tests) == 0
	skipped.mu.Unlock()
	if none || isTerminal(os.Stderr) {
		return
	}
	if f := terminal(); f != nil {
		write(f)
		_ = f.Close() // who reads it has left
	}
}

func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

func appendTo(path string) error {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return fmt.Errorf("open the report of skipped tests: %w", err)
	}
	write(f)
	return f.Close()
}
