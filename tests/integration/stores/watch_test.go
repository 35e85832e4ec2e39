package stores_test

import (
	"context"
	"slices"
	"testing"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

func TestWatch_TellsOfEachStatementOfAStoreOnce(t *testing.T) {
	t.Parallel()
	for name, open := range fixture.Databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := open(t)
			var told []entstore.Statement
			for range 2 {
				db.Watch(func(_ context.Context, s entstore.Statement) { told = append(told, s) })
			}
			check := func(what, text string, inTransaction, failed bool) {
				t.Helper()
				if len(told) != 2 {
					t.Fatalf("%s: told %d times: %+v", what, len(told), told)
				}
				for _, s := range told {
					if s.Text != text || s.InTransaction != inTransaction || (s.Err != nil) != failed || s.Took <= 0 || s.Begun.IsZero() || !slices.Equal(s.Args, []any{7}) {
						t.Errorf("%s: %+v", what, s)
					}
				}
				told = nil
			}
			const query, broken = "SELECT CAST($1 AS integer)", "SELECT CAST($1 AS integer) FROM nowhere"
			read := func(rows entstore.Rows, err error) int {
				t.Helper()
				if err != nil {
					t.Fatal(err)
				}
				n := 0
				if rows.Next() {
					if err := rows.Scan(&n); err != nil {
						t.Error(err)
					}
				}
				for range 2 { // closing twice is no second statement
					if err := rows.Close(); err != nil {
						t.Error(err)
					}
				}
				return n
			}
			if n := read(db.Query(t.Context(), query, 7)); n != 7 {
				t.Errorf("%d", n)
			}
			check("a query past database/sql", query, false, false)
			rows, err := db.Queries().QueryContext(t.Context(), query, 7)
			if n := read(rows, err); n != 7 {
				t.Errorf("%d", n)
			}
			check("a query", query, false, false)
			err = db.Do(t.Context(), func(ctx context.Context, tx entstore.Tx) error {
				rows, err := tx.Queries().QueryContext(ctx, query, 7)
				read(rows, err)
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			check("a query in a transaction", query, true, false)
			if rows, err := db.Queries().QueryContext(t.Context(), broken, 7); err == nil {
				t.Errorf("a table that is not there is read: %v, %v", rows.Err(), rows.Close())
			}
			check("one that fails", broken, false, true)
		})
	}
}
