// Package entstoretest gives tests of stores a migrated database and the event
// store on it.
package entstoretest

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"modernc.org/sqlite"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/adapters/entstore/billingstore"
	"github.com/neoforge-dev/neoforge/adapters/entstore/contentstore"
	"github.com/neoforge-dev/neoforge/adapters/entstore/eventstore"
	"github.com/neoforge-dev/neoforge/adapters/entstore/identitystore"
	"github.com/neoforge-dev/neoforge/adapters/entstore/migrations"
	"github.com/neoforge-dev/neoforge/adapters/jobqueue"
	"github.com/neoforge-dev/neoforge/adapters/uuidv7"
	"github.com/neoforge-dev/neoforge/ent/contentent"
	"github.com/neoforge-dev/neoforge/ent/identityent"
	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/clock"
	"github.com/neoforge-dev/neoforge/ports/events"
	"github.com/neoforge-dev/neoforge/ports/jobs"
)

// Migrations are those of this repository's contexts.
var Migrations = migrations.Of(identitystore.Tables, billingstore.Tables, contentstore.Tables)

// MustOpen opens and migrates a database and closes it with the test.
func MustOpen(tb testing.TB, url string) *entstore.DB {
	tb.Helper()
	db := mustConnect(tb, url)
	if err := Migrations.Up(tb.Context(), db); err != nil {
		tb.Fatal(err)
	}
	return db
}

// MustSQLite opens a database of the test's own. It is a copy of one that is
// migrated once: migrating takes longer than most tests.
func MustSQLite(tb testing.TB) *entstore.DB {
	tb.Helper()
	image, err := migrated()
	if err != nil {
		tb.Fatal(err)
	}
	file := filepath.Join(tb.TempDir(), "migrated.db")
	if err := os.WriteFile(file, image, 0o600); err != nil {
		tb.Fatal(err)
	}
	db := mustConnect(tb, "sqlite://:memory:")
	if err := restore(tb.Context(), db, file); err != nil {
		tb.Fatal(err)
	}
	return db
}

func mustConnect(tb testing.TB, url string) *entstore.DB {
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
	return db
}

// migrated is the file of an empty, migrated database.
var migrated = sync.OnceValues(func() (_ []byte, err error) {
	dir, err := os.MkdirTemp("", "neoforge-*")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	file := filepath.Join(dir, "migrated.db")
	db, err := entstore.Open(context.Background(), "sqlite://"+file, entstore.Options{})
	if err != nil {
		return nil, err
	}
	if err := errors.Join(Migrations.Up(context.Background(), db), db.Close()); err != nil {
		return nil, err
	}
	return os.ReadFile(file)
})

// restore makes db a copy of a file.
func restore(ctx context.Context, db *entstore.DB, file string) (err error) {
	conn, err := db.SQL().Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	return conn.Raw(func(driver any) error {
		copying, err := driver.(interface {
			NewRestore(from string) (*sqlite.Backup, error)
		}).NewRestore(file)
		if err != nil {
			return err
		}
		_, err = copying.Step(-1)
		return errors.Join(err, copying.Finish())
	})
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

// MustOutbox makes the event store on db, with the system's clock.
func MustOutbox(tb testing.TB, db *entstore.DB, subscribers ...events.Subscriber) *eventstore.Store {
	tb.Helper()
	outbox, err := eventstore.New(db, MustQueue(tb, db), func() []events.Subscriber { return subscribers }, clock.System{}, uuidv7.Generator{})
	if err != nil {
		tb.Fatal(err)
	}
	return outbox
}

// FakeQueue is a queue that only records what is queued.
type FakeQueue struct{ Jobs []jobs.Job }

// InsertTx implements eventstore.JobInserter.
func (n *FakeQueue) InsertTx(_ context.Context, _ *sql.Tx, queued ...jobs.Job) error {
	n.Jobs = append(n.Jobs, queued...)
	return nil
}

// DeadChanges implements eventstore.JobInserter: no job that is only recorded dies.
func (n *FakeQueue) DeadChanges(*sql.Tx) jobs.DeadChanges { return noDeadJobs{} }

type noDeadJobs struct{}

// Retry implements jobs.DeadChanges.
func (noDeadJobs) Retry(context.Context, int64) (jobs.Dead, error) {
	return jobs.Dead{}, jobs.ErrNotDead
}

// Discard implements jobs.DeadChanges.
func (noDeadJobs) Discard(context.Context, int64) (jobs.Dead, error) {
	return jobs.Dead{}, jobs.ErrNotDead
}

// MustOutboxWithFakeQueue is MustOutbox with a queue that only records.
func MustOutboxWithFakeQueue(tb testing.TB, db *entstore.DB) (*eventstore.Store, *FakeQueue) {
	tb.Helper()
	queue := &FakeQueue{}
	outbox, err := eventstore.New(db, queue, func() []events.Subscriber { return nil }, clock.System{}, uuidv7.Generator{})
	if err != nil {
		tb.Fatal(err)
	}
	return outbox, queue
}

// OlderName renames people as a release before the words they are found by, as
// identitytest asks for it.
func OlderName(db *entstore.DB) func(t *testing.T, id identity.UserID, name string) {
	return func(t *testing.T, id identity.UserID, name string) {
		t.Helper()
		err := db.Do(t.Context(), func(ctx context.Context, tx entstore.Tx) error {
			key, err := entstore.ID(id)
			if err != nil {
				return err
			}
			return identityent.NewClient(identityent.Driver(tx.Driver())).User.UpdateOneID(key).SetName(name).Exec(ctx)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// OlderProfile writes authors' profiles past the rules of this release, as contenttest
// asks for it.
func OlderProfile(db *entstore.DB) func(t *testing.T, a content.Author) {
	return func(t *testing.T, a content.Author) {
		t.Helper()
		err := db.Do(t.Context(), func(ctx context.Context, tx entstore.Tx) error {
			id, err := entstore.ID(a.User)
			if err != nil {
				return err
			}
			return contentent.NewClient(contentent.Driver(tx.Driver())).Author.Create().SetID(id).SetHandle(a.Handle).SetName(a.Name).Exec(ctx)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// OlderSave saves posts past the rules of this release, as contenttest wants it: as a
// release does that knows no index of words.
func OlderSave(db *entstore.DB) func(t *testing.T, id content.PostID, v content.Visibility, s content.Status) {
	return func(t *testing.T, id content.PostID, v content.Visibility, s content.Status) {
		t.Helper()
		key, err := entstore.ID(id)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.SQL().ExecContext(t.Context(), "UPDATE content_posts SET visibility = $1, status = $2, version = version + 1 WHERE id = $3", string(v), string(s), key); err != nil {
			t.Fatal(err)
		}
	}
}
