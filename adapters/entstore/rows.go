package entstore

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
)

// Rows are what a query found; Close them.
type Rows interface {
	Next() bool
	Scan(dest ...any) error
	Err() error
	Close() error
}

// Query runs SQL that a store has put together itself, outside any transaction.
// It is the short way for what readers ask for most: prepared once, and on
// Postgres straight from the pool, because database/sql over a pool of pgx makes
// and drops a connection of its own for every query.
func (db *DB) Query(ctx context.Context, query string, args ...any) (Rows, error) {
	if db.pool == nil {
		return db.Queries().QueryContext(ctx, query, args...)
	}
	begun := time.Now()
	rows, err := db.pool.Query(ctx, query, args...)
	if err != nil {
		db.notify(ctx, Statement{Text: query, Args: args, Begun: begun, Took: time.Since(begun), Err: err})
		return nil, err
	}
	if len(db.watchers) == 0 {
		return pooled{rows}, nil
	}
	return &watchedRows{pooled: pooled{rows}, db: db, ctx: ctx, statement: Statement{Text: query, Args: args, Begun: begun}}, nil
}

// Each runs a query like Query, and row for each of the rows that it finds, whose values scan
// reads. It ends with the first error of row, which is its own.
func (db *DB) Each(ctx context.Context, query string, args []any, row func(scan func(dest ...any) error) error) (err error) {
	rows, err := db.Query(ctx, query, args...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		if err := row(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

// Placeholder stands in a text of SQL for the nth argument, from 1.
func (db *DB) Placeholder(n int) string {
	if db.dialect == Postgres {
		return "$" + strconv.Itoa(n)
	}
	return "?" + strconv.Itoa(n)
}

// pooled gives its connection back to the pool when it is closed.
type pooled struct{ pgx.Rows }

// Close implements [Rows].
func (r pooled) Close() error {
	r.Rows.Close()
	return r.Err()
}

// watchedRows notify those who watch when they are closed: the pool answers before there is a row.
type watchedRows struct {
	pooled
	db        *DB
	ctx       context.Context //nolint:containedctx // of the one question that it answers
	statement Statement
}

// Close implements [Rows].
func (r *watchedRows) Close() error {
	err := r.pooled.Close()
	if r.db != nil { // the first time
		r.statement.Took, r.statement.Err = time.Since(r.statement.Begun), err
		r.db.notify(r.ctx, r.statement)
		r.db = nil
	}
	return err
}
