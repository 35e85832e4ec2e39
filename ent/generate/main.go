// Command generate writes the access to the tables that a schema declares, which package
// entgen describes:
//
//	go run github.com/neoforge-dev/neoforge/ent/generate -schema ./schema -target .
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"

	"github.com/neoforge-dev/neoforge/ent/entgen"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	flags := flag.NewFlagSet("generate", flag.ContinueOnError)
	schema := flags.String("schema", "./schema", "folder of the schema")
	target := flags.String("target", ".", "folder of the package to write")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return errors.New("it takes flags only: -schema ./schema -target .")
	}
	return entgen.Generate(*schema, *target)
}
