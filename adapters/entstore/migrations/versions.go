package migrations

import (
	"context"
	"fmt"
	"strings"

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

// TableExists implements database.StoreExtender, which goose's store of SQLite does not.
func (v versions) TableExists(ctx context.Context, db database.DBTxConn) (exists bool, err error) {
	if v.dialect == entstore.SQLite {
		err = db.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = $1)", v.Tablename()).Scan(&exists)
		return exists, err
	}
	return v.Store.(database.StoreExtender).TableExists(ctx, db)
}

// applied lists what the table has, in the order in which it was applied; nothing of a
// table that is not there yet.
func (v versions) applied(ctx context.Context, db database.DBTxConn) (out []Migration, err error) {
	if exists, err := v.TableExists(ctx, db); err != nil || !exists {
		return nil, err
	}
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

// contextsIn lists the contexts that have a table of versions in the database, in order.
func contextsIn(ctx context.Context, db *entstore.DB) (names []string, err error) {
	query := "SELECT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' AND c.name IN ('version_id', 'is_applied', 'tstamp') GROUP BY m.name HAVING count(*) = 3 ORDER BY m.name"
	if db.Dialect() == entstore.Postgres {
		query = "SELECT table_name::text FROM information_schema.columns WHERE table_schema = current_schema() AND column_name IN ('version_id', 'is_applied', 'tstamp') GROUP BY table_name HAVING count(*) = 3 ORDER BY table_name"
	}
	rows, err := db.SQL().QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var table string
		if err := rows.Scan(&table); err != nil {
			return nil, err
		}
		if name, ok := strings.CutSuffix(table, "_migrations"); ok && entstore.IsContext(name) {
			names = append(names, name)
		}
	}
	return names, rows.Err()
}
