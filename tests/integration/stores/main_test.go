package stores_test

import (
	"os"
	"testing"

	"github.com/neoforge-dev/neoforge/adapters/jobqueue/jobqueuetest"
	"github.com/neoforge-dev/neoforge/tests/harness"
)

func TestMain(m *testing.M) {
	jobqueuetest.Main()
	os.Exit(harness.Main(m))
}
