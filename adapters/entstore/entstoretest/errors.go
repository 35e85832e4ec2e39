package entstoretest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/adapters/entstore/errorstore"
	"github.com/neoforge-dev/neoforge/ports/cursor"
	"github.com/neoforge-dev/neoforge/ports/errortracking"
)

// RunErrorGroups checks what the store of error groups promises.
func RunErrorGroups(t *testing.T, open func(t *testing.T) *entstore.DB) {
	t.Helper()
	for name, check := range map[string]func(t *testing.T, db *entstore.DB, s *errorstore.Store){
		"adds up what replicas count at once":                      errorsAddUp,
		"is resolved until another release has it":                 errorsComeBack,
		"keeps to a thousand groups and to those seen of late":     errorsAreBounded,
		"lists by state and kind, the last seen first, from where": errorsAreListed,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := open(t)
			s, err := errorstore.New(db)
			if err != nil {
				t.Fatal(err)
			}
			check(t, db, s)
		})
	}
}

var errorsBegan = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func addition(id, release string, minute int, count int64) errortracking.Addition {
	at := errorsBegan.Add(time.Duration(minute) * time.Minute)
	return errortracking.Addition{Fingerprint: id, Count: count, First: at, Last: at, Sample: errortracking.Report{
		Kind: errortracking.Request, Message: "it broke in " + release, Route: "/posts", Method: "GET", Release: release, RequestID: fmt.Sprint("r", minute), At: at,
	}}
}

