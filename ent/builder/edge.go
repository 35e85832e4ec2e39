package builder

import (
	"context"
	"slices"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"
	"entgo.io/ent/dialect/sql/sqlgraph"
)

// HasEdge is the predicate that a row has others at the end of an edge.
func HasEdge(step func() *sqlgraph.Step) func(*sql.Selector) {
	return func(s *sql.Selector) { sqlgraph.HasNeighbors(s, step()) }
}

// HasEdgeWith is the predicate that a row has others at the end of an edge for which
// all predicates hold.
func HasEdgeWith[P Predicate](step func() *sqlgraph.Step, preds []P) func(*sql.Selector) {
	return func(s *sql.Selector) {
		sqlgraph.HasNeighborsWith(s, step(), func(s *sql.Selector) {
			for _, p := range preds {
				p(s)
			}
		})
	}
}

// DriverOf is the database of a query.
func DriverOf[Self, Node, ID any, P, O Predicate](q *Query[Self, Node, ID, P, O]) dialect.Driver {
	return q.driver
}

// OnLoad has load called with the rows that a query has found, in place of what was
// to load the same edge.
func OnLoad[Self, Node, ID any, P, O Predicate](q *Query[Self, Node, ID, P, O], edge string, load func(context.Context, []Node) error) {
	for i := range q.edges {
		if q.edges[i].name == edge {
			q.edges[i].load = load
			return
		}
	}
	q.edges = append(q.edges, edgeLoader[Node]{edge, load})
}

type edgeLoader[Node any] struct {
	name string
	load func(context.Context, []Node) error
}

// AlsoSelect makes sure that a query whose fields are chosen reads a column, too.
func AlsoSelect[Self, Node, ID any, P, O Predicate](q *Query[Self, Node, ID, P, O], column string) {
	if !slices.Contains(q.also, column) {
		q.also = append(q.also, column)
	}
}

// LoadOwner loads the row that each node refers to. The key is nil for a node
// that refers to none; in reads the owners of keys.
func LoadOwner[Node, Owner any, ID comparable](
	ctx context.Context, nodes []Node, key func(Node) *ID,
	in func(context.Context, []ID) ([]Owner, error), id func(Owner) ID, assign func(Node, Owner),
) error {
	byKey := make(map[ID][]Node, len(nodes))
	keys := make([]ID, 0, len(nodes))
	for _, n := range nodes {
		k := key(n)
		if k == nil {
			continue
		}
		if _, known := byKey[*k]; !known {
			keys = append(keys, *k)
		}
		byKey[*k] = append(byKey[*k], n)
	}
	if len(keys) == 0 {
		return nil
	}
	owners, err := in(ctx, keys)
	if err != nil {
		return err
	}
	for _, o := range owners {
		for _, n := range byKey[id(o)] {
			assign(n, o)
		}
	}
	return nil
}

// LoadOwned loads the rows that refer to each node; in reads those of keys.
func LoadOwned[Node, Owned any, ID comparable](
	ctx context.Context, nodes []Node, id func(Node) ID,
	in func(context.Context, []ID) ([]Owned, error), key func(Owned) *ID, assign func(Node, Owned),
) error {
	byID := make(map[ID]Node, len(nodes))
	keys := make([]ID, len(nodes))
	for i, n := range nodes {
		keys[i] = id(n)
		byID[keys[i]] = n
	}
	owned, err := in(ctx, keys)
	if err != nil {
		return err
	}
	for _, o := range owned {
		if k := key(o); k != nil {
			assign(byID[*k], o)
		}
	}
	return nil
}
