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
	stale int
	seen  time.Time
}

func (r *told) Stale(int64, []string, bool) { r.stale++ }
func (r *told) Seen(at time.Time)           { r.seen = at }
func (r *told) Missed()                     {}
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
