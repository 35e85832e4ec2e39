package stores_test

import (
	"context"
	"testing"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/adapters/entstore/billingstore"
	"github.com/neoforge-dev/neoforge/adapters/entstore/contentstore"
	"github.com/neoforge-dev/neoforge/adapters/entstore/entstoretest"
	"github.com/neoforge-dev/neoforge/adapters/entstore/identitystore"
	"github.com/neoforge-dev/neoforge/adapters/jobqueue/jobqueuetest"
	"github.com/neoforge-dev/neoforge/adapters/uuidv7"
	"github.com/neoforge-dev/neoforge/modules/billing/billingtest"
	"github.com/neoforge-dev/neoforge/modules/content/contenttest"
	"github.com/neoforge-dev/neoforge/modules/identity/identitytest"
	"github.com/neoforge-dev/neoforge/ports/jobs"
	"github.com/neoforge-dev/neoforge/ports/jobs/jobstest"
	"github.com/neoforge-dev/neoforge/ports/mail"
	"github.com/neoforge-dev/neoforge/ports/mail/mailtest"
	"github.com/neoforge-dev/neoforge/tests/harness"
	"github.com/neoforge-dev/neoforge/tests/harness/program"
)

// openPostgres gives a test a migrated database of its own.
func openPostgres(t *testing.T) *entstore.DB {
	t.Helper()
	return entstoretest.MustOpen(t, harness.Database(t, program.MigrateUp))
}

func TestIdentityStoresOnPostgres(t *testing.T) {
	t.Parallel()
	identitytest.RunStores(t, func(t *testing.T) identitytest.Harness {
		db := openPostgres(t)
		store, err := identitystore.New(db, entstoretest.MustOutbox(t, db))
		if err != nil {
			t.Fatal(err)
		}
		return identitytest.Harness{UnitOfWork: store, Reads: store, OlderName: entstoretest.OlderName(db)}
	})
}

func TestContentStoresOnPostgres(t *testing.T) {
	t.Parallel()
	contenttest.RunStores(t, func(t *testing.T) contenttest.Harness {
		db := openPostgres(t)
		store, err := contentstore.New(db, entstoretest.MustOutbox(t, db))
		if err != nil {
			t.Fatal(err)
		}
		return contenttest.Harness{UnitOfWork: store, Reads: store, OlderProfile: entstoretest.OlderProfile(db), OlderSave: entstoretest.OlderSave(db)}
	})
}

func TestBillingStoresOnPostgres(t *testing.T) {
	t.Parallel()
	billingtest.RunStores(t, func(t *testing.T) billingtest.Harness {
		db := openPostgres(t)
		store, err := billingstore.New(db, entstoretest.MustOutbox(t, db))
		if err != nil {
			t.Fatal(err)
		}
		return billingtest.Harness{UnitOfWork: store, Reads: store}
	})
}

func TestMailFailures_OnPostgres(t *testing.T) {
	t.Parallel()
	mailtest.RunFailures(t, func(t *testing.T) mailtest.Harness {
		db := openPostgres(t)
		outbox, queue := entstoretest.MustOutboxWithFakeQueue(t, db)
		return mailtest.Harness{
			Failures: outbox, NewID: uuidv7.Generator{}.New,
			Do: func(ctx context.Context, fn func(ctx context.Context, c mail.FailureChanges) error) error {
				return db.Do(ctx, func(ctx context.Context, tx entstore.Tx) error { return fn(ctx, outbox.MailFailureChanges(tx)) })
			},
			Queued: func(*testing.T) []jobs.Job { return queue.Jobs },
		}
	})
}

func TestTakeOver_OnPostgres(t *testing.T) {
	t.Parallel()
	jobqueuetest.RunTakeOver(t, harness.Database(t, program.MigrateUp))
}

func TestDeadLetters_OnPostgresAreListedBesideOneThatCannotBeRead(t *testing.T) {
	t.Parallel()
	jobqueuetest.RunUnreadable(t, openPostgres(t))
}

func TestInbox_OnPostgresRecordsManyEventsAtOnce(t *testing.T) {
	t.Parallel()
	entstoretest.RunInbox(t, openPostgres(t))
}

func TestPayloadTTL_OnPostgresDeletesWhatNobodyShouldKeep(t *testing.T) {
	t.Parallel()
	jobqueuetest.RunPayloadTTL(t, openPostgres(t))
}

func TestQueueOnPostgres(t *testing.T) {
	t.Parallel()
	jobstest.Run(t, func(t *testing.T) jobstest.Harness {
		db := openPostgres(t)
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

func TestRetention_OnPostgres(t *testing.T) {
	t.Parallel()
	entstoretest.RunRetention(t, openPostgres)
}

func TestAuditSeals_OnPostgres(t *testing.T) {
	t.Parallel()
	entstoretest.RunAuditSeals(t, openPostgres)
}

func TestSteps_AreNotTakenForThoseOfAJobWithTheSameID(t *testing.T) {
	t.Parallel()
	jobqueuetest.RunNamesake(t, openPostgres(t))
}

func TestJobs_KnowTheRequestThatTheyComeFrom(t *testing.T) {
	t.Parallel()
	jobqueuetest.RunOrigin(t, openPostgres(t))
}

func TestErrorGroups_OnPostgres(t *testing.T) {
	t.Parallel()
	entstoretest.RunErrorGroups(t, openPostgres)
}
