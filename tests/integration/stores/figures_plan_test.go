package stores_test

import (
	"context"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/adapters/entstore/entstoretest"
	"github.com/neoforge-dev/neoforge/adapters/entstore/identitystore"
	"github.com/neoforge-dev/neoforge/tests/harness"
	"github.com/neoforge-dev/neoforge/tests/harness/program"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

// TestFigures_OfPeopleAreCountedByAnIndex has the plan of every statement by which people
// are counted: what it costs must not grow with all of them.
func TestFigures_OfPeopleAreCountedByAnIndex(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]func(t *testing.T) *entstore.DB{
		"sqlite": fixture.Databases["sqlite"],
		// On a table of no rows Postgres reads all of it, unless it has another way.
		"postgres": func(t *testing.T) *entstore.DB {
			return entstoretest.MustOpen(t, harness.Database(t, program.MigrateUp)+"&enable_seqscan=off&enable_bitmapscan=off")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := open(t)
			var mu sync.Mutex
			var seen []entstore.Statement
			db.Watch(func(_ context.Context, s entstore.Statement) {
				mu.Lock()
				defer mu.Unlock()
				seen = append(seen, s)
			})
			store, err := identitystore.New(db, entstoretest.MustOutbox(t, db))
			if err != nil {
				t.Fatal(err)
			}
			now := time.Date(2026, 6, 15, 12, 0, 0, 0, time.UTC)
			if _, err := store.RecentFigures(t.Context(), now); err != nil {
				t.Fatal(err)
			}
			if _, err := store.FirstRegistered(t.Context()); err != nil {
				t.Fatal(err)
			}
			for _, month := range [][2]time.Time{{{}, now}, {now.AddDate(0, -1, 0), now}, {now, {}}} {
				if _, err := store.StatesOf(t.Context(), month[0], month[1]); err != nil {
					t.Fatal(err)
				}
			}
			mu.Lock()
			statements := seen
			mu.Unlock()
			if len(statements) != 6 {
				t.Errorf("%d statements were seen", len(statements))
			}
			whole := regexp.MustCompile(`(?m)Seq Scan on identity_users|SCAN identity_users$|TEMP B-TREE|Sort`)
			index := regexp.MustCompile(`identity_users_(created|active)`)
			for _, s := range statements {
				plan, err := db.Explain(t.Context(), s.Text, len(s.Args))
				if err != nil || whole.MatchString(plan) || !index.MatchString(plan) {
					t.Errorf("%s\n%v\n%s", s.Text, err, strings.TrimSpace(plan))
				}
			}
		})
	}
}
