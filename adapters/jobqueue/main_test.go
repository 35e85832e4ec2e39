package jobqueue_test

import (
	"os"
	"testing"

	"github.com/neoforge-dev/neoforge/adapters/jobqueue/jobqueuetest"
)

func TestMain(m *testing.M) {
	jobqueuetest.Main()
	os.Exit(m.Run())
}
