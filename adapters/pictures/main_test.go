package pictures_test

import (
	"os"
	"testing"

	"github.com/neoforge-dev/neoforge/tests/harness/skips"
)

func TestMain(m *testing.M) { os.Exit(skips.Main(m)) }
