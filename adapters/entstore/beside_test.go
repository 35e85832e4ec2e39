package entstore

import (
	"slices"
	"testing"

	entsql "entgo.io/ent/dialect/sql"
)

func TestQueryBeside_NumbersTheArgumentsOfItsParts(t *testing.T) {
	t.Parallel()
	with := inserts{args: []any{"slug"}}
	for _, part := range []struct {
		text string
		args []any
	}{
		{`INSERT INTO "a" ("x", "y") VALUES ($1, $2) RETURNING "id"`, []any{1, 2}},
		{`INSERT INTO "b" ("z") VALUES ($1), (NULL), ($2), ($3), ($4), ($5), ($6), ($7), ($8), ($9), ($10) RETURNING "id"`, []any{3, 4, 5, 6, 7, 8, 9, 10, 11, 12}},
	} {
		var rows entsql.Rows
		if err := with.Query(t.Context(), part.text, part.args, &rows); err != nil {
			t.Fatal(err)
		}
		if rows.Next() || rows.Err() != nil || rows.Close() != nil {
			t.Error("it answers rows before there are any")
		}
	}
	const want = `inserted1 AS (INSERT INTO "a" ("x", "y") VALUES ($2, $3) RETURNING "id"), ` +
		`inserted2 AS (INSERT INTO "b" ("z") VALUES ($4), (NULL), ($5), ($6), ($7), ($8), ($9), ($10), ($11), ($12), ($13) RETURNING "id")`
	if have := with.text.String(); have != want {
		t.Errorf("have %s\nwant %s", have, want)
	}
	if !slices.Equal(with.args, []any{"slug", 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}) {
		t.Errorf("arguments: %v", with.args)
	}
}

func TestQueryBeside_RefusesWhatIsNoInsert(t *testing.T) {
	t.Parallel()
	var with inserts
	var rows entsql.Rows
	for name, err := range map[string]error{
		"a query":  with.Query(t.Context(), "SELECT 1", []any{}, &rows),
		"a change": with.Exec(t.Context(), "DELETE FROM a", []any{}, nil),
	} {
		if err == nil {
			t.Errorf("%s is left out silently", name)
		}
	}
}
