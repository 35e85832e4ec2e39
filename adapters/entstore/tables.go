package entstore

import (
	"embed"
	"regexp"
)

// Tables are what one context keeps in the database. The names of all of them begin with
// the context's, and no foreign key leads to another context's, so that migrations of
// contexts need no order among them.
type Tables struct {
	Context string // <Context>_migrations remembers which migrations are applied
	// Files hold the migrations, versioned SQL for each database, in the folders postgres
	// and sqlite of Folder.
	Files  embed.FS
	Folder string
	// Retentions say of every table what becomes of its rows.
	Retentions []Retention
}

// Retention is what becomes of the rows of a table. Pruned names the setting or the rule
// by which they are deleted once they have served; Kept says why they stay for ever. One
// of the two is given.
type Retention struct {
	Table  string
	Pruned string
	Kept   string
}

var contextName = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

// IsContext reports whether a context can be called that: its tables then have names that
// need no quotes in SQL.
func IsContext(name string) bool { return contextName.MatchString(name) }
