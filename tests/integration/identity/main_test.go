package identity_test

import (
	"os"
	"testing"

	"github.com/neoforge-dev/neoforge/tests/harness"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

func TestMain(m *testing.M) { os.Exit(harness.Main(m)) }

// onDatabases runs a story on both databases.
func onDatabases(t *testing.T, story func(t *testing.T, h *fixture.Room)) {
	t.Helper()
	t.Parallel()
	for name, open := range fixture.Databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			story(t, fixture.NewRoom(t, open(t)))
		})
	}
}
