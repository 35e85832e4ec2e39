package builder

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"
	"entgo.io/ent/dialect/sql/sqlgraph"
)

// Query finds rows: Self is the generated query, ID the type of the table's key.
type Query[Self, Node any, ID any, P, O Predicate] struct {
	self       Self
	driver     dialect.Driver
	table      *Table[Node]
	predicates []P
	order      []O
	fields     []string
	limit      *int
	offset     *int
	unique     bool
	modifiers  []func(*sql.Selector)
	edges      []edgeLoader[Node]
	also       []string // columns that loading the edges needs
}

// StartQuery makes a query ready, and returns it.
func StartQuery[Self, Node, ID any, P, O Predicate](q *Query[Self, Node, ID, P, O], self Self, d dialect.Driver, t *Table[Node]) Self {
	q.self, q.driver, q.table = self, d, t
	return self
}

// Where adds predicates, all of which must hold.
func (q *Query[Self, Node, ID, P, O]) Where(ps ...P) Self {
	q.predicates = append(q.predicates, ps...)
	return q.self
}

// Order adds to the order of the rows.
func (q *Query[Self, Node, ID, P, O]) Order(o ...O) Self {
	q.order = append(q.order, o...)
	return q.self
}

// Limit bounds the number of rows.
func (q *Query[Self, Node, ID, P, O]) Limit(n int) Self {
	q.limit = &n
	return q.self
}

// Offset passes over the first rows.
func (q *Query[Self, Node, ID, P, O]) Offset(n int) Self {
	q.offset = &n
	return q.self
}

// Unique asks for distinct rows.
func (q *Query[Self, Node, ID, P, O]) Unique(unique bool) Self {
	q.unique = unique
	return q.self
}

// ForUpdate locks the rows against changes until the transaction ends. SQLite, which
// has one writer, does not know it: ask only on Postgres.
func (q *Query[Self, Node, ID, P, O]) ForUpdate(opts ...sql.LockOption) Self {
	q.modifiers = append(q.modifiers, func(s *sql.Selector) { s.ForUpdate(opts...) })
	return q.self
}

// ForShare lets others read the rows, but not change them, until the transaction ends.
func (q *Query[Self, Node, ID, P, O]) ForShare(opts ...sql.LockOption) Self {
	q.modifiers = append(q.modifiers, func(s *sql.Selector) { s.ForShare(opts...) })
	return q.self
}

// All returns the rows, an empty list where there are none.
func (q *Query[Self, Node, ID, P, O]) All(ctx context.Context) ([]Node, error) {
	if err := q.check(); err != nil {
		return nil, err
	}
	spec := sqlgraph.NewQuerySpec(q.table.Name, q.table.Columns, q.table.idSpec())
	if len(q.fields) > 0 {
		spec.Node.Columns = distinct(q.table.ID, q.fields, q.also)
	}
	q.restrict(spec)
	nodes := []Node{}
	spec.ScanValues, spec.Assign = q.table.rows(func(n Node) { nodes = append(nodes, n) })
	if err := sqlgraph.QueryNodes(ctx, q.driver, spec); err != nil {
		return nil, err
	}
	if len(nodes) == 0 {
		return nodes, nil
	}
	for _, edge := range q.edges {
		if err := edge.load(ctx, nodes); err != nil {
			return nil, err
		}
	}
	return nodes, nil
}

// First returns the first row, or a [NotFoundError].
func (q *Query[Self, Node, ID, P, O]) First(ctx context.Context) (Node, error) {
	q.Limit(1)
	nodes, err := q.All(ctx)
	return q.one(nodes, err)
}

// Only returns the row, or a [NotFoundError] or [NotSingularError].
func (q *Query[Self, Node, ID, P, O]) Only(ctx context.Context) (Node, error) {
	q.Limit(2)
	nodes, err := q.All(ctx)
	return q.one(nodes, err)
}

func (q *Query[Self, Node, ID, P, O]) one(nodes []Node, err error) (Node, error) {
	var none Node
	switch {
	case err != nil:
		return none, err
	case len(nodes) == 0:
		return none, q.table.notFound()
	case len(nodes) > 1:
		return none, &NotSingularError{q.table.Label}
	}
	return nodes[0], nil
}

