package builder

import (
	"context"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql/sqlgraph"
)

// Delete deletes the rows that match.
type Delete[Self, Node any, P Predicate] struct {
	self       Self
	driver     dialect.Driver
	table      *Table[Node]
	predicates []P
}

// StartDelete makes a delete ready, and returns it.
func StartDelete[Self, Node any, P Predicate](d *Delete[Self, Node, P], self Self, driver dialect.Driver, t *Table[Node]) Self {
	d.self, d.driver, d.table = self, driver, t
	return self
}

// Where adds predicates, all of which must hold.
func (d *Delete[Self, Node, P]) Where(ps ...P) Self {
	d.predicates = append(d.predicates, ps...)
	return d.self
}

// Exec returns how many rows were deleted.
func (d *Delete[Self, Node, P]) Exec(ctx context.Context) (int, error) {
	spec := sqlgraph.NewDeleteSpec(d.table.Name, d.table.idSpec())
	spec.Predicate = all(d.predicates)
	n, err := sqlgraph.DeleteNodes(ctx, d.driver, spec)
	return n, d.table.failure(err)
}

// DeleteOne deletes the row of one id.
type DeleteOne[Self, Node any, P Predicate] struct{ all Delete[Self, Node, P] }

// StartDeleteOne makes a delete of the row that id restricts to ready, and returns it.
func StartDeleteOne[Self, Node any, P Predicate](d *DeleteOne[Self, Node, P], self Self, driver dialect.Driver, t *Table[Node], id P) Self {
	StartDelete(&d.all, self, driver, t)
	return d.Where(id)
}

// Where adds predicates, all of which must hold.
func (d *DeleteOne[Self, Node, P]) Where(ps ...P) Self { return d.all.Where(ps...) }

// Exec deletes the row; it fails with a [NotFoundError] where there is none that matches.
func (d *DeleteOne[Self, Node, P]) Exec(ctx context.Context) error {
	n, err := d.all.Exec(ctx)
	if err == nil && n == 0 {
		return d.all.table.notFound()
	}
	return err
}
