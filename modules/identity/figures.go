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

// Figures are how many people there are. Each person is counted in one of the states
// alone: leaving comes before suspended, and that before unproven.
type Figures struct {
	Active, Unproven, Suspended, Leaving int

	// ActiveWithin are those who were here within a window, RegisteredWithin those who
	// opened an account, and ActivatedWithin those of them who proved their address.
	ActiveWithin, RegisteredWithin, ActivatedWithin map[Window]int
	Cohorts                                         map[Window]Cohort
}

// FigureReads counts people.
type FigureReads interface {
	// Figures goes through everybody once, so nobody waits for it.
	Figures(ctx context.Context, now time.Time) (Figures, error)
}
