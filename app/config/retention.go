package config

import (
	"fmt"
	"time"
)

// Retention is how long rows are kept that nobody needs for ever; 0 is for ever.
type Retention struct {
	Events      time.Duration `env:"RETAIN_EVENTS" envDefault:"2160h" doc:"how long events that every subscriber was told of are kept, and what the subscribers remember of them; 0 for ever"`
	Audit       time.Duration `env:"RETAIN_AUDIT" envDefault:"17520h" doc:"how long entries of the audit trail are kept; 0 for ever"`
	Sessions    time.Duration `env:"RETAIN_SESSIONS" envDefault:"720h" doc:"how long ended sessions, invitations and personal access tokens are kept; 0 for ever"`
	Webhooks    time.Duration `env:"RETAIN_WEBHOOKS" envDefault:"2160h" doc:"how long events of payment providers are kept that were dealt with; 0 for ever"`
	RefusedMail time.Duration `env:"RETAIN_REFUSED_MAIL" envDefault:"2160h" doc:"how long refused mails are listed; 0 for ever"`
	DeadJobs    time.Duration `env:"RETAIN_DEAD_JOBS" envDefault:"8760h" doc:"how long jobs that used up their attempts are kept; 0 for ever"`
}

func (r Retention) validate() []error {
	const day = 24 * time.Hour
	var faults []error
	for _, s := range []struct {
		name         string
		value, least time.Duration
		usual        string
		why          string
	}{
		{"RETAIN_EVENTS", r.Events, 7 * day, "2160h", "a subscriber that fails must find its event again"},
		{"RETAIN_AUDIT", r.Audit, 30 * day, "17520h", "a trail has to be there when somebody asks"},
		{"RETAIN_SESSIONS", r.Sessions, day, "720h", "people look where they were signed in"},
		{"RETAIN_WEBHOOKS", r.Webhooks, 30 * day, "2160h", "a provider may send an event again"},
		{"RETAIN_REFUSED_MAIL", r.RefusedMail, 7 * day, "2160h", "people are told for a week that a mail was refused"},
		{"RETAIN_DEAD_JOBS", r.DeadJobs, day, "8760h", "somebody has to see them"},
	} {
		if s.value != 0 && s.value < s.least {
			faults = append(faults, fmt.Errorf("%s is %s: use %.0fh or more, such as %s, or 0 for ever; %s", s.name, s.value, s.least.Hours(), s.usual, s.why))
		}
	}
	return faults
}
