// Command diff writes the migrations that lead from the ones there are to what the
// schemas of this repository's contexts declare, on both databases:
//
//	go run ./adapters/entstore/migrations/diff NAME
//	go run ./adapters/entstore/migrations/diff -check
//
// Package migratediff, which does it, says how.
package main

import (
	"github.com/neoforge-dev/neoforge/adapters/entstore/migrations/diff/migratediff"
	"github.com/neoforge-dev/neoforge/ent/declared"
)

func main() {
	const stores = "adapters/entstore/"
	migratediff.Main(
		migratediff.Context{Name: "platform", Schema: declared.Platform, Folder: stores + "migrations", Foreign: []string{"job_workers"}},
		migratediff.Context{Name: "identity", Schema: declared.Identity, Folder: stores + "identitystore/migrations", ByHand: []string{"identity_users_words"}},
		migratediff.Context{Name: "billing", Schema: declared.Billing, Folder: stores + "billingstore/migrations"},
		migratediff.Context{Name: "content", Schema: declared.Content, Folder: stores + "contentstore/migrations"},
	)
}
