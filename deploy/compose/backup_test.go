package compose_test

import (
	"slices"
	"strings"
	"testing"
)

// A dump that cannot be read back is none.
func TestBackup_KeepsADumpThatCanBeReadBack(t *testing.T) {
	t.Parallel()
	const dump, read = "exec -T postgres pg_dump -U neoforge -Fc neoforge", "exec -T postgres pg_restore --list"
	for name, row := range map[string]struct {
		fail  string
		calls []string
		says  string
		dumps int
	}{
		"it goes well":            {"", []string{dump, read}, "the database is in ", 1},
		"there is no dump":        {"pg_dump", []string{dump}, "could not be dumped", 0},
		"the dump cannot be read": {"pg_restore", []string{dump, read}, "cannot be read", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			calls, dumps, output, code := run(t, "backup", nil, row.fail)
			if !slices.Equal(calls, row.calls) || len(dumps) != row.dumps || !strings.Contains(output, row.says) || (code == 0) != (row.dumps == 1) {
				t.Errorf("exit %d after %q, with the dumps %q: %s", code, calls, dumps, output)
			}
		})
	}
}
