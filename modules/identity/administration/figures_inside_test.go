package administration

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
)

// moment is a clock that a test sets.
type moment struct{ at time.Time }

func (m *moment) Now() time.Time { return m.at }

// census answers how many accounts were opened in a month, and notes who was asked for.
type census struct {
	Reads
	first  time.Time
	people map[string]int // by month, as 2006-01
	asked  []string
	err    error
}

func (c *census) RecentFigures(context.Context, time.Time) (identity.Figures, error) {
	return identity.Figures{}, c.err
}

func (c *census) FirstRegistered(context.Context) (time.Time, error) { return c.first, nil }

func (c *census) StatesOf(_ context.Context, from, before time.Time) (identity.States, error) {
	month := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.Format("2006-01")
	}
	c.asked = append(c.asked, month(from)+" to "+month(before))
	n := 0
	for m, people := range c.people {
		if m >= month(from) && (before.IsZero() || m < month(before)) {
			n += people
		}
	}
	return identity.States{Active: n, Leaving: 1}, nil
}

func at(t *testing.T, moment string) time.Time {
	t.Helper()
	out, err := time.Parse("2006-01-02", moment)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestFigures_CountTheLastMonthsAndTheOneThatWasCountedLongestAgo(t *testing.T) {
	t.Parallel()
	clock := &moment{at(t, "2026-06-15")}
	c := &census{first: at(t, "2026-01-20"), people: map[string]int{"2026-01": 1, "2026-02": 2, "2026-03": 3, "2026-04": 4, "2026-05": 5, "2026-06": 6}}
	h := &App{Deps{Reads: c, Clock: clock}}
	var known []identity.MonthStates
	count := func(active int, asked ...string) {
		t.Helper()
		c.asked = nil
		f, months, err := h.Figures(t.Context(), known)
		if err != nil {
			t.Fatal(err)
		}
		if f.Active != active || f.Leaving != len(months) || !slices.Equal(c.asked, asked) {
			t.Errorf("%d active, of %d months; asked for %q, want %d and %q", f.Active, len(months), c.asked, active, asked)
		}
		known = months
		slices.Reverse(known) // their order is nothing
		clock.at = clock.at.Add(5 * time.Minute)
	}
	count(21, " to 2026-02", "2026-02 to 2026-03", "2026-03 to 2026-04", "2026-04 to 2026-05", "2026-05 to 2026-06", "2026-06 to ")
	c.people["2026-02"], c.people["2026-06"] = 12, 16
	count(31, " to 2026-02", "2026-05 to 2026-06", "2026-06 to ")
	count(41, "2026-02 to 2026-03", "2026-05 to 2026-06", "2026-06 to ")
	count(41, "2026-03 to 2026-04", "2026-05 to 2026-06", "2026-06 to ")

	clock.at = at(t, "2026-07-01") // a month begins
	count(41, "2026-04 to 2026-05", "2026-06 to 2026-07", "2026-07 to ")
	c.first = at(t, "2026-02-01") // the first was erased
	delete(c.people, "2026-01")
	count(40, " to 2026-03", "2026-03 to 2026-04", "2026-06 to 2026-07", "2026-07 to ")
}

func TestFigures_HoldOutWithAnyTimes(t *testing.T) {
	t.Parallel()
	for first, months := range map[string]int{"": 1, "2030-01-01": 1, "2026-06-01": 1, "2026-05-31": 2, "1066-10-14": 600} {
		c := &census{people: map[string]int{"2026-06": 7, "1066-10": 1}}
		if first != "" {
			c.first = at(t, first)
		}
		h := &App{Deps{Reads: c, Clock: &moment{at(t, "2026-06-15")}}}
		future := identity.MonthStates{Month: at(t, "2026-06-01"), CountedAt: at(t, "2027-01-01"), States: identity.States{Active: 99}}
		f, have, err := h.Figures(t.Context(), []identity.MonthStates{future})
		if err != nil || len(have) != months || f.Active != 8 {
			t.Errorf("since %q: %d months, %d active, %v", first, len(have), f.Active, err)
		}
	}
	h := &App{Deps{Reads: &census{err: errors.New("away")}, Clock: &moment{}}}
	if _, _, err := h.Figures(t.Context(), nil); err == nil || fmt.Sprint(err) == "away" {
		t.Errorf("have %v", err)
	}
}
