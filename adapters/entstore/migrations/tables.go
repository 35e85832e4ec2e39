package migrations

import (
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
)

var tableStatement = regexp.MustCompile("(?i)(CREATE|DROP) TABLE\\s+(?:IF (?:NOT )?EXISTS\\s+)?[\"`]?([a-z0-9_]+)[\"`]?")

// Names lists the tables that a context's migrations leave, sorted.
func Names(of entstore.Tables) ([]string, error) {
	names, err := fs.Glob(of.Files, path.Join(of.Folder, "postgres", "*.sql"))
	if err != nil {
		return nil, fmt.Errorf("migrations: list those of %s: %w", of.Context, err)
	}
	slices.Sort(names)
	have := map[string]bool{}
	for _, name := range names {
		text, err := fs.ReadFile(of.Files, name)
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
