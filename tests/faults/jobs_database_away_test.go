package faults_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/adapters/entstore/entstoretest"
	"github.com/neoforge-dev/neoforge/adapters/jobqueue"
	"github.com/neoforge-dev/neoforge/ports/jobs"
	"github.com/neoforge-dev/neoforge/tests/harness"
	"github.com/neoforge-dev/neoforge/tests/harness/program"
)

// A job that ended while the database was away is completed when it is back, however
// long that took, and does not run again.
func TestCompletion_IsRetriedUntilTheDatabaseAnswers(t *testing.T) {
	t.Parallel()
	w, url := harness.Through(t, harness.Database(t, program.MigrateUp))
	db := entstoretest.MustOpen(t, url)
	core, logged := observer.New(zapcore.WarnLevel)
	q, err := jobqueue.New(db, jobqueue.Options{Logger: zap.New(core)})
	if err != nil {
		t.Fatal(err)
	}
	const n = 20
	ran, release := make(chan string, 2*n), make(chan struct{})
	err = q.Register([]jobs.Handler{{Kind: "test.away", Run: func(_ context.Context, payload []byte) error {
		ran <- string(payload)
		<-release
		return nil
	}}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := q.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		if err := q.Stop(ctx); err != nil {
			t.Error(err)
		}
	})
	err = db.Do(t.Context(), func(ctx context.Context, tx entstore.Tx) error {
		all := make([]jobs.Job, n)
		for i := range all {
			all[i] = jobs.Job{Kind: "test.away", Payload: []byte{byte('a' + i)}}
		}
		return q.InsertTx(ctx, tx.SQL, all...)
	})
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	seen[<-ran]++ // one at least is under way
	w.Cut()
	close(release)
	// River tries three times, some seconds, before it gives a batch up for now.
	waitFor(t, "a batch that could not be completed", func() bool {
		return logged.Filter(func(e observer.LoggedEntry) bool { return strings.Contains(e.Message, "Error completing batch") }).Len() > 0
	})
	w.Mend()
	waitFor(t, "the completion of every job", func() bool {
		var open int
		err := db.SQL().QueryRowContext(t.Context(), "SELECT count(*) FROM river_job WHERE kind = 'test.away' AND state <> 'completed'").Scan(&open)
		return err == nil && open == 0
	})
	for len(ran) > 0 {
		seen[<-ran]++
	}
	for payload, times := range seen {
		if times != 1 {
			t.Errorf("job %s ran %d times", payload, times)
		}
	}
	if len(seen) != n {
		t.Errorf("%d of %d jobs ran", len(seen), n)
	}
}

// waitFor waits until done says so.
func waitFor(t *testing.T, what string, done func() bool) {
	t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	end := time.After(2 * time.Minute)
	for !done() {
		select {
		case <-tick.C:
		case <-end:
			t.Fatalf("%s did not come", what)
		}
	}
}
