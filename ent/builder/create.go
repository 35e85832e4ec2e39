package builder

import (
	"context"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"
	"entgo.io/ent/dialect/sql/sqlgraph"
	"entgo.io/ent/schema/field"
)

// Create inserts one row.
type Create[Self, Node any] struct {
	self   Self
	driver dialect.Driver
	table  *Table[Node]
	node   Node
	id     any // where the node has its id, a pointer
	spec   *sqlgraph.CreateSpec
}

// StartCreate makes an insert ready: id points to the id of node.
func StartCreate[Self, Node any](c *Create[Self, Node], self Self, d dialect.Driver, t *Table[Node], node Node, id any) Self {
	c.self, c.driver, c.table, c.node, c.id = self, d, t, node, id
	c.spec = sqlgraph.NewCreateSpec(t.Name, t.idSpec())
	c.spec.Fields = make([]*sqlgraph.FieldSpec, 0, len(t.Columns)-1)
	return self
}

// New is the row that an insert makes.
func New[Self, Node any](c *Create[Self, Node]) Node { return c.node }

// SetID gives the key its value, a pointer where it scans itself.
func SetID[Self, Node any](c *Create[Self, Node], v any) Self {
	c.spec.ID.Value = v
	return c.self
}

// HasID reports whether [SetID] was called.
func HasID[Self, Node any](c *Create[Self, Node]) bool { return c.spec.ID.Value != nil }

// Set gives a column its value.
func Set[Self, Node any](c *Create[Self, Node], column string, t field.Type, v any) Self {
	for _, f := range c.spec.Fields {
		if f.Column == column {
			f.Value = v
			return c.self
		}
	}
	c.spec.SetField(column, t, v)
	return c.self
}

// Has reports whether a column has a value.
func Has[Self, Node any](c *Create[Self, Node], column string) bool {
	for _, f := range c.spec.Fields {
		if f.Column == column {
			return true
		}
	}
	return false
}

// Save inserts the row and returns it. It fails with a [ValidationError] when a
// required field is missing and with a [ConstraintError] when the database refuses it.
func (c *Create[Self, Node]) Save(ctx context.Context) (Node, error) {
	if err := c.Exec(ctx); err != nil {
		var none Node
		return none, err
	}
	return c.node, nil
}

// Exec inserts the row; see Save.
func (c *Create[Self, Node]) Exec(ctx context.Context) error {
	if err := c.check(); err != nil {
		return err
	}
	if err := sqlgraph.CreateNode(ctx, c.driver, c.spec); err != nil {
		return c.table.failure(err)
	}
	adopt(c.id, c.spec.ID.Value)
	return nil
}

func (c *Create[Self, Node]) check() error {
	for _, column := range c.table.Required {
		if column == c.table.ID && !HasID(c) || column != c.table.ID && !Has(c, column) {
			return c.table.missing(column)
		}
	}
	return nil
}

// adopt takes over the id that the database gave, into the pointer at the node's own.
func adopt(id, given any) {
	n, numeric := given.(int64)
	switch p := id.(type) {
	case *int:
		if numeric {
			*p = int(n)
		}
	case *int64:
		if numeric {
			*p = n
		}
	case *string:
		if text, ok := given.(string); ok {
			*p = text
		}
	}
}

// CreateBulk inserts many rows by one statement.
type CreateBulk[Self, Node any] struct {
	rows       []*Create[Self, Node]
	onConflict []sql.ConflictOption
}

// AddToBulk adds a row.
func AddToBulk[Self, Node any](b *CreateBulk[Self, Node], c *Create[Self, Node]) {
	b.rows = append(b.rows, c)
}

// Exec inserts the rows, all or none.
func (b *CreateBulk[Self, Node]) Exec(ctx context.Context) error {
	if len(b.rows) == 0 {
		return nil
	}
	spec := &sqlgraph.BatchCreateSpec{Nodes: make([]*sqlgraph.CreateSpec, len(b.rows)), OnConflict: b.onConflict}
	for i, c := range b.rows {
		if err := c.check(); err != nil {
			return err
		}
		spec.Nodes[i] = c.spec
	}
	first := b.rows[0]
	if err := sqlgraph.BatchCreate(ctx, first.driver, spec); err != nil {
		return first.table.failure(err)
	}
	for _, c := range b.rows {
		adopt(c.id, c.spec.ID.Value)
	}
	return nil
}

// Save inserts the rows, all or none, and returns them.
func (b *CreateBulk[Self, Node]) Save(ctx context.Context) ([]Node, error) {
	if err := b.Exec(ctx); err != nil {
		return nil, err
	}
	nodes := make([]Node, len(b.rows))
	for i, c := range b.rows {
		nodes[i] = c.node
	}
	return nodes, nil
}
