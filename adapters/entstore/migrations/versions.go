package migrations

import (
	"context"
	"fmt"

	"github.com/pressly/goose/v3/database"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
)

// versions is the table that remembers what is applied of one context.
type versions struct {
	database.Store
	dialect string
}

func versionsOf(dialect string, of entstore.Tables) (versions, error) {
	its := database.DialectSQLite3
	if dialect == entstore.Postgres {
		its = database.DialectPostgres
	}
	store, err := database.NewStore(its, of.Context+"_migrations")
	if err != nil {
		return versions{}, fmt.Errorf("migrations: open the versions of %s: %w", of.Context, err)
	}
	return versions{store, dialect}, nil
}

// CreateVersionTable implements database.Store. Goose has SQLite remember the second,
// in which several contexts migrate; this is fine enough to tell what came last.
func (v versions) CreateVersionTable(ctx context.Context, db database.DBTxConn) error {
	if v.dialect != entstore.SQLite {
		return v.Store.CreateVersionTable(ctx, db)
	}
	_, err := db.ExecContext(ctx, "CREATE TABLE "+v.Tablename()+" (id INTEGER PRIMARY KEY AUTOINCREMENT, version_id INTEGER NOT NULL,"+
		" is_applied INTEGER NOT NULL, tstamp TIMESTAMP DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now')))")
	return err
}

// TableExists implements database.StoreExtender.
func (v versions) TableExists(ctx context.Context, db database.DBTxConn) (bool, error) {
	return v.Store.(database.StoreExtender).TableExists(ctx, db)
}

// applied lists what the table has, in the order in which it was applied.
func (v versions) applied(ctx context.Context, db database.DBTxConn) (out []Migration, err error) {
	rows, err := db.QueryContext(ctx, "SELECT version_id, tstamp FROM "+v.Tablename()+" WHERE version_id > 0 AND is_applied = "+v.yes()+" ORDER BY id")
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var m Migration
		if err := rows.Scan(&m.Version, &m.AppliedAt); err != nil {
			return nil, err
		}
		m.AppliedAt = m.AppliedAt.UTC()
		out = append(out, m)
	}
	return out, rows.Err()
}

func (v versions) yes() string {
	if v.dialect == entstore.Postgres {
		return "true"
	}
	return "1"
}
