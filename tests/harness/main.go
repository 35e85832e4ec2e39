// Package harness gives tests what they run against: a Postgres and a Redis in
// containers, one of each for a test binary, with a database for every test, and
// a Chromium to drive.
//
// A package that uses it hands its TestMain over:
//
//	func TestMain(m *testing.M) { os.Exit(harness.Main(m)) }
//
// What this machine does not have is skipped with the reason, which Main prints
// at the end, on the terminal too where go test would hide it, and appends to the file
// that NEOFORGE_SKIP_REPORT names. With
// NEOFORGE_REQUIRE=containers,browser,web,proxies,tools it is a failure. It promises that nothing
// is skipped without a word and that no container outlives its binary.
package harness

import (
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
)

// What NEOFORGE_REQUIRE may name.
const (
	containers = "containers"
	browser    = "browser"
	web        = "web"
	proxies    = "proxies"
	tools      = "tools"
)

// binary is what the tests of this binary share. A test binary is one process, so
// it is the one place where the state of a package is the state of a run.
var binary struct {
	guarded atomic.Bool // Main runs, and will clean up

	mu      sync.Mutex
	cleanup []func()
	skipped map[string][]string // tests by reason
}

// Main runs the tests of a package, ends the containers that they used, and
// prints what was skipped and why. It returns the exit code.
func Main(m *testing.M) int {
	binary.guarded.Store(true)
	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-interrupted
		cleanUp()
		os.Exit(1)
	}()
	code := m.Run()
	signal.Stop(interrupted)
	cleanUp()
	reportSkipped(os.Stderr)
	if code == 0 && !testing.Verbose() {
		showSkipped()
	}
	if path := os.Getenv("NEOFORGE_SKIP_REPORT"); path != "" {
		if err := appendSkipped(path); err != nil {
			fmt.Fprintln(os.Stderr, "harness:", err)
			code = max(code, 1)
		}
	}
	return code
}

// atEnd has Main call f, the last one first.
func atEnd(f func()) {
	binary.mu.Lock()
	defer binary.mu.Unlock()
	binary.cleanup = append(binary.cleanup, f)
}

func cleanUp() {
	binary.mu.Lock()
	all := binary.cleanup
	binary.cleanup = nil
	binary.mu.Unlock()
	for _, f := range slices.Backward(all) {
		f()
	}
}

// missing ends a test that needs what is not there: skipped, or failed when
// NEOFORGE_REQUIRE names the kind.
func missing(tb testing.TB, kind, reason string) {
	tb.Helper()
	if required(kind) {
		tb.Fatalf("NEOFORGE_REQUIRE names %s, and %s", kind, reason)
	}
	binary.mu.Lock()
	if binary.skipped == nil {
		binary.skipped = map[string][]string{}
	}
	binary.skipped[reason] = append(binary.skipped[reason], tb.Name())
	binary.mu.Unlock()
	tb.Skip(reason)
}

func required(kind string) bool {
	return slices.ContainsFunc(strings.Split(os.Getenv("NEOFORGE_REQUIRE"), ","), func(name string) bool {
		return strings.TrimSpace(name) == kind
	})
}

func reportSkipped(w io.Writer) {
	binary.mu.Lock()
	defer binary.mu.Unlock()
	for reason, tests := range binary.skipped {
		fmt.Fprintf(w, "%s: skipped %d: %s\n", filepath.Base(os.Args[0]), len(tests), reason)
		for _, name := range tests {
			fmt.Fprintf(w, "    %s\n", name)
		}
	}
}

// showSkipped writes the report where somebody sees it: go test keeps what a package
// that passed has written to itself.
func showSkipped() {
	binary.mu.Lock()
	none := len(binary.skipped) == 0
	binary.mu.Unlock()
	if none || isTerminal(os.Stderr) {
		return
	}
	if f := terminal(); f != nil {
		reportSkipped(f)
		_ = f.Close() // who reads it has left
	}
}

func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

func appendSkipped(path string) error {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return fmt.Errorf("open the report of skipped tests: %w", err)
	}
	reportSkipped(f)
	return f.Close()
}