func errorsAddUp(t *testing.T, _ *entstore.DB, s *errorstore.Store) {
	var all sync.WaitGroup
	for n := range 8 {
		all.Go(func() {
			batch := []errortracking.Addition{addition("a", "v1", n, 2), addition("b", "v1", n, 3)}
			if n%2 == 0 { // an order of its own
				batch[0], batch[1] = batch[1], batch[0]
			}
			if err := s.Add(t.Context(), batch); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	for id, want := range map[string]int64{"a": 16, "b": 24} {
		g, err := s.Group(t.Context(), id)
		if err != nil || g.Times != want || !g.FirstSeen.Equal(errorsBegan) || !g.LastSeen.Equal(errorsBegan.Add(7*time.Minute)) || g.Sample.RequestID != "r7" {
			t.Errorf("%s: %+v, %v", id, g, err)
		}
		if g.Title != "it broke in v1" || g.Where != "GET /posts" || g.State != errortracking.Open || g.Returned {
			t.Errorf("%s: %+v", id, g)
		}
	}
	if _, err := s.Group(t.Context(), "c"); !errors.Is(err, errortracking.ErrGroupNotFound) {
		t.Error(err)
	}
	if n, err := s.OpenGroups(t.Context()); err != nil || n != 2 {
		t.Errorf("%d open, %v", n, err)
	}
}

func errorsComeBack(t *testing.T, db *entstore.DB, s *errorstore.Store) {
	set := func(state errortracking.State) {
		t.Helper()
		err := db.Do(t.Context(), func(ctx context.Context, tx entstore.Tx) error {
			_, err := s.Changes(tx).SetState(ctx, "a", state)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	seen := func(release string, minute int, state errortracking.State, returned bool) {
		t.Helper()
		if err := s.Add(t.Context(), []errortracking.Addition{addition("a", release, minute, 1)}); err != nil {
			t.Fatal(err)
		}
		g, err := s.Group(t.Context(), "a")
		if err != nil || g.State != state || g.Returned != returned || g.LastRelease != release || g.FirstRelease != "v1" {
			t.Errorf("after %s: %+v, %v", release, g, err)
		}
	}
	seen("v1", 1, errortracking.Open, false)
	set(errortracking.Resolved)
	seen("v1", 2, errortracking.Resolved, false) // a replica that is not updated yet
	seen("v2", 3, errortracking.Open, true)
	set(errortracking.Resolved)
	seen("v2", 4, errortracking.Resolved, false)
	set(errortracking.Ignored)
	seen("v3", 5, errortracking.Ignored, false)
	set(errortracking.Open)
	seen("v3", 6, errortracking.Open, false)
	err := db.Do(t.Context(), func(ctx context.Context, tx entstore.Tx) error {
		_, err := s.Changes(tx).SetState(ctx, "none", errortracking.Open)
		return err
	})
	if !errors.Is(err, errortracking.ErrGroupNotFound) {
		t.Error(err)
	}
}

func errorsAreBounded(t *testing.T, _ *entstore.DB, s *errorstore.Store) {
	for n := range 6 {
		var batch []errortracking.Addition
		for m := range 200 {
			batch = append(batch, addition(fmt.Sprintf("%04d", n*200+m), "v1", n*200+m, 1))
		}
		if err := s.Add(t.Context(), batch); err != nil {
			t.Fatal(err)
		}
	}
	if n, err := s.OpenGroups(t.Context()); err != nil || n != 1000 {
		t.Errorf("%d, %v", n, err)
	}
	if _, err := s.Group(t.Context(), "0199"); !errors.Is(err, errortracking.ErrGroupNotFound) {
		t.Error("the oldest are kept")
	}
	var islands []errortracking.Addition
	for m := range 400 {
		a := addition(fmt.Sprintf("i%03d", m), "v1", 2000+m, 1)
		a.Sample.Kind = errortracking.Island
		islands = append(islands, a)
	}
	if err := s.Add(t.Context(), islands); err != nil {
		t.Fatal(err)
	}
	of := func(kind errortracking.Kind) int {
		groups, err := s.Groups(t.Context(), errortracking.Filter{State: errortracking.Open, Kind: kind}, cursor.Position{}, 2000)
		if err != nil {
			t.Error(err)
		}
		return len(groups)
	}
	if i, r := of(errortracking.Island), of(errortracking.Request); i != 300 || r != 700 {
		t.Errorf("%d of islands beside %d of requests", i, r)
	}
	if err := s.DeleteBefore(t.Context(), errorsBegan.Add(2500*time.Minute)); err != nil {
		t.Fatal(err)
	}
	if err := s.Add(t.Context(), []errortracking.Addition{addition("1", "v1", 1190, 1), addition("2", "v1", 1191, 1), addition("3", "v1", 1189, 1)}); err != nil {
		t.Fatal(err)
	}
	if err := s.DeleteBefore(t.Context(), errorsBegan.Add(1190*time.Minute)); err != nil {
		t.Fatal(err)
	}
	if n, err := s.OpenGroups(t.Context()); err != nil || n != 2 {
		t.Errorf("%d, %v", n, err)
	}
}

func errorsAreListed(t *testing.T, _ *entstore.DB, s *errorstore.Store) {
	panicked := addition("c", "v1", 2, 1)
	panicked.Sample.Kind = errortracking.Panic
	if err := s.Add(t.Context(), []errortracking.Addition{addition("a", "v1", 1, 1), addition("b", "v1", 2, 1), panicked}); err != nil {
		t.Fatal(err)
	}
	list := func(f errortracking.Filter, after cursor.Position, limit int) (ids string) {
		t.Helper()
		groups, err := s.Groups(t.Context(), f, after, limit)
		if err != nil {
			t.Fatal(err)
		}
		for _, g := range groups {
			ids += g.ID
		}
		return ids
	}
	open := errortracking.Filter{State: errortracking.Open}
	for have, want := range map[string]string{
		list(open, cursor.Position{}, 10):                                                                       "cba",
		list(open, cursor.Position{}, 2):                                                                        "cb",
		list(open, cursor.Position{At: errorsBegan.Add(2 * time.Minute), ID: "c"}, 10):                          "ba",
		list(errortracking.Filter{State: errortracking.Open, Kind: errortracking.Panic}, cursor.Position{}, 10): "c",
		list(errortracking.Filter{State: errortracking.Ignored}, cursor.Position{}, 10):                         "",
	} {
		if have != want {
			t.Errorf("%s, want %s", have, want)
		}
	}
	if _, err := s.Groups(t.Context(), errortracking.Filter{State: "x"}, cursor.Position{}, 1); !errors.Is(err, errortracking.ErrUnknownFilter) {
		t.Error(err)
	}
}
