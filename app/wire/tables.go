package wire

import (
	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/adapters/entstore/migrations"
)

// Migrations are those of the platform and of these modules.
func Migrations(modules ...Module) migrations.Set {
	var all []entstore.Tables
	for _, m := range modules {
		if m.Tables.Context != "" {
			all = append(all, m.Tables)
		}
	}
	return migrations.Of(all...)
}
