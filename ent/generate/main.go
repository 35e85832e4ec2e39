// Command generate writes the access to the tables that a schema declares:
//
//	go run github.com/neoforge-dev/neoforge/ent/generate -schema ./ent/schema -target ./ent
//
// The schema is ent's: fields, edges, indexes, annotations. What is written is the
// part of ent's API that package builder describes, under ent's names, a tenth of the
// code: a client, a struct for each row, builders and, in a package for each table,
// constants and predicates. What it has no code for is refused by name, such as hooks,
// enums, validators, edges without a field or of many to many. The files of before are
// deleted first, and only once all new ones were made.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
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
	files, err := generate(*schema)
	if err != nil {
		return err
	}
	return replace(*target, files)
}
