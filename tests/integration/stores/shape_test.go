package stores_test

import (
	"slices"
	"testing"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
)

func number(t *testing.T, db *entstore.DB, query string, args ...any) (n int) {
	t.Helper()
	if err := db.SQL().QueryRowContext(t.Context(), query, args...).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// shape is every column and index of a database.
func shape(t *testing.T, db *entstore.DB) (all []string) {
	t.Helper()
	rows, err := db.SQL().QueryContext(t.Context(), `
		SELECT concat_ws(' ', table_name, column_name, data_type, is_nullable, column_default) FROM information_schema.columns WHERE table_schema = 'public'
		UNION ALL SELECT indexdef || CASE WHEN indisvalid THEN '' ELSE ' (invalid)' END FROM pg_indexes JOIN pg_index ON indexrelid = (quote_ident(indexname))::regclass WHERE schemaname = 'public'
		ORDER BY 1`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			t.Fatal(err)
		}
		all = append(all, line)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

func sameShape(t *testing.T, have, want []string) {
	t.Helper()
	for _, line := range have {
		if !slices.Contains(want, line) {
			t.Errorf("the database has %s", line)
		}
	}
	for _, line := range want {
		if !slices.Contains(have, line) {
			t.Errorf("the database lacks %s", line)
		}
	}
}
