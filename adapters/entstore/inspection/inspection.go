// Package inspection tells operators what a database knows of itself: its size, its largest
// tables, the indexes that nobody uses, and the statements that took the longest.
//
// It promises to ask only what is cheap, whatever the size of the database, to say what the
// database cannot tell instead of guessing, and that what cannot be read now costs the rest
// neither its place nor more than a second: the size of a table waits behind whoever locks it.
package inspection

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
)

const (
	maxRows = 50
	timeout = time.Second // of each section
)

// Section is a part of a [Report] that is read by itself.
type Section string

// The sections.
const (
	Database   Section = "database" // Version, Size, CountedSince
	Tables     Section = "tables"
	Indexes    Section = "indexes" // Unused
	Statements Section = "statements"
)

// Report is what a database knows of itself.
type Report struct {
	Kind          string // "postgres" or "sqlite"
	Version       string
	Size          int64   // bytes
	Tables        []Table // the largest first; none on SQLite, which would have to count
	CountsIndexes bool    // whether it counts the uses of indexes
	CountedSince  time.Time
	Unused        []Index // no index that keeps values unique: it is there for that
	Statements    []Statement
	// NoStatements says why there are no Statements; empty where there are.
	NoStatements string
	// Unread are the sections that could not be read now, with the database's errors.
	Unread map[Section]error
}

// Table is one with what belongs to it.
type Table struct {
	Name string
	Rows int64 // about
	Size int64 // bytes, with its indexes
}

// Index is one that no query has used.
type Index struct {
	Name, Table string
	Size        int64 // bytes
}

// Statement is what pg_stat_statements counted of one text.
type Statement struct {
	Text       string
	Calls      int64
	Total, Max time.Duration
}

// Why there are no figures of statements.
const (
	NotCounted   = "the database counts none"
	NotInstalled = "the extension pg_stat_statements is not installed in this database"
	NotNow       = "pg_stat_statements could not be read now"
	NotReadable  = "pg_stat_statements is installed but cannot be read: is it in shared_preload_libraries?"
)

// Read asks the database, for one section after another, so that it needs one connection.
func Read(ctx context.Context, db *entstore.DB) Report {
	q := db.Queries()
	if db.Dialect() != entstore.Postgres {
		r := Report{Kind: "sqlite", NoStatements: NotCounted, Unread: map[Section]error{}}
		r.read(ctx, Database, func(ctx context.Context) error {
			return one(ctx, q, "SELECT sqlite_version(), page_count * page_size FROM pragma_page_count, pragma_page_size", &r.Version, &r.Size)
		})
		return r
	}
	r := Report{Kind: "postgres", CountsIndexes: true, Unread: map[Section]error{}}
	r.read(ctx, Database, func(ctx context.Context) error {
		var since sql.NullTime
		err := one(ctx, q, `SELECT current_setting('server_version'), pg_database_size(datname), stats_reset FROM pg_stat_database WHERE datname = current_database()`, &r.Version, &r.Size, &since)
		r.CountedSince = since.Time
		return err
	})
	r.read(ctx, Tables, func(ctx context.Context) error {
		return all(ctx, q, `SELECT c.relname, greatest(c.reltuples, 0)::bigint, pg_total_relation_size(c.oid) FROM pg_class c
			WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' ORDER BY 3 DESC, 1 LIMIT $1`, []any{maxRows},
			func(rows *sql.Rows) error {
				var t Table
				err := rows.Scan(&t.Name, &t.Rows, &t.Size)
				r.Tables = append(r.Tables, t)
				return err
			})
	})
	r.read(ctx, Indexes, func(ctx context.Context) error {
		return all(ctx, q, `SELECT s.indexrelname, s.relname, pg_relation_size(s.indexrelid) FROM pg_stat_user_indexes s JOIN pg_index i ON i.indexrelid = s.indexrelid
			WHERE s.idx_scan = 0 AND NOT i.indisunique AND s.schemaname = current_schema() ORDER BY 3 DESC, 1 LIMIT $1`, []any{maxRows},
			func(rows *sql.Rows) error {
				var i Index
				err := rows.Scan(&i.Name, &i.Table, &i.Size)
				r.Unused = append(r.Unused, i)
				return err
			})
	})
	r.read(ctx, Statements, func(ctx context.Context) error { return statements(ctx, q, &r) })
	if r.Unread[Statements] != nil {
		r.Statements, r.NoStatements = nil, NotNow
	}
	return r
}

// read reads a section within its time.
func (r *Report) read(ctx context.Context, s Section, read func(context.Context) error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	if err := read(ctx); err != nil {
		r.Unread[s] = err
	}
}

// statements reads pg_stat_statements where it is and lets us: of this program's own user
// and of what works on rows, since a statement of another kind may hold a password, without
// its literals.
func statements(ctx context.Context, q entstore.Querier, r *Report) error {
	var schema string
	err := one(ctx, q, `SELECT quote_ident(n.nspname) FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'pg_stat_statements'`, &schema)
	if errors.Is(err, sql.ErrNoRows) {
		r.NoStatements = NotInstalled
		return nil
	}
	if err != nil {
		return err
	}
	err = all(ctx, q, `SELECT query, calls, total_exec_time, max_exec_time FROM `+schema+`.pg_stat_statements
		WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) AND userid = (SELECT oid FROM pg_roles WHERE rolname = current_user)
			AND query ~* '^\s*(select|with|insert|update|delete)\M' ORDER BY total_exec_time DESC LIMIT $1`, []any{maxRows},
		func(rows *sql.Rows) error {
			var (
				s               Statement
				total, greatest float64 // milliseconds
			)
			err := rows.Scan(&s.Text, &s.Calls, &total, &greatest)
			s.Text, s.Total, s.Max = redacted(s.Text), milliseconds(total), milliseconds(greatest)
			r.Statements = append(r.Statements, s)
			return err
		})
	if code, _ := entstore.PostgresError(err); code == "55000" || code == "42501" {
		r.NoStatements = NotReadable
		return nil
	}
	return err
}

func milliseconds(n float64) time.Duration { return time.Duration(n * float64(time.Millisecond)) }

// one reads one row; sql.ErrNoRows.
func one(ctx context.Context, q entstore.Querier, query string, into ...any) error {
	found := false
	err := all(ctx, q, query, nil, func(rows *sql.Rows) error { found = true; return rows.Scan(into...) })
	if err == nil && !found {
		return sql.ErrNoRows
	}
	return err
}

func all(ctx context.Context, q entstore.Querier, query string, args []any, each func(*sql.Rows) error) error {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return fmt.Errorf("inspection: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := each(rows); err != nil {
			return fmt.Errorf("inspection: %w", err)
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("inspection: %w", err)
	}
	return nil
}
