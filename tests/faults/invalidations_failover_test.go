package faults_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/adapters/entstore/entstoretest"
	"github.com/neoforge-dev/neoforge/adapters/entstore/invalidations"
	"github.com/neoforge-dev/neoforge/tests/harness"
	"github.com/neoforge-dev/neoforge/tests/harness/program"
)

// told is a cache that is told of changes.
type told struct {
	stale, rewound int
	seen           time.Time
}

func (r *told) Stale(int64, []string, bool) { r.stale++ }
func (r *told) Seen(at time.Time)           { r.seen = at }
func (r *told) Missed()                     {}
func (r *told) Rewound()                    { r.rewound++ }
func (r *told) Away(error)                  {}

// The old primary still answers reads after a failover, and knows nothing of what is
// revoked at the new one.
func TestInvalidations_AreReadFromTheNewPrimaryAlone(t *testing.T) {
	t.Parallel()
	primary := harness.NewPostgresServer(t)
	if err := program.MigrateUp(t.Context(), primary.URL); err != nil {
		t.Fatal(err)
	}
	standby := primary.NewStandby(t)
	cable, url := harness.Through(t, primary.URL)
	db, err := entstore.Open(t.Context(), url, entstore.Options{MaxOpen: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	reader := &told{}
	log, err := invalidations.New(db, "a replica", reader)
	if err != nil {
		t.Fatal(err)
	}
	if err := log.Poll(t.Context()); err != nil {
		t.Fatal(err)
	}
	primary.Exec(t, "ALTER SYSTEM SET default_transaction_read_only = on", "SELECT pg_reload_conf()")
	cable.Redirect(t, standby.URL)
	waitFor(t, "the old primary to be told from one that takes writes", func() bool {
		return errors.Is(log.Poll(t.Context()), entstore.ErrUnavailable)
	})
	if reader.seen.IsZero() {
		t.Error("nothing was read before the failover")
	}
	standby.Exec(t, "SELECT pg_promote()")
	other := entstoretest.MustOpen(t, standby.URL)
	err = other.Do(t.Context(), func(_ context.Context, tx entstore.Tx) error {
		tx.Invalidate("identity.session:x")
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	waitFor(t, "the note of the new primary", func() bool {
		_ = log.Poll(t.Context())
		return reader.stale > 0
	})
}

// A standby that had not received everything takes over. It gives ids out that the
// readers have passed: they begin anew, and believe nothing from before.
func TestInvalidations_AreReadAnewFromAPrimaryThatLostSome(t *testing.T) {
	t.Parallel()
	primary := harness.NewPostgresServer(t)
	if err := program.MigrateUp(t.Context(), primary.URL); err != nil {
		t.Fatal(err)
	}
	standby := primary.NewStandby(t)
	cable, url := harness.Through(t, primary.URL)
	db, err := entstore.Open(t.Context(), url, entstore.Options{MaxOpen: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	note := func(db *entstore.DB, tag string) {
		t.Helper()
		err := db.Do(t.Context(), func(_ context.Context, tx entstore.Tx) error {
			tx.Invalidate(tag)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	note(db, "identity.session:received")
	standbyDB := entstoretest.MustOpen(t, standby.URL)
	notes := func() (n int) {
		_ = standbyDB.SQL().QueryRowContext(t.Context(), "SELECT count(*) FROM platform_invalidations").Scan(&n)
		return n
	}
	waitFor(t, "the first note on the standby", func() bool { return notes() == 1 })
	primary.Exec(t, "ALTER SYSTEM RESET synchronous_standby_names", "ALTER SYSTEM RESET synchronous_commit", "SELECT pg_reload_conf()")
	standby.Exec(t, "ALTER SYSTEM SET primary_conninfo = ''", "SELECT pg_reload_conf()")
	waitFor(t, "the end of the replication", func() bool {
		var n int
		err := db.SQL().QueryRowContext(t.Context(), "SELECT count(*) FROM pg_stat_replication").Scan(&n)
		return err == nil && n == 0
	})
	// More than a sequence gives out between two of its records.
	for range 100 {
		note(db, "identity.session:lost")
	}
	reader := &told{}
	log, err := invalidations.New(db, "a replica", reader)
	if err != nil {
		t.Fatal(err)
	}
	if err := log.Poll(t.Context()); err != nil || reader.stale != 101 {
		t.Fatalf("%d notes were read, %v", reader.stale, err)
	}

	primary.Exec(t, "ALTER SYSTEM SET default_transaction_read_only = on", "SELECT pg_reload_conf()")
	standby.Exec(t, "SELECT pg_promote()")
	cable.Redirect(t, standby.URL)
	reader.stale = 0
	note(entstoretest.MustOpen(t, standby.URL), "identity.session:x")
	waitFor(t, "the note of the new primary", func() bool {
		_ = log.Poll(t.Context())
		return reader.stale > 0
	})
	if reader.rewound != 1 || reader.stale != 2 {
		t.Errorf("rewound %d times, %d notes were read; want once, and both that are there", reader.rewound, reader.stale)
	}
}
