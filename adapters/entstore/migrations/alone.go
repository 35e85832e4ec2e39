package migrations

import (
	"context"
	"database/sql"
	"errors"
	"net/url"

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
