package entstore

import (
	"context"

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
		return db.queries.QueryContext(ctx, query, args...)
	}
	rows, err := db.pool.Query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	return pooled{rows}, nil
}

// pooled gives its connection back to the pool when it is closed.
type pooled struct{ pgx.Rows }

// Close implements [Rows].
func (r pooled) Close() error {
	r.Rows.Close()
	return r.Err()
}
