// Package declared reads the tables that schemas of ent declare, for what compares
// them with migrations. It runs go, and is not part of the program.
package declared

import (
	"fmt"
	"sync"

	"entgo.io/ent/dialect/sql/schema"
	"entgo.io/ent/entc"
	"entgo.io/ent/entc/gen"
)

// The schemas of this repository's contexts.
const (
	Identity = "github.com/neoforge-dev/neoforge/ent/identityent/schema"
	Content  = "github.com/neoforge-dev/neoforge/ent/contentent/schema"
	Billing  = "github.com/neoforge-dev/neoforge/ent/billingent/schema"
	Platform = "github.com/neoforge-dev/neoforge/ent/platforment/schema"
)

// loading is held while ent reads a schema, through files in the working folder that
// it deletes together.
var loading sync.Mutex

// Graph reads a schema: a package's path, or its folder.
func Graph(of string) (*gen.Graph, error) {
	loading.Lock()
	defer loading.Unlock()
	storage, err := gen.NewStorage("sql")
	if err != nil {
		return nil, err
	}
	g, err := entc.LoadGraph(of, &gen.Config{Target: ".", Storage: storage})
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", of, err)
	}
	return g, nil
}

// Tables returns the tables of all schemas, in the order that they are given in.
func Tables(schemas ...string) ([]*schema.Table, error) {
	var all []*schema.Table
	for _, of := range schemas {
		g, err := Graph(of)
		if err != nil {
			return nil, err
		}
		tables, err := g.Tables()
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", of, err)
		}
		all = append(all, tables...)
	}
	return all, nil
}
