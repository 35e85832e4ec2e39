// Package entstoretest gives tests of stores a migrated database and the event
// store on it.
package entstoretest

import (
	"testing"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/adapters/entstore/eventstore"
	"github.com/neoforge-dev/neoforge/adapters/entstore/migrations"
	"github.com/neoforge-dev/neoforge/adapters/jobqueue"
	"github.com/neoforge-dev/neoforge/adapters/uuidv7"
	"github.com/neoforge-dev/neoforge/ports/clock"
	"github.com/neoforge-dev/neoforge/ports/events"
)

// MustOpen opens and migrates a database and closes it with the test.
func MustOpen(tb testing.TB, url string) *entstore.DB {
	tb.Helper()
	db, err := entstore.Open(tb.Context(), url, entstore.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := db.Close(); err != nil {
			tb.Error(err)
		}
	})
	if err := migrations.Up(tb.Context(), db); err != nil {
		tb.Fatal(err)
	}
	return db
}

// MustSQLite opens a database of the test's own.
func MustSQLite(tb testing.TB) *entstore.DB {
	tb.Helper()
	return MustOpen(tb, "sqlite://:memory:")
}

// MustQueue makes a queue on db that works nothing until the test starts it.
func MustQueue(tb testing.TB, db *entstore.DB) *jobqueue.Queue {
	tb.Helper()
	queue, err := jobqueue.New(db, jobqueue.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	return queue
}

// MustBox makes the event store on db, with the system's clock.
func MustBox(tb testing.TB, db *entstore.DB, subscribers ...events.Subscriber) *eventstore.Store {
	tb.Helper()
	box, err := eventstore.New(db, MustQueue(tb, db), func() []events.Subscriber { return subscribers }, clock.System{}, uuidv7.Generator{})
	if err != nil {
		tb.Fatal(err)
	}
	return box
}
