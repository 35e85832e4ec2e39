package eventstore_test

import (
	"context"
	"testing"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/adapters/entstore/entstoretest"
	"github.com/neoforge-dev/neoforge/adapters/uuidv7"
	"github.com/neoforge-dev/neoforge/ports/jobs"
	"github.com/neoforge-dev/neoforge/ports/mail"
	"github.com/neoforge-dev/neoforge/ports/mail/mailtest"
)

func TestMailFailures_OnSQLite(t *testing.T) {
	t.Parallel()
	mailtest.RunFailures(t, func(t *testing.T) mailtest.Harness {
		db := entstoretest.MustSQLite(t)
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
