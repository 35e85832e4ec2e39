// Command sample is built by the tests, with one template or another.
package main

import (
	_ "embed"
	"fmt"

	"github.com/neoforge-dev/neoforge/app/version"
)

//go:embed page.html
var page string

func main() { fmt.Printf("%s\n%s\n%d\n", version.Name(), version.Build(), len(page)) }
