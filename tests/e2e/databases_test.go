package e2e_test

import (
	"testing"

	"github.com/neoforge-dev/neoforge/tests/harness"
	"github.com/neoforge-dev/neoforge/tests/harness/program"
)

// onBothDatabases tells a story of one browser on SQLite, and on Postgres with Redis.
func onBothDatabases(t *testing.T, story func(t *testing.T, p *program.Program)) {
	t.Helper()
	for name, options := range map[string]func(t *testing.T) program.Options{
		"sqlite": func(*testing.T) program.Options { return program.Options{} },
		"postgres and redis": func(t *testing.T) program.Options {
			return program.Options{DatabaseURL: harness.Database(t, nil), RedisURL: harness.Redis(t)}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			harness.Chromium(t)
			o := options(t)
			o.Environ = append(o.Environ, "RATE_LIMIT=off")
			story(t, program.Start(t, o))
		})
	}
}
