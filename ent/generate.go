// Package ent holds the tables of each context: what schema declares in the context's
// folder, and the access to them that is generated from it. A context's tables are for
// its store alone.
//
// A change to a schema needs `go generate ./ent/generate.go` and a migration, which
// `go run ./adapters/entstore/migrations/diff NAME` writes.
package ent

//go:generate go run ./generate -schema ./identityent/schema -target ./identityent
//go:generate go run ./generate -schema ./contentent/schema -target ./contentent
//go:generate go run ./generate -schema ./billingent/schema -target ./billingent
//go:generate go run ./generate -schema ./platforment/schema -target ./platforment
