package migrations

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"

	"github.com/pressly/goose/v3/lock"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
)

// alone runs fn while no other process of the same database does.
//
// Postgres has advisory locks, which the provider takes. SQLite has none; the
// lock is an exclusive transaction on an empty database beside the real one,
// which ends with the process that held it, however it ended. The file stays: to
// remove it would let a third process lock another file of the same name.
func alone(ctx context.Context, db *entstore.DB, fn func() error) (err error) {
	if db.Sessions() == nil {
		return ErrNoSessions
	}
	if db.Dialect() == entstore.Postgres {
		return fn()
	}
	source := url.URL{Scheme: "file", Opaque: (&url.URL{Path: db.Path() + "-migrate"}).EscapedPath()}
	source.RawQuery = url.Values{"_pragma": {"busy_timeout(600000)"}, "_txlock": {"exclusive"}}.Encode()
	beside, err := sql.Open("sqlite", source.String())
	if err != nil {
		return entstore.Failure(err, entstore.Rules{}, "migrations: open the lock")
	}
	defer func() { err = errors.Join(err, beside.Close()) }()
	tx, err := beside.BeginTx(ctx, nil)
	if err != nil {
		return entstore.Failure(err, entstore.Rules{}, "migrations: wait for the lock")
	}
	defer func() { err = errors.Join(err, tx.Rollback()) }()
	return fn()
}

// aloneThroughout is alone for what calls the provider more than once: on Postgres a
// connection that does nothing else holds the lock meanwhile, and the provider of fn
// must not take it.
func aloneThroughout(ctx context.Context, db *entstore.DB, fn func() error) error {
	return alone(ctx, db, func() (err error) {
		if db.Dialect() != entstore.Postgres {
			return fn()
		}
		locker, err := sessionLocker()
		if err != nil {
			return err
		}
		conn, err := db.Sessions().Conn(ctx)
		if err != nil {
			return entstore.Failure(err, entstore.Rules{}, "migrations: open the lock")
		}
		defer func() { err = errors.Join(err, conn.Close()) }()
		if err := locker.SessionLock(ctx, conn); err != nil {
			return entstore.Failure(err, entstore.Rules{}, "migrations: wait for the lock")
		}
		// Also when ctx has ended: the connection goes back to the pool.
		defer func() { err = errors.Join(err, locker.SessionUnlock(context.WithoutCancel(ctx), conn)) }()
		return fn()
	})
}

// sessionLocker asks each second, for ten minutes.
func sessionLocker() (lock.SessionLocker, error) {
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 600))
	if err != nil {
		return nil, fmt.Errorf("migrations: make the lock: %w", err)
	}
	return locker, nil
}
