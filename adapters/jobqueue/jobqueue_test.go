package jobqueue_test

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/adapters/entstore/entstoretest"
	"github.com/neoforge-dev/neoforge/adapters/jobqueue"
	"github.com/neoforge-dev/neoforge/adapters/jobqueue/jobqueuetest"
	"github.com/neoforge-dev/neoforge/ports/jobs"
	"github.com/neoforge-dev/neoforge/ports/jobs/jobstest"
)

var _ jobstest.Queue = (*jobqueue.Queue)(nil)

func TestTakeOver_OnSQLite(t *testing.T) {
	t.Parallel()
	jobqueuetest.RunTakeOver(t, "sqlite://"+filepath.Join(t.TempDir(), "neoforge.db"))
}

func TestTakeOver_OfAJobLostOnItsWayOnSQLite(t *testing.T) {
	t.Parallel()
	jobqueuetest.RunLost(t, "sqlite://"+filepath.Join(t.TempDir(), "neoforge.db"))
}

func TestDeadLetters_AreListedBesideOneThatCannotBeRead(t *testing.T) {
	t.Parallel()
	jobqueuetest.RunUnreadable(t, entstoretest.MustSQLite(t))
}

func TestPayloadTTL_DeletesWhatNobodyShouldKeep(t *testing.T) {
	t.Parallel()
	jobqueuetest.RunPayloadTTL(t, entstoretest.MustSQLite(t))
}

func TestQueueOnSQLite(t *testing.T) {
	t.Parallel()
	jobstest.Run(t, func(t *testing.T) jobstest.Harness {
		db := entstoretest.MustSQLite(t)
		first, processes := entstoretest.MustQueue(t, db), 0
		return jobstest.Harness{
			Process: func(t *testing.T) jobstest.Queue {
				if processes++; processes == 1 {
					return first
				}
				return entstoretest.MustQueue(t, db)
			},
			Do: func(ctx context.Context, fn func(ctx context.Context, e jobs.Enqueuer) error) error {
				return db.Do(ctx, func(ctx context.Context, tx entstore.Tx) error { return fn(ctx, first.Enqueuer(tx.SQL)) })
			},
		}
	})
}

func TestJobs_KnowTheRequestThatTheyComeFrom(t *testing.T) {
	t.Parallel()
	jobqueuetest.RunOrigin(t, entstoretest.MustSQLite(t))
}

func TestErrors_OfJobsAreTrackedWhenTheyAreDefects(t *testing.T) {
	t.Parallel()
	jobqueuetest.RunTracked(t, entstoretest.MustSQLite(t))
}
