package migrations

import (
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"
)

var tableStatement = regexp.MustCompile("(?i)(CREATE|DROP) TABLE\\s+(?:IF (?:NOT )?EXISTS\\s+)?[\"`]?([a-z0-9_]+)[\"`]?")

// Tables lists the tables that the migrations of this package leave, sorted.
func Tables() ([]string, error) {
	names, err := fs.Glob(files, "postgres/*.sql")
	if err != nil {
		return nil, fmt.Errorf("migrations: list: %w", err)
	}
	slices.Sort(names)
	have := map[string]bool{}
	for _, name := range names {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, fmt.Errorf("migrations: read %s: %w", name, err)
		}
		up, _, _ := strings.Cut(string(text), "-- +goose Down")
		for _, m := range tableStatement.FindAllStringSubmatch(up, -1) {
			have[m[2]] = strings.EqualFold(m[1], "CREATE")
		}
	}
	var out []string
	for table, there := range have {
		if there {
			out = append(out, table)
		}
	}
	slices.Sort(out)
	return out, nil
}