// IDs returns the keys of the rows.
func (q *Query[Self, Node, ID, P, O]) IDs(ctx context.Context) ([]ID, error) {
	q.fields = []string{q.table.ID}
	var ids []ID
	err := q.scan(ctx, nil, &ids)
	return ids, err
}

// FirstID returns the key of the first row, or a [NotFoundError].
func (q *Query[Self, Node, ID, P, O]) FirstID(ctx context.Context) (ID, error) {
	q.Limit(1)
	return q.oneID(ctx)
}

// OnlyID returns the key of the row, or a [NotFoundError] or [NotSingularError].
func (q *Query[Self, Node, ID, P, O]) OnlyID(ctx context.Context) (ID, error) {
	q.Limit(2)
	return q.oneID(ctx)
}

func (q *Query[Self, Node, ID, P, O]) oneID(ctx context.Context) (ID, error) {
	var none ID
	ids, err := q.IDs(ctx)
	switch {
	case err != nil:
		return none, err
	case len(ids) == 0:
		return none, q.table.notFound()
	case len(ids) > 1:
		return none, &NotSingularError{q.table.Label}
	}
	return ids[0], nil
}

// Count counts the rows.
func (q *Query[Self, Node, ID, P, O]) Count(ctx context.Context) (int, error) {
	if err := q.check(); err != nil {
		return 0, err
	}
	spec := sqlgraph.NewQuerySpec(q.table.Name, slices.Clone(q.fields), q.table.idSpec())
	q.restrict(spec)
	return sqlgraph.CountNodes(ctx, q.driver, spec)
}

// Exist reports whether there is a row.
func (q *Query[Self, Node, ID, P, O]) Exist(ctx context.Context) (bool, error) {
	switch _, err := q.FirstID(ctx); {
	case IsNotFound(err):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("ent: check existence: %w", err)
	}
	return true, nil
}

func (q *Query[Self, Node, ID, P, O]) check() error {
	for _, f := range q.fields {
		if !q.table.valid(f) {
			return &ValidationError{f, fmt.Errorf("ent: invalid field %q for query", f)}
		}
	}
	return nil
}

func (q *Query[Self, Node, ID, P, O]) restrict(spec *sqlgraph.QuerySpec) {
	spec.Predicate, spec.Order, spec.Modifiers, spec.Unique = all(q.predicates), all(q.order), q.modifiers, q.unique
	if q.limit != nil {
		spec.Limit = *q.limit
	}
	if q.offset != nil {
		spec.Offset = *q.offset
	}
}

// scan runs the query for its fields and aggregates, into a pointer to a slice.
func (q *Query[Self, Node, ID, P, O]) scan(ctx context.Context, aggregates []AggregateFunc, v any) (err error) {
	if err := q.check(); err != nil {
		return err
	}
	b := sql.Dialect(q.driver.Dialect())
	t := b.Table(q.table.Name)
	columns := q.fields
	if len(columns) == 0 {
		columns = q.table.Columns
	}
	s := b.Select(t.Columns(columns...)...).From(t).WithContext(ctx)
	if q.unique {
		s.Distinct()
	}
	for _, m := range q.modifiers {
		m(s)
	}
	for _, p := range q.predicates {
		p(s)
	}
	for _, o := range q.order {
		o(s)
	}
	if q.offset != nil {
		s.Offset(*q.offset).Limit(math.MaxInt32) // no database takes an offset without a limit
	}
	if q.limit != nil {
		s.Limit(*q.limit)
	}
	texts := make([]string, len(aggregates))
	for i, f := range aggregates {
		texts[i] = f(s)
	}
	switch {
	case len(texts) > 0 && len(q.fields) == 0:
		s.Select(texts...)
	case len(texts) > 0:
		s.AppendSelect(texts...)
	}
	if err := s.Err(); err != nil {
		return err
	}
	rows := &sql.Rows{}
	text, args := s.Query()
	if err := q.driver.Query(ctx, text, args, rows); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	return sql.ScanSlice(rows, v)
}

func distinct(first string, lists ...[]string) []string {
	out := []string{first}
	for _, list := range lists {
		for _, s := range list {
			if !slices.Contains(out, s) {
				out = append(out, s)
			}
		}
	}
	return out
}
