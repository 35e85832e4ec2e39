// Command noticeboard is a product in a Go module of its own: NeoForge's three contexts
// and a fourth, notices, of which nothing stands in NeoForge's repository. The gate
// builds it, starts it in development and as a release, and runs its tests on both
// databases.
package main

import (
	"github.com/neoforge-dev/neoforge/app/cli"
	"github.com/neoforge-dev/neoforge/app/wire"
)

//go:generate go run github.com/neoforge-dev/neoforge/ent/generate -schema ./noticesent/schema -target ./noticesent

func main() { cli.Main(product()) }

// product lists those who need others first: the order does not matter.
func product() cli.Product {
	return cli.Product{
		Name:    "Notice Board",
		Version: "v1.0.0",
		Dist:    dist(),
		Modules: []wire.Module{Notices, wire.Content, wire.Billing, wire.Identity},
	}
}
