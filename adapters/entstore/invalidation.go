package entstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
)

// Invalidate notes that the transaction makes stale what is cached under the tags. The
// note is a row of platform_invalidations, which is committed with the change or not at
// all: every process reads it soon after, whoever else could be told. A store calls it
// where it writes the rows that are cached.
func (tx Tx) Invalidate(tags ...string) { *tx.stale = append(*tx.stale, tags...) }

// Origin tells the invalidations of this handle from those of other processes.
func (db *DB) Origin() string { return db.origin }

// OnInvalidation has f called with each note that this handle has committed, before Do
// returns. It is to be called before the first Do.
func (db *DB) OnInvalidation(f func(id int64, tags []string)) { db.invalidated = f }

// WithInvalidation has f called in each transaction that makes something stale, before it
// is committed, with the tags: what f writes is committed with the change. It is to be
// called before the first Do.
func (db *DB) WithInvalidation(f func(ctx context.Context, tx *sql.Tx, tags []string) error) {
	db.invalidating = f
}

// noteInvalidation writes what the transaction has made stale. It is the last statement
// before the commit, so that the order of ids and that of commits hardly differ.
func (db *DB) noteInvalidation(ctx context.Context, tx *sql.Tx, tags []string) (id int64, err error) {
	list, err := json.Marshal(tags)
	if err != nil {
		return 0, fmt.Errorf("entstore: encode tags: %w", err)
	}
	query := "INSERT INTO platform_invalidations (origin, tags, at) VALUES (?, ?, strftime('%Y-%m-%d %H:%M:%f', 'now')) RETURNING id"
	if db.dialect == Postgres {
		query = "INSERT INTO platform_invalidations (origin, tags, at) VALUES ($1, $2, now()) RETURNING id"
	}
	err = tx.QueryRowContext(ctx, query, db.origin, string(list)).Scan(&id)
	return id, Failure(ended(ctx, err), Rules{}, "entstore: note %d invalidations", len(tags))
}

func distinct(tags []string) []string {
	slices.Sort(tags)
	return slices.Compact(tags)
}
