package identity

import (
	"context"
	"time"
)

// Day is what activity is counted by: 24 hours that end now, wherever a person lives.
const Day = 24 * time.Hour

// Window is a number of days that end now.
type Window int

// Windows are the days, weeks and months by which people are counted.
var Windows = []Window{1, 7, 30}

// Before returns when the window begins.
func (w Window) Before(now time.Time) time.Time { return now.Add(-time.Duration(w) * Day) }

// CohortDays is over how many days of registrations retention is counted.
const CohortDays = 30

// Cohort are the people who proved their address and registered within the CohortDays that
// ended a window ago. Retained of them came back when that window was over, or later.
type Cohort struct{ People, Retained int }

// States are how many accounts are in which state. Each is counted in one alone: leaving
// comes before suspended, and that before unproven.
type States struct{ Active, Unproven, Suspended, Leaving int }

// Plus returns the sum of both.
func (s States) Plus(o States) States {
	return States{s.Active + o.Active, s.Unproven + o.Unproven, s.Suspended + o.Suspended, s.Leaving + o.Leaving}
}

// Figures are how many people there are.
type Figures struct {
	States

	// ActiveWithin are those who were here within a window, RegisteredWithin those who
	// opened an account, and ActivatedWithin those of them who proved their address.
	ActiveWithin, RegisteredWithin, ActivatedWithin map[Window]int
	Cohorts                                         map[Window]Cohort
}

// MonthStates are the accounts that were opened in one month, as they were counted at a time.
type MonthStates struct {
	Month     time.Time // its first moment, UTC; the first month of all stands for those before, too
	CountedAt time.Time
	States    States
}

// MonthOf is the first moment of the month of t, UTC.
func MonthOf(t time.Time) time.Time {
	t = t.UTC()
	return time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, time.UTC)
}

// FigureReads counts people, each by an index: what it costs grows with the people of a time
// and not with all of them.
type FigureReads interface {
	// RecentFigures counts all but the states, of who registered or was here lately.
	RecentFigures(ctx context.Context, now time.Time) (Figures, error)
	// StatesOf counts the accounts that were opened from a time on and before another; a zero
	// time is no bound.
	StatesOf(ctx context.Context, from, before time.Time) (States, error)
	// FirstRegistered is when the oldest account was opened; zero for none.
	FirstRegistered(ctx context.Context) (time.Time, error)
}
