package stores_test

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/adapters/entstore/billingstore"
	"github.com/neoforge-dev/neoforge/adapters/entstore/entstoretest"
	"github.com/neoforge-dev/neoforge/adapters/entstore/identitystore"
	"github.com/neoforge-dev/neoforge/modules/billing"
	"github.com/neoforge-dev/neoforge/modules/billing/billingtest"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/identitytest"
	"github.com/neoforge-dev/neoforge/ports/audit"
	"github.com/neoforge-dev/neoforge/ports/cursor"
	"github.com/neoforge-dev/neoforge/ports/idgen/idgentest"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

// TestScrapes_ReadNoWholeTable looks at the plan of every statement that gauges are read
// by, on tables whose rows are nearly all done with: at each scrape of each replica they
// would be read.
func TestScrapes_ReadNoWholeTable(t *testing.T) {
	t.Parallel()
	for name, open := range fixture.Databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := open(t)
			fillScraped(t, db)
			outbox := entstoretest.MustOutbox(t, db)
			payments, err := billingstore.New(db, outbox)
			if err != nil {
				t.Fatal(err)
			}
			people, err := identitystore.New(db, outbox)
			if err != nil {
				t.Fatal(err)
			}
			type read struct {
				query string
				args  []any
			}
			var reads []read
			db.Watch(func(_ context.Context, s entstore.Statement) {
				if !s.InTransaction {
					reads = append(reads, read{s.Text, s.Args})
				}
			})
			if have, err := payments.UnappliedWebhooks(t.Context()); err != nil || have != (billing.UnappliedWebhooks{Received: 1, Waiting: 1}) {
				t.Fatalf("%+v, %v", have, err)
			}
			if n, err := people.Overdue(t.Context(), identitytest.Now); err != nil || n != 1 {
				t.Fatalf("%d are overdue, %v", n, err)
			}
			undone, stuck := entstoretest.MustQueue(t, db).StatsQueries()
			reads = append(reads, read{query: undone}, read{query: stuck})
			if len(reads) != 5 {
				t.Fatalf("%d statements: %+v", len(reads), reads)
			}
			for _, r := range reads {
				plan := planOf(t, db, r.query, r.args)
				if wholeTable.MatchString(plan) {
					t.Errorf("%s\nis done by\n%s", r.query, plan)
				}
			}
			if plan := planOf(t, db, "SELECT count(*) FROM billing_webhooks WHERE state = 'applied'", nil); !wholeTable.MatchString(plan) {
				t.Errorf("a scan of the table is not recognized:\n%s", plan)
			}
		})
	}
}

// TestAuditTrail_IsNotReadWholeForTheBeginningOfAnAction looks at the plans for a filter by
// the beginning of an action alone.
func TestAuditTrail_IsNotReadWholeForTheBeginningOfAnAction(t *testing.T) {
	t.Parallel()
	for name, open := range fixture.Databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := open(t)
			outbox := entstoretest.MustOutbox(t, db)
			entries := make([]audit.Entry, 2000)
			for i := range entries {
				entries[i] = audit.Entry{Actor: "cleo", Action: fmt.Sprintf("test%d.done", i), Resource: "thing:1"}
			}
			if err := db.Do(t.Context(), func(ctx context.Context, tx entstore.Tx) error { return outbox.Audit(tx).Append(ctx, entries...) }); err != nil {
				t.Fatal(err)
			}
			var plans []string
			db.Watch(func(_ context.Context, s entstore.Statement) {
				if !s.InTransaction && strings.Contains(s.Text, "platform_audit") {
					plans = append(plans, s.Text)
					plans = append(plans, planOf(t, db, s.Text, s.Args))
				}
			})
			found, err := outbox.AuditEntries(t.Context(), audit.Filter{Action: "test77."}, cursor.Position{}, 10)
			if err != nil || len(found) != 1 {
				t.Fatalf("%+v, %v", found, err)
			}
			if len(plans) == 0 || !strings.Contains(strings.Join(plans, "\n"), "platform_audit_action") {
				t.Errorf("it is read by\n%s", strings.Join(plans, "\n"))
			}
		})
	}
}

// wholeTable is a scan in the words of either database: "Seq Scan on identity_users", or
// "SCAN identity_users" without the index that SQLite would name.
var wholeTable = regexp.MustCompile(`(?m)Seq Scan on|^SCAN \S+$`)

func planOf(t *testing.T, db *entstore.DB, query string, args []any) string {
	t.Helper()
	explain, columns := "EXPLAIN QUERY PLAN ", 4
	if db.Dialect() == entstore.Postgres {
		explain, columns = "EXPLAIN ", 1
	}
	rows, err := db.SQL().QueryContext(t.Context(), explain+query, args...)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	var plan []string
	for rows.Next() {
		line, into := make([]any, columns), make([]any, columns)
		for i := range line {
			into[i] = &line[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		plan = append(plan, fmt.Sprint(line[columns-1]))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return strings.Join(plan, "\n")
}

// fillScraped writes thousands of rows that are done with, and one of each kind that is
// counted.
func fillScraped(t *testing.T, db *entstore.DB) {
	t.Helper()
	const many = 3000
	outbox := entstoretest.MustOutbox(t, db)
	payments, err := billingstore.New(db, outbox)
	if err != nil {
		t.Fatal(err)
	}
	people, err := identitystore.New(db, outbox)
	if err != nil {
		t.Fatal(err)
	}
	err = payments.Do(t.Context(), func(ctx context.Context, s billing.Stores) error {
		for i := range many {
			w := billingtest.Webhook()
			w.EventID, w.State = "evt_"+idgentest.New(), billing.WebhookApplied
			switch i {
			case 0:
				w.State = billing.WebhookReceived
			case 1:
				w.State = billing.WebhookWaiting
			}
			if _, err := s.Webhooks.Receive(ctx, w); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	err = people.Do(t.Context(), func(ctx context.Context, s identity.Stores) error {
		for i := range many {
			u := identitytest.User()
			if i == 0 {
				u.EraseAt = identitytest.Now.Add(-1)
			}
			if err := s.Users.Insert(ctx, u); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	numbers, now := "SELECT generate_series(1, %d)", "now()"
	if db.Dialect() != entstore.Postgres {
		numbers, now = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) SELECT i FROM n", "datetime('now')"
	}
	fixture.Exec(t, db, fmt.Sprintf("INSERT INTO river_job (kind, queue, state, max_attempts, args, finalized_at) SELECT 'test.done', 'default', 'completed', 1, '{}', "+now+" FROM ("+numbers+") AS n", many))
	fixture.Exec(t, db, "INSERT INTO river_job (kind, queue, state, max_attempts, args) VALUES ('test.waits', 'default', 'available', 1, '{}')")
	fixture.Exec(t, db, "ANALYZE")
}
