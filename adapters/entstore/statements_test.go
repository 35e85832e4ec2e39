package entstore

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
)

func mustAsk(t *testing.T, s *statements, query string) {
	t.Helper()
	rows, err := s.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	if !rows.Next() {
		t.Errorf("no row of %.40q", query)
	}
	if err := rows.Close(); err != nil {
		t.Fatal(err)
	}
}

func mustStatements(t *testing.T) *statements {
	t.Helper()
	db, err := Open(context.Background(), "sqlite://:memory:", Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db.queries.(*statements)
}

func inList(n int) string { return "SELECT 1 WHERE 1 IN (1" + strings.Repeat(", 2", n) + ")" }

func TestStatements_KeepWhatIsAskedOften(t *testing.T) {
	t.Parallel()
	s := mustStatements(t)
	for n := range 2 * maxStatements { // twice each, so that all are worth to be prepared
		mustAsk(t, s, inList(n))
		mustAsk(t, s, inList(n))
	}
	const often = "SELECT 'often'"
	for n := range 2 * maxStatements {
		mustAsk(t, s, often)
		mustAsk(t, s, inList(5000+n))
		mustAsk(t, s, inList(5000+n))
	}
	if s.byText[often] == nil {
		t.Error("the query that is asked most is not prepared")
	}
	if n := len(s.byText); n > maxStatements {
		t.Errorf("%d statements are kept, want at most %d", n, maxStatements)
	}
	if s.byText[inList(0)] != nil {
		t.Error("what was asked first is kept for ever")
	}
}

func TestStatements_PrepareNothingThatIsAskedOnce(t *testing.T) {
	t.Parallel()
	s := mustStatements(t)
	for n := range 3 * maxSeen {
		mustAsk(t, s, fmt.Sprintf("SELECT %d", n))
	}
	if len(s.byText) != 0 || len(s.seen) > maxSeen {
		t.Errorf("%d statements of texts that came once, %d texts remembered", len(s.byText), len(s.seen))
	}
}

func TestStatements_CloseNoneThatIsInUse(t *testing.T) {
	t.Parallel()
	s := mustStatements(t)
	var all sync.WaitGroup
	failures := make(chan error, 8)
	for worker := range cap(failures) {
		all.Go(func() {
			for n := range 2 * maxStatements {
				query := fmt.Sprintf("SELECT %d", (n*(worker+1))%(maxStatements+64))
				for range 2 {
					rows, err := s.QueryContext(context.Background(), query)
					if err == nil {
						rows.Next()
						err = rows.Close()
					}
					if err != nil {
						failures <- err
						return
					}
				}
			}
		})
	}
	all.Wait()
	close(failures)
	for err := range failures {
		t.Error(err)
	}
}
