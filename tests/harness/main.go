// Package harness gives tests what they run against: a Postgres and a Redis in
// containers, with a database for every test, and a Chromium to drive.
//
// The packages of one go test share the two servers. A supervisor, a process of its own
// that the first of them starts, has them, and ends them when go test has ended and the
// last package with it, also after a signal or a crash. A binary that is run by itself
// has its own. What kills or restarts a server takes a [PostgresServer].
//
// A package that uses it hands its TestMain over:
//
//	func TestMain(m *testing.M) { os.Exit(harness.Main(m)) }
//
// What this machine does not have is skipped, as package skips says.
package harness

import (
	"os"
	"os/signal"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/neoforge-dev/neoforge/tests/harness/skips"
)

// binary is what the tests of this binary share. A test binary is one process, so
// it is the one place where the state of a package is the state of a run.
var binary struct {
	guarded atomic.Bool // Main runs, and will clean up

	mu      sync.Mutex
	cleanup []func()
}

// Main runs the tests of a package, ends what they used, and prints what was skipped
// and why. It returns the exit code. In a process that is to be the supervisor it
// returns when that has ended.
func Main(m *testing.M) int {
	if spec := os.Getenv(supervisorVariable); spec != "" {
		return supervise(spec)
	}
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
	return skips.Report(code)
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
