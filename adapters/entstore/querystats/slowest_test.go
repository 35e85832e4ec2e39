package querystats_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/entstore/querystats"
)

func TestStats_CountStatementsOfListsTogether(t *testing.T) {
	t.Parallel()
	s, _ := newStats(t, noPlan)
	s.Observe(t.Context(), statement("SELECT a FROM t WHERE id IN ($1, $2)", 2*time.Millisecond))
	s.Observe(t.Context(), statement("SELECT a FROM t WHERE id IN ($1, $2, $3)", 3*time.Millisecond))
	failed := statement("INSERT INTO t (a, b) VALUES (?, ?), (?, ?)", time.Millisecond)
	failed.Err = errors.New("no")
	s.Observe(t.Context(), failed)
	have := s.Slowest(10)
	want := []querystats.Query{
		{Text: "SELECT a FROM t WHERE id IN (…)", Work: "GET /posts/{slug}", Calls: 2, Total: 5 * time.Millisecond, Max: 3 * time.Millisecond},
		{Text: "INSERT INTO t (a, b) VALUES (…)", Work: "GET /posts/{slug}", Calls: 1, Failed: 1, Total: time.Millisecond, Max: time.Millisecond},
	}
	if fmt.Sprint(have) != fmt.Sprint(want) {
		t.Errorf("have %+v\nwant %+v", have, want)
	}
	if one := s.Slowest(1); len(one) != 1 || one[0] != want[0] {
		t.Errorf("%+v", one)
	}
}

func TestStats_KeepNoMoreThanFiveHundredTexts(t *testing.T) {
	t.Parallel()
	s, _ := newStats(t, noPlan)
	for i := range 2000 {
		s.Observe(t.Context(), statement("SELECT often", time.Microsecond))
		s.Observe(t.Context(), statement(fmt.Sprintf("SELECT %d%s", i, strings.Repeat(" ", 10_000)), time.Millisecond))
	}
	have := s.Slowest(10_000)
	if len(have) != 500 || have[0].Calls != 2000 {
		t.Errorf("%d texts, the first of %d calls", len(have), have[0].Calls)
	}
	if n := len(have[1].Text); n > 5000 {
		t.Errorf("%d bytes of a text are kept", n)
	}
}

func TestStats_CountForManyAtOnce(t *testing.T) {
	t.Parallel()
	s, _ := newStats(t, noPlan)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 500 {
				s.Observe(t.Context(), statement("SELECT 1", 100*time.Millisecond))
				s.Slowest(1)
			}
		})
	}
	all.Wait()
	if have := s.Slowest(1); have[0].Calls != 4000 {
		t.Errorf("%+v", have)
	}
}
