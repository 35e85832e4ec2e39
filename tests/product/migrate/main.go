// Command migrate writes the migrations that notices lacks: `go run ./migrate NAME`, or
// `go run ./migrate -check`.
package main

import "github.com/neoforge-dev/neoforge/adapters/entstore/migrations/diff/migratediff"

func main() {
	migratediff.Main(migratediff.Context{Name: "notices", Schema: "example.com/noticeboard/noticesent/schema", Folder: "noticesstore/migrations"})
}
