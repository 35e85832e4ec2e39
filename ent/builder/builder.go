// Package builder is what the generated code of all tables has in common: the
// builders of queries, inserts, updates and deletes, over ent's sqlgraph.
//
// A generated package, such as ent/billingent, embeds these types and adds what is
// named after a table's fields and edges. It is a strict subset of what ent's own
// templates generate, under ent's names: queries without GroupBy, Clone and
// traversals, no hooks, interceptors, mutations or methods that panic. So a store is
// compiled as well against ent's own code (a test does it), which is the way out of
// this package.
//
// Its functions that are not named in ent's documentation are for generated code.
// Type arguments are pointers and functions only: the compiler then makes one copy of
// each method for all tables.
package builder

import (
	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"
	"entgo.io/ent/dialect/sql/sqlgraph"
	"entgo.io/ent/schema/field"
)

// Predicate restricts a query, an update or a delete; every predicate.X is one.
type Predicate interface{ ~func(*sql.Selector) }

// Table describes one table to the builders. Node is a pointer to the generated
// struct of its rows.
type Table[Node any] struct {
	Name     string
	Label    string // in errors, as in "plan not found"
	Type     string // in errors, as in "missing required field Plan.code"
	Columns  []string
	ID       string
	IDType   field.Type
	Required []string // columns that an insert must set
	Make     func() Node
	// Scan appends to dest where the value of each column goes. A column that the
	// table does not have goes nowhere.
	Scan func(n Node, columns []string, dest []any) []any
}

func (t *Table[Node]) idSpec() *sqlgraph.FieldSpec { return sqlgraph.NewFieldSpec(t.ID, t.IDType) }

func (t *Table[Node]) valid(column string) bool {
	for _, c := range t.Columns {
		if c == column {
			return true
		}
	}
	return false
}

// rows returns how sqlgraph scans rows into nodes, each of which is handed to add.
func (t *Table[Node]) rows(add func(Node)) (func([]string) ([]any, error), func([]string, []any) error) {
	var (
		node Node
		dest []any
	)
	scan := func(columns []string) ([]any, error) {
		node = t.Make()
		dest = t.Scan(node, columns, dest[:0])
		return dest, nil
	}
	assign := func([]string, []any) error {
		add(node)
		return nil
	}
	return scan, assign
}

// Options configure a generated client.
type Options struct{ Driver dialect.Driver }

// Option is one of them.
type Option func(*Options)

// Driver is the database of a client.
func Driver(d dialect.Driver) Option { return func(o *Options) { o.Driver = d } }

// Configured applies options.
func Configured(options ...Option) Options {
	var o Options
	for _, option := range options {
		option(&o)
	}
	return o
}

func all[P Predicate](predicates []P) func(*sql.Selector) {
	if len(predicates) == 0 {
		return nil
	}
	return func(s *sql.Selector) {
		for _, p := range predicates {
			p(s)
		}
	}
}
