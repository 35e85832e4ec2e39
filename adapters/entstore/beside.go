package entstore

import (
	"context"
	"database/sql"
	"errors"
	"strconv"
	"strings"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"
)

var (
	errNotInsert = errors.New("entstore: only inserts go beside a query")
	errNoAnswer  = errors.New("entstore: the query found no row")
)

// QueryBeside inserts rows and asks a query that finds one row, whose columns it scans into
// dest: on Postgres by one statement, which costs one way there and back, on SQLite one
// after another. insert makes the rows by ent's CreateBulk on a client of the driver that it is
// given; of those that are made, ids that the database chooses stay unknown to it. The query
// has $1 and so on for its arguments. Whether it sees the rows differs between the
// databases, so it asks of other tables.
func (tx Tx) QueryBeside(ctx context.Context, query string, args, dest []any, insert func(dialect.Driver) error) error {
	if tx.Dialect() != Postgres {
		if err := insert(tx.driver); err != nil {
			return err
		}
		return one(ctx, tx.conn, query, args, dest)
	}
	with := inserts{args: args}
	if err := insert(&with); err != nil {
		return err
	}
	if with.text.Len() > 0 {
		query = "WITH " + with.text.String() + " " + query
	}
	return one(ctx, tx.conn, query, with.args, dest)
}

func one(ctx context.Context, q Querier, query string, args, dest []any) (err error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	if rows.Next() {
		return rows.Scan(dest...)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	return errNoAnswer
}

// inserts is a driver that keeps what it is given as parts of a WITH.
type inserts struct {
	text  strings.Builder
	parts int
	args  []any // those of the query first, which keep their numbers
}

var _ dialect.Driver = (*inserts)(nil)

// Query implements [dialect.Driver]. A bulk of rows is a query for their ids; it finds none
// before they are there.
func (s *inserts) Query(_ context.Context, query string, args, dest any) error {
	given, ok := args.([]any)
	rows, known := dest.(*entsql.Rows)
	if !ok || !known || !strings.HasPrefix(query, "INSERT INTO ") {
		return errNotInsert
	}
	if s.parts++; s.parts > 1 {
		s.text.WriteString(", ")
	}
	s.text.WriteString("inserted" + strconv.Itoa(s.parts) + " AS (")
	renumber(&s.text, query, len(s.args))
	s.text.WriteByte(')')
	s.args = append(s.args[:len(s.args):len(s.args)], given...)
	*rows = entsql.Rows{ColumnScanner: noRows{}}
	return nil
}

// renumber writes a text of ent's with its arguments counted from another number. Its names
// and values hold no $: the names are ours, and values are arguments.
func renumber(w *strings.Builder, query string, by int) {
	for {
		before, rest, found := strings.Cut(query, "$")
		w.WriteString(before)
		if !found {
			return
		}
		end := 0
		for end < len(rest) && '0' <= rest[end] && rest[end] <= '9' {
			end++
		}
		n, _ := strconv.Atoi(rest[:end]) // digits, few of them
		w.WriteByte('$')
		w.WriteString(strconv.Itoa(n + by))
		query = rest[end:]
	}
}

// Exec implements [dialect.Driver].
func (*inserts) Exec(context.Context, string, any, any) error { return errNotInsert }

// Tx implements [dialect.Driver].
func (s *inserts) Tx(context.Context) (dialect.Tx, error) { return dialect.NopTx(s), nil }

// Close implements [dialect.Driver].
func (*inserts) Close() error { return nil }

// Dialect implements [dialect.Driver].
func (*inserts) Dialect() string { return Postgres }

// noRows are rows of which there is none.
type noRows struct{}

var _ entsql.ColumnScanner = noRows{}

// Close implements [entsql.ColumnScanner].
func (noRows) Close() error { return nil }

// ColumnTypes implements [entsql.ColumnScanner].
func (noRows) ColumnTypes() ([]*sql.ColumnType, error) { return nil, nil }

// Columns implements [entsql.ColumnScanner].
func (noRows) Columns() ([]string, error) { return nil, nil }

// Err implements [entsql.ColumnScanner].
func (noRows) Err() error { return nil }

// Next implements [entsql.ColumnScanner].
func (noRows) Next() bool { return false }

// NextResultSet implements [entsql.ColumnScanner].
func (noRows) NextResultSet() bool { return false }

// Scan implements [entsql.ColumnScanner].
func (noRows) Scan(...any) error { return sql.ErrNoRows }
