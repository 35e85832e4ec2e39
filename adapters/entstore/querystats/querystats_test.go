package querystats_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/adapters/entstore/querystats"
)

var begun = time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)

// lines is what was told.
type lines struct {
	mu    sync.Mutex
	slow  []querystats.Slow
	plans []string
}

func newStats(t *testing.T, explain func(ctx context.Context, text string, parameters int) (string, error)) (*querystats.Stats, *lines) {
	t.Helper()
	l := &lines{}
	s := querystats.New(querystats.Options{
		Slow: 100 * time.Millisecond, Work: func(context.Context) string { return "GET /posts/{slug}" }, Explain: explain,
		OnSlow: func(_ context.Context, s querystats.Slow) {
			l.mu.Lock()
			defer l.mu.Unlock()
			l.slow = append(l.slow, s)
		},
		OnPlan: func(_ context.Context, s querystats.Slow, plan string, err error) {
			l.mu.Lock()
			defer l.mu.Unlock()
			l.plans = append(l.plans, fmt.Sprint(s.Text, ": ", plan, " ", err))
		},
	})
	t.Cleanup(func() { _ = s.Close() })
	return s, l
}

func noPlan(context.Context, string, int) (string, error) { return "", entstore.ErrNotExplained }

func statement(text string, took time.Duration, args ...any) entstore.Statement {
	return entstore.Statement{Text: text, Args: args, Begun: begun, Took: took}
}

func TestStats_TellsOfASlowStatementWithItsRouteAndPlanAndNoArgument(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, l := newStats(t, func(_ context.Context, text string, parameters int) (string, error) {
			return fmt.Sprintf("the plan of %s with %d", text, parameters), nil
		})
		s.Observe(t.Context(), statement("SELECT 1 WHERE a = $1", 99*time.Millisecond, "ada@neoforge.test"))
		if len(l.slow) != 0 {
			t.Fatalf("what is fast is told of: %v", l.slow)
		}
		s.Observe(t.Context(), statement("SELECT 1 WHERE a = $1", 100*time.Millisecond, "ada@neoforge.test"))
		synctest.Wait()
		want := querystats.Slow{Text: "SELECT 1 WHERE a = $1", Work: "GET /posts/{slug}", Took: 100 * time.Millisecond}
		if len(l.slow) != 1 || l.slow[0] != want {
			t.Errorf("have %+v, want %+v", l.slow, want)
		}
		if plan := strings.Join(l.plans, "\n"); plan != "SELECT 1 WHERE a = $1: the plan of SELECT 1 WHERE a = $1 with 1 <nil>" {
			t.Error(plan)
		}
	})
}

func TestStats_AsksForOnePlanOfATextInTenMinutes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var asked []string
		s, _ := newStats(t, func(_ context.Context, text string, _ int) (string, error) {
			asked = append(asked, text)
			return "its plan", nil
		})
		run := func(text string, after time.Duration) {
			st := statement(text, time.Second)
			st.Begun = begun.Add(after)
			s.Observe(t.Context(), st)
			synctest.Wait()
		}
		run("SELECT 1", 0)
		run("SELECT 1", 9*time.Minute)
		run("SELECT 2", 9*time.Minute)
		run("SELECT 1", 11*time.Minute)
		if have := strings.Join(asked, ", "); have != "SELECT 1, SELECT 2, SELECT 1" {
			t.Errorf("plans were asked for: %s", have)
		}
	})
}

func TestStats_AsksForOnePlanAtATime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		asked, answer := 0, make(chan struct{})
		s, l := newStats(t, func(context.Context, string, int) (string, error) { asked++; <-answer; return "its plan", nil })
		for i := range 20 {
			s.Observe(t.Context(), statement(fmt.Sprintf("SELECT %d FROM t", i), time.Second))
		}
		synctest.Wait()
		if asked != 1 {
			t.Errorf("%d plans were asked for at once", asked)
		}
		close(answer)
		synctest.Wait()
		s.Observe(t.Context(), statement("SELECT 19 FROM t", time.Second))
		synctest.Wait()
		if asked != 2 || len(l.plans) != 2 {
			t.Errorf("%d plans were asked for, %v", asked, l.plans)
		}
	})
}

func TestStats_AsksAgainForAPlanThatHadNoConnectionToSpare(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		answers := []error{entstore.ErrNoneToSpare, nil}
		s, l := newStats(t, func(context.Context, string, int) (string, error) {
			err := answers[0]
			answers = answers[1:]
			return "its plan", err
		})
		for range 3 {
			s.Observe(t.Context(), statement("SELECT 1", time.Second))
			synctest.Wait()
		}
		if len(answers) != 0 || len(l.plans) != 1 {
			t.Errorf("%d answers are left, %v", len(answers), l.plans)
		}
	})
}

func TestStats_CloseInterruptsAPlan(t *testing.T) {
	t.Parallel()
	s, l := newStats(t, func(ctx context.Context, _ string, _ int) (string, error) { <-ctx.Done(); return "", ctx.Err() })
	s.Observe(t.Context(), statement("SELECT 1", time.Second))
	_ = s.Close()
	s.Observe(t.Context(), statement("SELECT 2", time.Second)) // asks for no plan any more
	if len(l.slow) != 2 || len(l.plans) != 0 {
		t.Errorf("%+v, %v", l.slow, l.plans)
	}
}

func TestStats_TellOfThirtyAMinuteAndOfHowManyWereLeftOut(t *testing.T) {
	t.Parallel()
	s, l := newStats(t, noPlan)
	for range 100 {
		s.Observe(t.Context(), statement("SELECT 1", time.Second))
	}
	if len(l.slow) != 30 {
		t.Fatalf("%d lines", len(l.slow))
	}
	later := statement("SELECT 1", time.Second)
	later.Begun = begun.Add(time.Minute)
	s.Observe(t.Context(), later)
	if len(l.slow) != 31 || l.slow[30].LeftOut != 70 {
		t.Errorf("%d lines, %+v", len(l.slow), l.slow[len(l.slow)-1])
	}
}
