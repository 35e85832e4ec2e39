package entstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/neoforge-dev/neoforge/ent/builder"
	"github.com/neoforge-dev/neoforge/ports/fault"
)

// ErrUnavailable reports that the database cannot be reached, or cannot write.
var ErrUnavailable = fault.New(fault.Unavailable, "platform.database_unavailable",
	"The database does not answer at the moment. Try again in a few seconds.")

// Rules translate what a database says into a module's errors: Absent when there
// is no row, Unique by the name of the broken unique index. Indexes is the context's
// generated UniqueIndexes.
type Rules struct {
	Absent  error
	Unique  map[string]error
	Indexes map[string]string
}

// Failure wraps a store's error with the operation, translated by the rules. It
// keeps an error that is translated already, and answers nil for nil.
func Failure(err error, r Rules, operation string, args ...any) error {
	if err == nil {
		return nil
	}
	translated := translate(err, r)
	if operation == "" {
		return translated
	}
	return fmt.Errorf(operation+": %w", append(args, translated)...)
}

func translate(err error, r Rules) error {
	if fault.As(err) != nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	if r.Absent != nil && (builder.IsNotFound(err) || errors.Is(err, sql.ErrNoRows) || errors.Is(err, errNoID)) {
		return r.Absent
	}
	if rule, ok := r.Unique[BrokenIndex(err, r.Indexes)]; ok {
		return rule
	}
	if lost(err) {
		return unavailable(err)
	}
	return err
}

func unavailable(err error) error { return fmt.Errorf("%w: %w", ErrUnavailable, err) }

// PostgresError returns the code (SQLSTATE) and the words of an error that Postgres, or
// a pooler before it, answered; empty for every other error.
func PostgresError(err error) (code, message string) {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code, pg.Message
	}
	return "", ""
}

// BrokenIndex returns the name of the unique index that an insert or update would
// have broken; empty for every other error. Postgres tells the name; SQLite tells
// the columns, which lead to the same name by names, a generated UniqueIndexes.
func BrokenIndex(err error, names map[string]string) string {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		if pg.Code == "23505" {
			return pg.ConstraintName
		}
		return ""
	}
	var lite *sqlite.Error
	if !errors.As(err, &lite) {
		return ""
	}
	switch lite.Code() {
	case sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY:
	default:
		return ""
	}
	_, columns, ok := strings.Cut(lite.Error(), "UNIQUE constraint failed: ")
	if !ok {
		return ""
	}
	columns, _, _ = strings.Cut(columns, " (") // the driver adds the error's number
	return names[columns]
}

// lost reports whether the database, not the statement, is at fault.
func lost(err error) bool {
	var connect *pgconn.ConnectError
	if errors.As(err, &connect) { // whatever the server gave as its reason
		return true
	}
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		switch pg.Code[:min(2, len(pg.Code))] {
		case "08", // connection
			"53", // disk full, out of memory, too many connections
			"57", // shutting down, crashed, starting up; cancelled by an operator
			"58": // input or output
			return true
		}
		switch pg.Code {
		case readOnly,
			"25P03", "25P04", // the transaction stood still, or was open, for too long
			"40001", "40P01", // a deadlock was broken
			"55P03": // a lock that is not waited for
			return true
		}
		return false
	}
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		switch lite.Code() & 0xff {
		case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR,
			sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY:
			return true
		}
		return false
	}
	var network net.Error
	return errors.As(err, &network) || errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) ||
		errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNRESET) ||
		errors.Is(err, pgconn.ErrConnClosed) || pgconn.SafeToRetry(err) // it ended under its transaction; nothing was sent
}
