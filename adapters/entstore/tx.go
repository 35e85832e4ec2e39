package entstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"
)

// Tx is one open transaction: ent's driver on it, for the client of each context, and
// the transaction itself for the job queue, so that rows and jobs are committed together.
type Tx struct {
	SQL    *sql.Tx
	conn   Querier
	driver dialect.Driver
	stale  *[]string // see Invalidate
	after  *[]func() // see OnCommit
}

// Driver is what a client of ent is made on.
func (tx Tx) Driver() dialect.Driver { return tx.driver }

// Queries is SQL that a store has put together itself, in the transaction.
func (tx Tx) Queries() Querier { return tx.conn }

// Dialect is SQLite or Postgres.
func (tx Tx) Dialect() string { return tx.driver.Dialect() }

// OnCommit has f called when the transaction is committed, before [DB.Do] returns; not when
// it is rolled back.
func (tx Tx) OnCommit(f func()) { *tx.after = append(*tx.after, f) }

type inTransaction struct{}

// InTransaction reports whether ctx is that of a function which [DB.Do] runs: nothing
// else is asked meanwhile, because a server that does not answer would keep the locks.
func InTransaction(ctx context.Context) bool { return ctx.Value(inTransaction{}) != nil }

var (
	errNested   = errors.New("entstore: a transaction was begun inside another one")
	errPanicked = errors.New("entstore: what ran in the transaction panicked")
)

// Do runs fn in one transaction: committed when fn returns nil, rolled back when
// it returns an error or panics. It tries once: a caller that wants another try
// must be told that its first did not happen. That is so after a deadlock (40P01) and a
// failed serialization (40001), too, which the database has rolled back: fn may have
// written to variables of its caller, and nobody else knows whether it may run again. A
// job is run again by its queue; who sent a request is told to. Instead, stores lock in one
// order: organizations before people, a billing account before what refers to it, rows of
// one table by id. It fails with fn's error, with that of ctx, or with ErrUnavailable. It
// does not nest.
func (db *DB) Do(ctx context.Context, fn func(ctx context.Context, tx Tx) error) (err error) {
	if InTransaction(ctx) {
		return errNested
	}
	committed := false
	if db.transactions != nil {
		watched, end := db.transactions(ctx)
		if ctx = watched; end != nil {
			defer func() {
				if err == nil && !committed {
					end(errPanicked)
					return
				}
				end(err)
			}()
		}
	}
	tx, err := db.write.BeginTx(ctx, nil)
	if err != nil {
		return Failure(err, Rules{}, "entstore: begin")
	}
	defer func() {
		if committed {
			return
		}
		// Also the way out of a panic. The rollback's own error says nothing that
		// the first one does not: either it happened, or the connection is gone.
		_ = tx.Rollback()
	}()
	if db.idleTimeout != "" {
		if _, err := tx.ExecContext(ctx, "SELECT set_config($1, $2, true)", idleTimeout, db.idleTimeout); err != nil {
			return Failure(err, Rules{}, "entstore: begin")
		}
	}
	// Together, so that who watches costs no transaction an allocation.
	var open struct {
		watched
		stale []string
		after []func()
	}
	var conn Querier = tx
	if len(db.watchers) > 0 {
		open.watched = watched{tx, db, true}
		conn = &open.watched
	}
	driver := joined{entsql.NewDriver(db.dialect, entsql.Conn{ExecQuerier: conn})}
	if err := fn(context.WithValue(ctx, inTransaction{}, true), Tx{SQL: tx, conn: conn, driver: driver, stale: &open.stale, after: &open.after}); err != nil {
		return Failure(ended(ctx, err), Rules{}, "")
	}
	var note int64
	stale := distinct(open.stale)
	if len(stale) > 0 {
		if db.invalidating != nil {
			if err := db.invalidating(ctx, tx, stale); err != nil {
				return Failure(ended(ctx, err), Rules{}, "")
			}
		}
		if note, err = db.noteInvalidation(ctx, tx, stale); err != nil {
			return err
		}
	}
	if err := tx.Commit(); err != nil {
		return Failure(ended(ctx, err), Rules{}, "entstore: commit")
	}
	committed = true
	if note > 0 && db.invalidated != nil {
		db.invalidated(note, stale)
	}
	for _, f := range open.after {
		f()
	}
	return nil
}

// ended says why a transaction that is no more has ended: database/sql rolls it back
// as soon as its context is over, and tells the next statement only that it did.
func ended(ctx context.Context, err error) error {
	if errors.Is(err, sql.ErrTxDone) && ctx.Err() != nil {
		return fmt.Errorf("%w: %w", ctx.Err(), err)
	}
	return err
}

// joined lets ent's operations that open a transaction of their own take part in
// the one they run in.
type joined struct{ dialect.Driver }

// Tx implements dialect.Driver.
func (d joined) Tx(context.Context) (dialect.Tx, error) { return dialect.NopTx(d.Driver), nil }
