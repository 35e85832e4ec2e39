//go:build ignore

// The generator of package ent; run by go generate ./ent.
package main

import (
	"log"

	"entgo.io/ent/entc"
	"entgo.io/ent/entc/gen"
)

func main() {
	err := entc.Generate("./schema", &gen.Config{
		Target:  ".",
		Package: "github.com/neoforge-dev/neoforge/ent",
		Features: []gen.Feature{
			gen.FeatureUpsert, // insert on conflict: inbox, accounts, passwords
			gen.FeatureLock,   // select for update, where a rule counts rows
		},
	})
	if err != nil {
		log.Fatalf("generate package ent: %v", err)
	}
}
