// Package faults_test kills, cuts off, restarts and floods the program on real parts:
// Postgres and Redis in containers, haproxy, Caddy and PgBouncer beside it.
package faults_test

import (
	"os"
	"testing"

	"github.com/neoforge-dev/neoforge/adapters/jobqueue/jobqueuetest"
	"github.com/neoforge-dev/neoforge/tests/harness"
	"github.com/neoforge-dev/neoforge/tests/harness/program"
)

func TestMain(m *testing.M) {
	jobqueuetest.Main()
	mailUntilKilled()
	program.Main()
	os.Exit(harness.Main(m))
}
