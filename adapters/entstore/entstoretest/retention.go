package entstoretest

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/adapters/entstore/eventstore"
	"github.com/neoforge-dev/neoforge/adapters/jobqueue"
	"github.com/neoforge-dev/neoforge/adapters/signing"
	"github.com/neoforge-dev/neoforge/adapters/uuidv7"
	"github.com/neoforge-dev/neoforge/ports/audit"
	"github.com/neoforge-dev/neoforge/ports/clock"
	"github.com/neoforge-dev/neoforge/ports/events"
	"github.com/neoforge-dev/neoforge/ports/jobs"
)

// RunRetention checks that every table of db says what becomes of its rows, and that
// the platform's are pruned as they say.
func RunRetention(t *testing.T, open func(t *testing.T) *entstore.DB) {
	t.Helper()
	t.Run("every table says what becomes of its rows", func(t *testing.T) {
		t.Parallel()
		declared := map[string]bool{}
		for _, r := range Migrations.Retentions() {
			if declared[r.Table] || (r.Pruned == "") == (r.Kept == "") {
				t.Errorf("%s is either pruned, or kept for a reason, and listed once: %+v", r.Table, r)
			}
			declared[r.Table] = true
		}
		tables := tablesOf(t, open(t))
		if len(tables) < 30 {
			t.Fatalf("only %d tables are found: %v", len(tables), tables)
		}
		for _, table := range tables {
			if !declared[table] {
				t.Errorf("nobody says what becomes of the rows of %s: see the Retentions of its context's Tables", table)
			}
		}
	})
	t.Run("events, inboxes and audit entries are pruned", func(t *testing.T) {
		t.Parallel()
		prunesPlatform(t, open(t))
	})
}

func tablesOf(t *testing.T, db *entstore.DB) []string {
	t.Helper()
	query := "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '%_search%'"
	if db.Dialect() == entstore.Postgres {
		query = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
	}
	rows, err := db.SQL().QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		out = append(out, name)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	slices.Sort(out)
	return out
}

func prunesPlatform(t *testing.T, db *entstore.DB) {
	t.Helper()
	const old, fresh = 1203, 40 // more than two batches
	queue, err := jobqueue.New(db, jobqueue.Options{})
	if err != nil {
		t.Fatal(err)
	}
	later := clock.NewAdjustable(clock.System{})
	signer, err := signing.New(secrets)
	if err != nil {
		t.Fatal(err)
	}
	outbox, err := eventstore.New(db, queue, func() []events.Subscriber { return nil }, later, uuidv7.Generator{})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now().UTC()
	write := func(n int, at time.Time) (last string) {
		err := db.Do(t.Context(), func(ctx context.Context, tx entstore.Tx) error {
			for range n {
				last = uuidv7.Generator{}.New()
				if err := outbox.Writer(tx).Write(ctx, events.Event{ID: last, Name: "test.happened.v1", OccurredAt: at, Payload: []byte("{}")}); err != nil {
					return err
				}
				if _, err := outbox.Inbox(tx).Record(ctx, last, "one.reacts"); err != nil {
					return err
				}
				if err := outbox.Audit(tx).Append(ctx, audit.Entry{Actor: "system", Action: "test.done", Resource: "thing:1", At: at}); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return last
	}
	undelivered := write(old, now)
	payload, err := json.Marshal(map[string]string{"event_id": undelivered, "subscriber": "one.fails"})
	if err != nil {
		t.Fatal(err)
	}
	err = db.Do(t.Context(), func(ctx context.Context, tx entstore.Tx) error {
		return outbox.Jobs(tx).Enqueue(ctx, jobs.Job{Kind: eventstore.DeliverKind, Payload: payload, RunAt: now.Add(1000 * time.Hour)})
	})
	if err != nil {
		t.Fatal(err)
	}
	later.Advance(200 * 24 * time.Hour)
	write(fresh, later.Now())

	expect := func(when string, events, inbox, audit int) {
		t.Helper()
		for table, want := range map[string]int{"platform_events": events, "platform_inbox": inbox, "platform_audit": audit} {
			var have int
			if err := db.SQL().QueryRowContext(t.Context(), "SELECT count(*) FROM "+table).Scan(&have); err != nil {
				t.Fatal(err)
			}
			if have != want {
				t.Errorf("%s: %d rows in %s, want %d", when, have, table, want)
			}
		}
	}
	run := func(r eventstore.Retention) {
		t.Helper()
		if err := outbox.PruneHandler(r, queue, outbox.AuditSeals(signer, eventstore.AuditOptions{})).Run(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
	}
	run(eventstore.Retention{})
	expect("kept for ever", old+fresh, old+fresh, old+fresh)
	run(eventstore.Retention{Events: 24 * time.Hour})
	expect("events after a day", fresh+1, fresh+1, old+fresh)
	run(eventstore.Retention{Events: 24 * time.Hour, Audit: 24 * time.Hour})
	expect("all after a day", fresh+1, fresh+1, fresh)
	var name string
	if err := db.SQL().QueryRowContext(t.Context(), fmt.Sprintf("SELECT name FROM platform_events WHERE id = '%s'", undelivered)).Scan(&name); err != nil {
		t.Errorf("an event that a subscriber was not told of is gone: %v", err)
	}
}
