package entstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	_ "modernc.org/sqlite" // the driver "sqlite"
)

const inMemory = ":memory:"

// openSQLite opens two pools on one file. Write-ahead logging lets readers go on
// while the one writer writes; a second writing connection would only make
// transactions wait for each other inside SQLite instead of in the pool.
//
// An in-memory database is a file in a temporary folder whose writes are not
// forced to disk: a real one in memory locks tables between connections, which no
// other database here does.
func openSQLite(path string, o Options) (*DB, error) {
	db := &DB{dialect: SQLite}
	durability := "synchronous(FULL)" // an acknowledged write survives a power cut
	if path == inMemory {
		dir, err := os.MkdirTemp("", "neoforge-*")
		if err != nil {
			return nil, fmt.Errorf("entstore: make a folder for the database: %w", err)
		}
		db.cleanup = append(db.cleanup, func() error { return os.RemoveAll(dir) })
		path, durability = filepath.Join(dir, "memory.db"), "synchronous(OFF)"
	}
	if path == "" {
		return nil, errors.New("entstore: the database URL names no file; write sqlite:// and a path")
	}
	path = filepath.Clean(path) // what follows two slashes would be taken for a host
	db.path = path
	if err := prepareFile(path); err != nil {
		return nil, errors.Join(err, db.Close())
	}

	// Half of the cache is the writer's, which also reads what its rules need.
	write, err := sql.Open("sqlite", sqliteSource(path, o.CacheSize/2, durability, "immediate"))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("entstore: open %s: %w", path, err), db.Close())
	}
	write.SetMaxOpenConns(1)
	write.SetMaxIdleConns(1)
	db.write = write
	db.cleanup = append(db.cleanup, write.Close)

	// The reading connections would not see an empty file as a database in WAL
	// mode before the writer has made it one; see Open, which pings in this order.
	read, err := sql.Open("sqlite", sqliteSource(path, o.CacheSize/2/o.MaxOpen, "query_only(1)", "deferred"))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("entstore: open %s: %w", path, err), db.Close())
	}
	read.SetMaxOpenConns(o.MaxOpen)
	read.SetMaxIdleConns(o.MaxOpen)
	db.read = read
	db.cleanup = append(db.cleanup, read.Close)

	stmts := newStatements(read)
	db.queries = stmts
	db.cleanup = append(db.cleanup, stmts.Close)
	return db, nil
}

// forgetStatistics takes away what somebody's ANALYZE left in the file. With it SQLite takes
// the whole table for the quicker way to the newest twenty rows, since it sees how many there
// are and not that a limit ends the walk of an index: four seconds of a million posts. Without
// it plans are those that tests have seen. A file that cannot be written to goes on as it is.
func (db *DB) forgetStatistics(ctx context.Context) {
	conn, err := db.write.Conn(ctx)
	if err != nil {
		return
	}
	defer func() { _ = conn.Close() }()
	for _, table := range []string{"sqlite_stat1", "sqlite_stat4"} {
		var found bool
		if err := conn.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = ?)", table).Scan(&found); err != nil || !found {
			continue
		}
		if _, err := conn.ExecContext(ctx, "DROP TABLE "+table); err == nil {
			defer func() { _ = conn.Raw(func(any) error { return driver.ErrBadConn }) }() // it has read them
		}
	}
}

// prepareFile makes the database's file readable by its owner alone: it holds
// hashes of passwords and of sessions.
func prepareFile(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return fmt.Errorf("entstore: make the folder of the database: %w", err)
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("entstore: open the database: %w", err)
	}
	return f.Close()
}

func sqliteSource(path string, cache int, mode, txlock string) string {
	q := url.Values{}
	for _, pragma := range []string{
		"busy_timeout(5000)", // first: the others wait for a busy database too
		"journal_mode(WAL)",
		"foreign_keys(1)",
		"cache_size(-" + strconv.Itoa(max(256, cache>>10)) + ")",
		mode,
	} {
		q.Add("_pragma", pragma)
	}
	q.Set("_time_format", "sqlite")
	q.Set("_txlock", txlock)
	// In a URI, SQLite reads ?, # and % of the path as syntax.
	escaped := strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(filepath.ToSlash(path))
	return "file:" + escaped + "?" + q.Encode()
}
