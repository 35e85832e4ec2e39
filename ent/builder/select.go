package builder

import (
	"context"

	"entgo.io/ent/dialect/sql"
)

// AggregateFunc is a column that is computed of many rows.
type AggregateFunc func(*sql.Selector) string

// Select reads chosen fields of a query's rows.
type Select struct {
	label      string
	scan       func(ctx context.Context, aggregates []AggregateFunc, v any) error
	aggregates []AggregateFunc
}

// StartSelect adds fields to those that a query reads, and returns the way to read them.
func StartSelect[Self, Node, ID any, P, O Predicate](q *Query[Self, Node, ID, P, O], fields []string) Select {
	q.fields = append(q.fields, fields...)
	return Select{label: q.table.Label, scan: q.scan}
}

// AddAggregates adds columns that are computed.
func AddAggregates(s *Select, fns []AggregateFunc) { s.aggregates = append(s.aggregates, fns...) }

// Scan reads the rows into v, a pointer to a slice: of structs whose fields are named
// after the columns, or of values where there is one column.
func (s *Select) Scan(ctx context.Context, v any) error { return s.scan(ctx, s.aggregates, v) }

// Strings reads one column of texts.
func (s *Select) Strings(ctx context.Context) ([]string, error) { return scanAll[string](ctx, s) }

// Ints reads one column of integers.
func (s *Select) Ints(ctx context.Context) ([]int, error) { return scanAll[int](ctx, s) }

// Bools reads one column of truth values.
func (s *Select) Bools(ctx context.Context) ([]bool, error) { return scanAll[bool](ctx, s) }

// Float64s reads one column of numbers.
func (s *Select) Float64s(ctx context.Context) ([]float64, error) { return scanAll[float64](ctx, s) }

// String reads the text of one row.
func (s *Select) String(ctx context.Context) (string, error) { return scanOne[string](ctx, s) }

// Int reads the integer of one row.
func (s *Select) Int(ctx context.Context) (int, error) { return scanOne[int](ctx, s) }

// Bool reads the truth value of one row.
func (s *Select) Bool(ctx context.Context) (bool, error) { return scanOne[bool](ctx, s) }

// Float64 reads the number of one row.
func (s *Select) Float64(ctx context.Context) (float64, error) { return scanOne[float64](ctx, s) }

func scanAll[T any](ctx context.Context, s *Select) ([]T, error) {
	var out []T
	err := s.Scan(ctx, &out)
	return out, err
}

func scanOne[T any](ctx context.Context, s *Select) (T, error) {
	out, err := scanAll[T](ctx, s)
	switch {
	case err != nil:
	case len(out) == 0:
		err = &NotFoundError{s.label}
	case len(out) > 1:
		err = &NotSingularError{s.label}
	default:
		return out[0], nil
	}
	var none T
	return none, err
}
