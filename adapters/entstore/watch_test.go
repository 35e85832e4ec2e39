package entstore_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
)

type transactionKey struct{}

func TestWatchTransactions_TellsHowEachEnded(t *testing.T) {
	t.Parallel()
	db := open(t, "sqlite://:memory:", entstore.Options{})
	var ended []error
	var inside []any
	db.Watch(func(ctx context.Context, s entstore.Statement) {
		inside = append(inside, ctx.Value(transactionKey{}))
	})
	db.WatchTransactions(func(ctx context.Context) (context.Context, func(error)) {
		if ctx.Value(transactionKey{}) == "nobody asks" {
			return ctx, nil
		}
		return context.WithValue(ctx, transactionKey{}, "watched"), func(err error) { ended = append(ended, err) }
	})
	read := func(ctx context.Context, tx entstore.Tx) error {
		rows, err := tx.Queries().QueryContext(ctx, "SELECT 1")
		if err != nil {
			return err
		}
		return errors.Join(rows.Err(), rows.Close())
	}
	broken := errors.New("broken")
	if err := db.Do(t.Context(), read); err != nil {
		t.Fatal(err)
	}
	if err := db.Do(context.WithValue(t.Context(), transactionKey{}, "nobody asks"), read); err != nil {
		t.Fatal(err)
	}
	if err := db.Do(t.Context(), func(context.Context, entstore.Tx) error { return broken }); !errors.Is(err, broken) {
		t.Fatal(err)
	}
	func() {
		defer func() { _ = recover() }()
		_ = db.Do(t.Context(), func(context.Context, entstore.Tx) error { panic("broken") })
	}()
	if len(ended) != 3 || ended[0] != nil || !errors.Is(ended[1], broken) || ended[2] == nil {
		t.Errorf("told %v", ended)
	}
	if !slices.Equal(inside, []any{"watched", "nobody asks"}) {
		t.Errorf("statements were run in %v", inside)
	}
}

// Who traces looks at few requests, and at each statement of all of them.
func TestWatch_CostsNoAllocation(t *testing.T) {
	type costs struct{ outside, inside float64 }
	opened := func(watch bool) func() costs {
		db := open(t, "sqlite://:memory:", entstore.Options{})
		if watch {
			db.Watch(func(context.Context, entstore.Statement) {})
			db.WatchTransactions(func(ctx context.Context) (context.Context, func(error)) { return ctx, nil })
		}
		ask := func(q entstore.Querier) {
			rows, err := q.QueryContext(t.Context(), "SELECT 1")
			if err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(rows.Err(), rows.Close()); err != nil {
				t.Fatal(err)
			}
		}
		return func() costs {
			return costs{testing.AllocsPerRun(100, func() { ask(db.Queries()) }), testing.AllocsPerRun(100, func() {
				if err := db.Do(t.Context(), func(_ context.Context, tx entstore.Tx) error {
					ask(tx.Queries())
					return nil
				}); err != nil {
					t.Fatal(err)
				}
			})}
		}
	}
	unwatched, watched := opened(false), opened(true)
	without, with := unwatched(), watched()
	// database/sql starts goroutines, and a starved machine makes more of them: the least of several counts.
	for range 8 {
		again, watchedAgain := unwatched(), watched()
		without = costs{min(without.outside, again.outside), min(without.inside, again.inside)}
		with = costs{min(with.outside, watchedAgain.outside), min(with.inside, watchedAgain.inside)}
	}
	if with.outside > without.outside || with.inside > without.inside {
		t.Errorf("watched: %+v allocations, want %+v", with, without)
	}
}
