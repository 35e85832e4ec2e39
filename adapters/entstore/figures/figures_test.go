package figures_test

import (
	"context"
	"reflect"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/adapters/entstore/entstoretest"
	"github.com/neoforge-dev/neoforge/adapters/entstore/figures"
)

func TestFigures_OfAModuleAreTheLastThatWereCounted(t *testing.T) {
	t.Parallel()
	db := entstoretest.MustSQLite(t)
	s, err := figures.New(db)
	if err != nil {
		t.Fatal(err)
	}
	read := func(want ...figures.Figures) {
		t.Helper()
		have, err := s.All(t.Context())
		if err != nil || !reflect.DeepEqual(have, want) {
			t.Errorf("%+v, %v; want %+v", have, err, want)
		}
	}
	put := func(f figures.Figures) {
		t.Helper()
		if err := s.Put(t.Context(), f); err != nil {
			t.Fatal(err)
		}
	}
	read()
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	first := figures.Figures{Module: "identity", CountedAt: at, Samples: []figures.Sample{{Metric: "users", Labels: []string{"active"}, Value: 7}, {Metric: "customers", Value: 0.5}}}
	put(first)
	read(first)
	later := figures.Figures{Module: "identity", CountedAt: at.Add(time.Minute), Samples: []figures.Sample{{Metric: "users", Labels: []string{"active"}, Value: 8}}}
	put(later)
	put(first) // a run that took longer than the next one
	read(later)
	err = db.Do(t.Context(), func(ctx context.Context, tx entstore.Tx) error {
		_, err := tx.Queries().ExecContext(ctx, "INSERT INTO platform_figures (id, samples, counted_at) VALUES ('other', '{\"of\": \"another release\"}', '2026-03-01 12:00:00+00:00')")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	read(later)
	for module, want := range map[string]figures.Figures{"identity": later, "other": {Module: "other"}, "nobody": {Module: "nobody"}} {
		if have, err := s.Of(t.Context(), module); err != nil || !reflect.DeepEqual(have, want) {
			t.Errorf("%s: %+v, %v; want %+v", module, have, err, want)
		}
	}
}
