// Command neoforge is the program as it comes: the three contexts. A product in a
// repository of its own has a main like this one, with its modules beside these.
package main

import (
	"github.com/neoforge-dev/neoforge/app/cli"
	"github.com/neoforge-dev/neoforge/app/wire"
)

func main() {
	cli.Main(cli.Product{
		Name:    "NeoForge",
		Modules: []wire.Module{wire.Identity, wire.Billing, wire.Content},
	})
}
