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
	notes   []string
	seen    []time.Time
	missed  int
	rewound int
}

func (r *reader) Stale(_ int64, tags []string, own bool) {
	r.notes = append(r.notes, fmt.Sprint(tags, own))
}
func (r *reader) Seen(at time.Time) { r.seen = append(r.seen, at) }
func (r *reader) Missed()           { r.missed++ }
func (r *reader) Rewound()          { r.rewound++ }
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
	change(t, db, nil, "older")
	change(t, db, nil, "old")
	if _, err := db.SQL().ExecContext(t.Context(), "UPDATE platform_invalidations SET at = '2026-01-01 00:00:00'"); err != nil {
		t.Fatal(err)
	}
	change(t, db, nil, "new")
	if err := l.Prune(t.Context(), time.Hour); err != nil {
		t.Fatal(err)
	}
	poll(t, l)
	if have, want := r.take(), []string{"[old] false", "[new] false"}; !reflect.DeepEqual(have, want) {
		t.Errorf("have %v, want %v", have, want)
	}
}

// On a quiet site the newest note is old. When one is written and another replica prunes
// before this one reads, nothing was lost.
func TestPrune_KeepsWhatAReplicaHasReadLast(t *testing.T) {
	t.Parallel()
	db := entstoretest.MustSQLite(t)
	write(t, db, 1, `["one"]`)
	if _, err := db.SQL().ExecContext(t.Context(), "UPDATE platform_invalidations SET at = '2026-01-01 00:00:00'"); err != nil {
		t.Fatal(err)
	}
	l, r := mustLog(t, db, "another process")
	poll(t, l)
	r.take()
	write(t, db, 2, `["two"]`)
	other, _ := mustLog(t, db, "a replica")
	if err := other.Prune(t.Context(), time.Hour); err != nil {
		t.Fatal(err)
	}
	poll(t, l)
	if have, want := r.take(), []string{"[two] false"}; !reflect.DeepEqual(have, want) || r.rewound != 0 {
		t.Errorf("have %v, want %v; rewound %d times", have, want, r.rewound)
	}
}

// A database may become an earlier one: a standby that had not received everything took
// over, or a backup was restored. Ids are then given out a second time.
func TestPoll_BeginsAnewWhenTheDatabaseIsAnEarlierOne(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		now  []string // statements that make it an earlier one, which has gone on
		want []string
	}{
		"fewer notes": {[]string{"DELETE FROM platform_invalidations WHERE id > 8", at(9, "nine again")}, []string{"[seven] false", "[eight] false", "[nine again] false"}},
		"as many notes": {
			[]string{"DELETE FROM platform_invalidations WHERE id > 8", at(9, "nine again"), at(10, "ten again")},
			[]string{"[seven] false", "[eight] false", "[nine again] false", "[ten again] false"},
		},
		"more notes": {
			[]string{"DELETE FROM platform_invalidations WHERE id > 8", at(9, "nine again"), at(10, "ten"), at(11, "eleven")},
			[]string{"[seven] false", "[eight] false", "[nine again] false", "[ten] false", "[eleven] false"},
		},
		"without the last one": {[]string{"DELETE FROM platform_invalidations WHERE id > 9", at(12, "twelve")}, []string{"[seven] false", "[eight] false", "[nine] false", "[twelve] false"}},
		"empty":                {[]string{"DELETE FROM platform_invalidations"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := entstoretest.MustSQLite(t)
			for id, tag := range map[int]string{7: "seven", 8: "eight", 9: "nine", 10: "ten"} {
				write(t, db, id, fmt.Sprintf("[%q]", tag))
			}
			l, r := mustLog(t, db, "another process")
			poll(t, l)
			poll(t, l)
			if r.take(); r.rewound != 0 {
				t.Fatal("rewound before it was")
			}
			for _, statement := range tc.now {
				if _, err := db.SQL().ExecContext(t.Context(), statement); err != nil {
					t.Fatal(err)
				}
			}
			poll(t, l)
			if have := r.take(); r.rewound != 1 || !reflect.DeepEqual(have, tc.want) {
				t.Errorf("rewound %d times; have %v, want %v", r.rewound, have, tc.want)
			}
			write(t, db, 40, `["forty"]`)
			poll(t, l)
			if have := r.take(); r.rewound != 1 || !reflect.DeepEqual(have, []string{"[forty] false"}) {
				t.Errorf("afterwards: rewound %d times, have %v", r.rewound, have)
			}
		})
	}
}

func at(id int, tag string) string {
	return fmt.Sprintf("INSERT INTO platform_invalidations (id, origin, tags, at) VALUES (%d, 'other', '[%q]', '2026-03-01 12:00:00.000')", id, tag)
}

// What is old and pruned is no loss, and neither is a page that does not reach the last
// note that was read.
func TestPoll_TellsPrunedNotesFromLostOnes(t *testing.T) {
	t.Parallel()
	db := entstoretest.MustSQLite(t)
	l, r := mustLog(t, db, "another process")
	write(t, db, 1, `["one"]`)
	poll(t, l)
	write(t, db, 3, `["three"]`) // two may still come
	poll(t, l)
	_, err := db.SQL().ExecContext(t.Context(), `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500)
		INSERT INTO platform_invalidations (origin, tags, at) SELECT 'other', '["x"]', '2026-01-01 00:00:00' FROM n`)
	if err != nil {
		t.Fatal(err)
	}
	poll(t, l)
	if have := len(r.take()); have != 2502 || r.rewound != 0 {
		t.Errorf("%d notes were told, rewound %d times", have, r.rewound)
	}
	if _, err := db.SQL().ExecContext(t.Context(), "UPDATE platform_invalidations SET at = '2026-01-01 00:00:00' WHERE id < 3"); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := l.Prune(t.Context(), time.Hour); err != nil {
			t.Fatal(err)
		}
		poll(t, l)
	}
	var left int
	if err := db.SQL().QueryRowContext(t.Context(), "SELECT count(*) FROM platform_invalidations").Scan(&left); err != nil {
		t.Fatal(err)
	}
	if have := r.take(); have != nil || r.rewound != 0 || left != 2 {
		t.Errorf("%d notes are left, want the one that is new and the newest; told %v, rewound %d times", left, have, r.rewound)
	}
}

func TestNew_RefusesWhatIsMissing(t *testing.T) {
	t.Parallel()
	if _, err := invalidations.New(nil, "origin", &reader{}); err == nil {
		t.Error("made without a database")
	}
}
