package fiberhttp_test

import (
	"os"
	"testing"

	"github.com/neoforge-dev/neoforge/tests/harness"
)

func TestMain(m *testing.M) { os.Exit(harness.Main(m)) }
