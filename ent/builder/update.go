package builder

import (
	"context"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"
	"entgo.io/ent/dialect/sql/sqlgraph"
	"entgo.io/ent/dialect/sql/sqljson"
	"entgo.io/ent/schema/field"
)

// update is what Update and UpdateOne have in common.
type update[Self, Node any, P Predicate] struct {
	self       Self
	driver     dialect.Driver
	table      *Table[Node]
	predicates []P
	spec       *sqlgraph.UpdateSpec
}

func (u *update[Self, Node, P]) start(self Self, d dialect.Driver, t *Table[Node]) {
	u.self, u.driver, u.table = self, d, t
	u.spec = sqlgraph.NewUpdateSpec(t.Name, t.Columns, t.idSpec())
}

// Where adds predicates, all of which must hold.
func (u *update[Self, Node, P]) Where(ps ...P) Self {
	u.predicates = append(u.predicates, ps...)
	return u.self
}

func (u *update[Self, Node, P]) change() *sqlgraph.UpdateSpec { return u.spec }

func (u *update[Self, Node, P]) run(ctx context.Context) (int, error) {
	u.spec.Predicate = all(u.predicates)
	n, err := sqlgraph.UpdateNodes(ctx, u.driver, u.spec)
	return n, u.table.failure(err)
}

// Update changes the rows that match.
type Update[Self, Node any, P Predicate] struct{ update[Self, Node, P] }

// StartUpdate makes an update ready, and returns it.
func StartUpdate[Self, Node any, P Predicate](u *Update[Self, Node, P], self Self, d dialect.Driver, t *Table[Node]) Self {
	u.start(self, d, t)
	return self
}

// Save returns how many rows were changed.
func (u *Update[Self, Node, P]) Save(ctx context.Context) (int, error) { return u.run(ctx) }

// Exec changes the rows.
func (u *Update[Self, Node, P]) Exec(ctx context.Context) error {
	_, err := u.run(ctx)
	return err
}

// UpdateOne changes the row of one id.
type UpdateOne[Self, Node any, P Predicate] struct {
	update[Self, Node, P]
	id P
}

// StartUpdateOne makes an update of the row that id restricts to ready, and returns it.
func StartUpdateOne[Self, Node any, P Predicate](u *UpdateOne[Self, Node, P], self Self, d dialect.Driver, t *Table[Node], id P) Self {
	u.start(self, d, t)
	u.id = id
	return u.Where(id)
}

// Exec changes the row; it fails with a [NotFoundError] where there is none that matches.
func (u *UpdateOne[Self, Node, P]) Exec(ctx context.Context) error {
	n, err := u.run(ctx)
	if err == nil && n == 0 && changes(u.spec) {
		return u.table.notFound()
	}
	return err
}

// Save changes the row and reads it; errors as of Exec.
func (u *UpdateOne[Self, Node, P]) Save(ctx context.Context) (Node, error) {
	var none Node
	if err := u.Exec(ctx); err != nil {
		return none, err
	}
	q := &Query[*struct{}, Node, any, P, func(*sql.Selector)]{driver: u.driver, table: u.table, predicates: []P{u.id}}
	return q.Only(ctx)
}

func changes(s *sqlgraph.UpdateSpec) bool {
	return len(s.Fields.Set)+len(s.Fields.Add)+len(s.Fields.Clear)+len(s.Modifiers) > 0
}

// Change is an update of either kind.
type Change interface{ change() *sqlgraph.UpdateSpec }

// Put gives a column its new value.
func Put[U Change](u U, column string, t field.Type, v any) U {
	s := u.change()
	s.Fields.Clear = without(s.Fields.Clear, column)
	s.Fields.Add = without(s.Fields.Add, column)
	s.Fields.Set = append(without(s.Fields.Set, column), &sqlgraph.FieldSpec{Column: column, Type: t, Value: v})
	return u
}

// Add adds to a column's value.
func Add[U Change](u U, column string, t field.Type, v any) U {
	u.change().AddField(column, t, v)
	return u
}

// Clear makes a column null.
func Clear[U Change](u U, column string, t field.Type) U {
	s := u.change()
	s.Fields.Set = without(s.Fields.Set, column)
	s.Fields.Clear = append(without(s.Fields.Clear, column), &sqlgraph.FieldSpec{Column: column, Type: t})
	return u
}

// Append appends to a column's JSON list.
func Append[U Change, T any](u U, column string, v []T) U {
	u.change().AddModifier(func(b *sql.UpdateBuilder) { sqljson.Append(b, column, v) })
	return u
}

func without(specs []*sqlgraph.FieldSpec, column string) []*sqlgraph.FieldSpec {
	for i, s := range specs {
		if s.Column == column {
			return append(specs[:i], specs[i+1:]...)
		}
	}
	return specs
}
