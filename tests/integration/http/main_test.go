package http_test

import (
	"os"
	"testing"

	"github.com/neoforge-dev/neoforge/tests/harness"
)

func TestMain(m *testing.M) {
	// The authority of the tests validates at once, not after a few seconds.
	if err := os.Setenv("PEBBLE_VA_NOSLEEP", "1"); err != nil {
		panic(err)
	}
	os.Exit(harness.Main(m))
}
