package config

import (
	"fmt"
	"slices"
	"time"
)

// Retention is how long rows of the platform are kept that nobody needs for ever; 0 is
// for ever.
type Retention struct {
	Events   time.Duration `env:"RETAIN_EVENTS" envDefault:"2160h" doc:"how long events that every subscriber was told of are kept, and what the subscribers remember of them; 0 for ever"`
	Audit    time.Duration `env:"RETAIN_AUDIT" envDefault:"17520h" doc:"how long entries of the audit trail are kept; 0 for ever"`
	DeadJobs time.Duration `env:"RETAIN_DEAD_JOBS" envDefault:"8760h" doc:"how long jobs that used up their attempts are kept; 0 for ever"`
	Errors   time.Duration `env:"RETAIN_ERRORS" envDefault:"2160h" doc:"how long errors that are not seen any more are kept; 0 for ever, up to 1,000 groups"`
}

// Day is the unit of retention.
const Day = 24 * time.Hour

// CheckRetention refuses a time that is shorter than least and is not 0, for ever. It
// proposes the usual one.
func CheckRetention(name string, value, least time.Duration, usual, why string) []error {
	if value == 0 || value >= least {
		return nil
	}
	return []error{fmt.Errorf("%s is %s: use %.0fh or more, such as %s, or 0 for ever; %s", name, value, least.Hours(), usual, why)}
}

func (r Retention) validate() []error {
	return slices.Concat(
		CheckRetention("RETAIN_EVENTS", r.Events, 7*Day, "2160h", "a subscriber that fails must find its event again"),
		CheckRetention("RETAIN_AUDIT", r.Audit, 30*Day, "17520h", "a trail has to be there when somebody asks"),
		CheckRetention("RETAIN_DEAD_JOBS", r.DeadJobs, Day, "8760h", "somebody has to see them"),
		CheckRetention("RETAIN_ERRORS", r.Errors, Day, "2160h", "somebody has to see them"),
	)
}
