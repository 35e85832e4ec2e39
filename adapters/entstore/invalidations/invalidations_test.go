package invalidations_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/adapters/entstore/entstoretest"
	"github.com/neoforge-dev/neoforge/adapters/entstore/invalidations"
)

// reader notes what it is told.
type reader struct {
	notes  []string
	seen   []time.Time
	missed int
}

func (r *reader) Stale(_ int64, tags []string, own bool) {
	r.notes = append(r.notes, fmt.Sprint(tags, own))
}
func (r *reader) Seen(at time.Time) { r.seen = append(r.seen, at) }
func (r *reader) Missed()           { r.missed++ }
func (r *reader) Away(error)        {}

// take returns what was told since.
func (r *reader) take() []string {
	notes := r.notes
	r.notes = nil
	return notes
}

func mustLog(t *testing.T, db *entstore.DB, origin string) (*invalidations.Log, *reader) {
	t.Helper()
	r := &reader{}
	l, err := invalidations.New(db, origin, r)
	if err != nil {
		t.Fatal(err)
	}
	return l, r
}

func poll(t *testing.T, l *invalidations.Log) {
	t.Helper()
	if err := l.Poll(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func change(t *testing.T, db *entstore.DB, fails error, tags ...string) {
	t.Helper()
	err := db.Do(t.Context(), func(_ context.Context, tx entstore.Tx) error {
		tx.Invalidate(tags...)
		return fails
	})
	if !errors.Is(err, fails) {
		t.Fatal(err)
	}
}

func write(t *testing.T, db *entstore.DB, id int, tags string) {
	t.Helper()
	_, err := db.SQL().ExecContext(t.Context(), "INSERT INTO platform_invalidations (id, origin, tags, at) VALUES (?, 'other', ?, strftime('%Y-%m-%d %H:%M:%f', 'now'))", id, tags)
	if err != nil {
		t.Fatal(err)
	}
}

func TestPoll_HandsOverWhatWasCommittedAndNothingElse(t *testing.T) {
	t.Parallel()
	db := entstoretest.MustSQLite(t)
	own, ownReader := mustLog(t, db, db.Origin())
	other, otherReader := mustLog(t, db, "another process")
	poll(t, own)
	poll(t, other)
	change(t, db, nil, "b", "a", "b")
	change(t, db, errors.New("the rule said no"), "c")
	change(t, db, nil)
	change(t, db, nil, "d")
	before := time.Now()
	poll(t, own)
	poll(t, other)
	if have, want := ownReader.take(), []string{"[a b] true", "[d] true"}; !reflect.DeepEqual(have, want) {
		t.Errorf("own: have %v, want %v", have, want)
	}
	if have, want := otherReader.take(), []string{"[a b] false", "[d] false"}; !reflect.DeepEqual(have, want) {
		t.Errorf("other: have %v, want %v", have, want)
	}
	if n := len(otherReader.seen); n != 2 || otherReader.seen[1].Before(before) {
		t.Errorf("seen %v, want the beginning of each poll", otherReader.seen)
	}
	poll(t, other)
	if have := otherReader.take(); have != nil {
		t.Errorf("told once more: %v", have)
	}
}

// An id is given out before its transaction commits: a later one may be seen first.
func TestPoll_FindsWhatCommitsAfterALaterOne(t *testing.T) {
	t.Parallel()
	db := entstoretest.MustSQLite(t)
	l, r := mustLog(t, db, "another process")
	write(t, db, 10, `["ten"]`)
	poll(t, l)
	write(t, db, 13, `["thirteen"]`)
	poll(t, l)
	write(t, db, 11, `["eleven"]`)
	poll(t, l)
	write(t, db, 12, `["twelve"]`)
	write(t, db, 14, `["fourteen"]`)
	poll(t, l)
	poll(t, l)
	want := []string{"[ten] false", "[thirteen] false", "[eleven] false", "[twelve] false", "[fourteen] false"}
	if have := r.take(); !reflect.DeepEqual(have, want) {
		t.Errorf("have %v, want %v", have, want)
	}
}

// A shared cache may hold what was made stale while nobody was there to tell it.
func TestPoll_BeginsWithTheLatestNotes(t *testing.T) {
	t.Parallel()
	db := entstoretest.MustSQLite(t)
	change(t, db, nil, "before")
	l, r := mustLog(t, db, "another process")
	poll(t, l)
	if have, want := r.take(), []string{"[before] false"}; !reflect.DeepEqual(have, want) {
		t.Errorf("have %v, want %v", have, want)
	}
}

func TestPoll_ReadsMoreThanAPage(t *testing.T) {
	t.Parallel()
	db := entstoretest.MustSQLite(t)
	l, r := mustLog(t, db, "another process")
	poll(t, l)
	const n = 2500
	_, err := db.SQL().ExecContext(t.Context(), `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
		INSERT INTO platform_invalidations (origin, tags, at) SELECT 'other', '["x"]', '2026-01-01 00:00:00' FROM n`, n)
	if err != nil {
		t.Fatal(err)
	}
	poll(t, l)
	if have := len(r.take()); have != n {
		t.Errorf("%d notes were told, want %d", have, n)
	}
}

func TestPoll_TakesWhatItCannotReadForALoss(t *testing.T) {
	t.Parallel()
	db := entstoretest.MustSQLite(t)
	l, r := mustLog(t, db, "another process")
	write(t, db, 1, `not a list`)
	write(t, db, 2, `["two"]`)
	poll(t, l)
	if have := r.take(); r.missed != 1 || !reflect.DeepEqual(have, []string{"[two] false"}) {
		t.Errorf("missed %d, told %v", r.missed, have)
	}
}

func TestPrune_DeletesWhatIsOld(t *testing.T) {
	t.Parallel()
	db := entstoretest.MustSQLite(t)
	l, r := mustLog(t, db, "another process")
	change(t, db, nil, "old")
	if _, err := db.SQL().ExecContext(t.Context(), "UPDATE platform_invalidations SET at = '2026-01-01 00:00:00'"); err != nil {
		t.Fatal(err)
	}
	change(t, db, nil, "new")
	if err := l.Prune(t.Context(), time.Hour); err != nil {
		t.Fatal(err)
	}
	poll(t, l)
	if have, want := r.take(), []string{"[new] false"}; !reflect.DeepEqual(have, want) {
		t.Errorf("have %v, want %v", have, want)
	}
}

func TestNew_RefusesWhatIsMissing(t *testing.T) {
	t.Parallel()
	if _, err := invalidations.New(nil, "origin", &reader{}); err == nil {
		t.Error("made without a database")
	}
}
