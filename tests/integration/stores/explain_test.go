package stores_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

// TestExplain_ShowsThePlanForEveryArgument asks for plans of statements with parameters, as
// of those that were slow: without their arguments, and none is run.
func TestExplain_ShowsThePlanForEveryArgument(t *testing.T) {
	t.Parallel()
	for name, open := range fixture.Databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := open(t)
			marker := "?"
			if db.Dialect() == entstore.Postgres {
				marker = "$1"
			}
			for text, says := range map[string]string{
				"SELECT name FROM identity_users WHERE id = " + marker:           "identity_users",
				"DELETE FROM identity_users WHERE name = " + marker:              "identity_users",
				"WITH n AS (SELECT " + marker + " AS name) SELECT n.name FROM n": "",
			} {
				plan, err := db.Explain(t.Context(), text, 1)
				if err != nil || plan == "" || !strings.Contains(plan, says) {
					t.Errorf("%s: %q, %v", text, plan, err)
				}
			}
			for _, text := range []string{"BEGIN", "SELECT 1; DROP TABLE identity_users", "CREATE TABLE more (id int)"} {
				if plan, err := db.Explain(t.Context(), text, 0); !errors.Is(err, entstore.ErrNotExplained) {
					t.Errorf("%s: %q, %v", text, plan, err)
				}
			}
			if _, err := db.Explain(t.Context(), "SELECT nothing FROM nowhere", 0); err == nil {
				t.Error("what the database refuses has a plan")
			}
			if _, err := db.Explain(t.Context(), "SELECT id FROM identity_users", 0); err != nil {
				t.Errorf("after one that failed: %v", err)
			}
			for _, pool := range db.Stats() {
				if pool.InUse != 0 {
					t.Errorf("%d connections of %s are kept", pool.InUse, pool.Pool)
				}
			}
		})
	}
}

// TestExplain_LeavesTheLastConnectionToRequests takes all connections of a pool but one.
func TestExplain_LeavesTheLastConnectionToRequests(t *testing.T) {
	t.Parallel()
	for name, open := range fixture.Databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := open(t)
			most := 0
			for _, pool := range db.Stats() {
				if pool.Pool == "all" || pool.Pool == "read" {
					most = pool.Max
				}
			}
			if most < 2 {
				t.Fatalf("the pool has %d connections", most)
			}
			for range most - 1 {
				release := hold(t, db)
				defer release()
			}
			if plan, err := db.Explain(t.Context(), "SELECT id FROM identity_users", 0); !errors.Is(err, entstore.ErrNoneToSpare) {
				t.Errorf("%q, %v", plan, err)
			}
			hold(t, db)() // which requests have
		})
	}
}

// hold takes a connection that reads until it is released.
func hold(t *testing.T, db *entstore.DB) (release func()) {
	t.Helper()
	rows, err := db.Queries().QueryContext(t.Context(), "SELECT 1 UNION ALL SELECT 2")
	if err != nil {
		t.Fatal(err)
	}
	if !rows.Next() {
		t.Fatal(rows.Err())
	}
	return func() { _ = rows.Close() }
}
