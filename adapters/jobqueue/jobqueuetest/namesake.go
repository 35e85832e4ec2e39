package jobqueuetest

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/ports/jobs"
)

// RunNamesake checks on db, a Postgres, that what is done of a job is not taken for
// another one's that has its id: a failover lost the row while the job ran, and a row
// that was queued since has its number.
func RunNamesake(t *testing.T, db *entstore.DB) {
	t.Helper()
	const kind = "test.namesake"
	faults := make(chan string, 1)
	q := queue(t, db, []jobs.Handler{{Kind: kind, Run: func(ctx context.Context, _ []byte) error {
		run, _ := jobs.RunOf(ctx)
		err := run.Steps.Record(ctx, "before")
		if err == nil {
			_, err = db.SQL().ExecContext(ctx, "UPDATE river_job SET created_at = created_at + interval '1 microsecond', metadata = '{}' WHERE kind = $1", kind)
		}
		if err == nil {
			err = run.Steps.Record(ctx, "after")
		}
		done, lookErr := run.Steps.Done(ctx)
		if len(done) > 0 {
			err = errors.New("what is done of a namesake counts")
		}
		faults <- fmt.Sprint(errors.Join(err, lookErr))
		return nil
	}}})
	start(t, q)
	enqueue(t, db, q, jobs.Job{Kind: kind})
	if have := receive(t, "the end of the job", faults); have != fmt.Sprint(error(nil)) {
		t.Error(have)
	}
	var marked bool
	if err := db.SQL().QueryRowContext(t.Context(), "SELECT metadata::text LIKE '%neoforge:done:%' FROM river_job WHERE kind = $1", kind).Scan(&marked); err != nil || marked {
		t.Errorf("another job is marked as done: %v, %v", marked, err)
	}
}
